package io.paddock.minidirector.api;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/** Refuses (400) what comes with a query that can't be read. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
class ReadableQueries extends OncePerRequestFilter {

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        // The fields of a form that is posted would be read as well, before anybody knows who sends them.
        String type = String.valueOf(request.getContentType());
        boolean isForm = type.startsWith("application/x-www-form-urlencoded") || type.startsWith("multipart/");
        if (request.getQueryString() != null && !(isForm && request.getMethod().equals("POST"))) {
            try {
                request.getParameterMap();
            } catch (IllegalStateException unreadable) {
                response.setStatus(HttpServletResponse.SC_BAD_REQUEST);
                response.setContentType(Answers.HTML.toString());
                response.getWriter().write("Invalid query parameters");
                return;
            }
        }
        chain.doFilter(request, response);
    }
}
