package io.paddock.contracts.service;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.filter.OncePerRequestFilter;

/** Refuses (400) what comes with a query that can't be read, before somebody who reads it takes that for a failure of his own. */
@Order(Ordered.HIGHEST_PRECEDENCE + 1)
public final class ReadableQueries extends OncePerRequestFilter {

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (isReadable(request)) {
            chain.doFilter(request, response);
        } else {
            response.sendError(HttpServletResponse.SC_BAD_REQUEST);
        }
    }

    private static boolean isReadable(HttpServletRequest request) {
        // The fields of a form that is posted would be read as well, whoever sends them; nobody here wants one.
        String type = String.valueOf(request.getContentType());
        boolean isForm = request.getMethod().equals("POST")
                && (type.startsWith("application/x-www-form-urlencoded") || type.startsWith("multipart/"));
        if (request.getQueryString() == null || isForm) {
            return true;
        }
        try {
            request.getParameterMap();
            return true;
        } catch (IllegalStateException unreadable) {
            return false;
        }
    }
}
