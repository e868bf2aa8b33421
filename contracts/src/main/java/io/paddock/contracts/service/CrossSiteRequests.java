package io.paddock.contracts.service;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.Set;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Refuses (403) what another site has a browser send: a browser that has been told a password once sends it again with each request, whoever wrote
 * the page. Programs send neither of the two headers that tell.
 *
 * @see <a href="https://www.w3.org/TR/fetch-metadata/">Sec-Fetch-Site</a>
 */
public final class CrossSiteRequests extends OncePerRequestFilter {

    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");

    /** Ways to say no. */
    @FunctionalInterface
    public interface Refusal {

        void refuse(HttpServletResponse response) throws IOException;
    }

    private final Refusal refusal;

    public CrossSiteRequests(Refusal refusal) {
        this.refusal = refusal;
    }

    /** With an empty answer. */
    public CrossSiteRequests() {
        this(response -> response.setStatus(HttpStatus.FORBIDDEN.value()));
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (SAFE.contains(request.getMethod()) || isOfThisSite(request)) {
            chain.doFilter(request, response);
        } else {
            refusal.refuse(response);
        }
    }

    private static boolean isOfThisSite(HttpServletRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null) {
            return site.equals("same-origin") || site.equals("none");
        }
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        return origin == null || authority(origin).equals(request.getHeader(HttpHeaders.HOST));
    }

    private static String authority(String origin) {
        try {
            return String.valueOf(URI.create(origin).getRawAuthority());
        } catch (IllegalArgumentException bad) {
            return "";
        }
    }
}
