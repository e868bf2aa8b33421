package io.paddock.minidirector.api;

import io.paddock.minidirector.system.MinidirectorProperties;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/** If the proxy in front of the director speaks HTTP/1.1, what is not a GET is redirected with 303 in place of 302. */
@Component
class RedirectFilter extends OncePerRequestFilter {

    private final boolean seeOther;

    RedirectFilter(MinidirectorProperties properties) {
        this.seeOther = properties.proxySpeaksHttp11();
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return !seeOther || request.getMethod().equals("GET");
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        chain.doFilter(request, new HttpServletResponseWrapper(response) {
            @Override
            public void setStatus(int status) {
                super.setStatus(status == SC_FOUND ? SC_SEE_OTHER : status);
            }
        });
    }
}
