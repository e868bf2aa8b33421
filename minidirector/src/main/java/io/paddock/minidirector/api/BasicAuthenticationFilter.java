package io.paddock.minidirector.api;

import io.paddock.minidirector.system.MinidirectorProperties;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Lets the one administrator in, with the director's own answers: 401 as text with the path, a challenge on every answer of an
 * authenticated route, 404 before 401 for what is no route at all, and {@code /info} for everybody.
 */
@Component
class BasicAuthenticationFilter extends OncePerRequestFilter {

    static final String USER = "minidirector.user";

    private static final Set<String> ROUTES = Set.of(
            "tasks",
            "task",
            "deployments",
            "configs",
            "cloud_configs",
            "disks",
            "releases",
            "stemcells",
            "locks",
            "resurrection",
            "orphan_disks",
            "orphaned_vms",
            "cleanup",
            "events",
            "links",
            "deployment_configs",
            "resources",
            "api");

    private final byte[] expected;
    private final String username;

    BasicAuthenticationFilter(MinidirectorProperties properties) {
        this.username = properties.username();
        this.expected = "Basic %s"
                .formatted(Base64.getEncoder()
                        .encodeToString((username + ":" + properties.password()).getBytes(StandardCharsets.UTF_8)))
                .getBytes(StandardCharsets.UTF_8);
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String path = request.getRequestURI();
        boolean known = isKnown(request.getHeader("Authorization"));
        if (known) {
            request.setAttribute(USER, username);
        }
        if (path.equals("/info")) {
            chain.doFilter(request, response);
            return;
        }
        if (!ROUTES.contains(path.split("/", 3)[1])) {
            answer(response, 404, "text/plain", "Not Found: " + path);
            return;
        }
        response.setHeader("WWW-Authenticate", "Basic realm=\"BOSH Director\"");
        if (known) {
            chain.doFilter(request, response);
        } else {
            answer(response, 401, "text/html;charset=utf-8", "Not authorized: '" + path + "'\n");
        }
    }

    private boolean isKnown(@Nullable String header) {
        return header != null && MessageDigest.isEqual(expected, header.getBytes(StandardCharsets.UTF_8));
    }

    private static void answer(HttpServletResponse response, int status, String type, String text) throws IOException {
        response.setStatus(status);
        response.setContentType(type);
        response.getWriter().write(text);
    }
}
