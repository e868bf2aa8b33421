package io.paddock.broker.osb;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import java.util.regex.Pattern;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/** Gives the request's identity back in every answer (OSB 2.17, Request Identity), one that refuses its sender among them. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
class RequestIdentity extends OncePerRequestFilter {

    private static final String HEADER = "X-Broker-API-Request-Identity";
    private static final Pattern FORMAT = Pattern.compile("[\\x21-\\x7e]{1,100}");

    /** Empty if there is none, or none that could be given back. */
    static Optional<String> of(HttpServletRequest request) {
        return Optional.ofNullable(request.getHeader(HEADER))
                .filter(identity -> FORMAT.matcher(identity).matches());
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        of(request).ifPresent(identity -> response.setHeader(HEADER, identity));
        chain.doFilter(request, response);
    }
}
