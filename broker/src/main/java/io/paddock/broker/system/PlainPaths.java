package io.paddock.broker.system;

import io.paddock.broker.request.ErrorBody;
import io.paddock.broker.request.Refusal;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/** Refuses paths with escapes: no id that is taken needs one, and filters and controllers would read them in two ways. */
@Component
@Order(Ordered.LOWEST_PRECEDENCE - 3)
class PlainPaths extends OncePerRequestFilter {

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (request.getRequestURI().contains("%")) {
            ErrorBody.write(response, Refusal.PATH_ENCODED);
            return;
        }
        chain.doFilter(request, response);
    }
}
