package io.paddock.minidirector.api;

import io.paddock.minidirector.access.Authentication;
import io.paddock.minidirector.access.Caller;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Finds out who asks, with the director's own answers: 401 as text with the path, a challenge on every answer of an
 * authenticated route, 404 before 401 for what is no route at all, and {@code /info} for everybody.
 */
@Component
class AuthenticationFilter extends OncePerRequestFilter {

    /** Request attribute: the caller's name. */
    static final String USER = "minidirector.user";

    /** Request attribute: the {@link Caller}. */
    static final String CALLER = "minidirector.caller";

    private static final Set<String> ROUTES = Set.of(
            "tasks",
            "task",
            "deployments",
            "configs",
            "cloud_configs",
            "runtime_configs",
            "cpi_configs",
            "networks",
            "dynamic_disks",
            "disks",
            "director",
            "releases",
            "packages",
            "stemcells",
            "stemcell_uploads",
            "vms",
            "locks",
            "resurrection",
            "orphan_disks",
            "orphaned_vms",
            "cleanup",
            "events",
            "links",
            "link_providers",
            "link_consumers",
            "link_address",
            "deployed_variables",
            "deployment_configs",
            "resources",
            "api");

    private final Authentication authentication;

    AuthenticationFilter(Authentication authentication) {
        this.authentication = authentication;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String path = request.getRequestURI();
        Optional<Caller> caller = authentication.caller(request.getHeader("Authorization"));
        caller.ifPresent(known -> {
            request.setAttribute(CALLER, known);
            request.setAttribute(USER, known.user());
        });
        if (path.equals("/info")) {
            chain.doFilter(request, response);
            return;
        }
        if (!ROUTES.contains(path.split("/", 3)[1])) {
            answer(response, 404, "text/plain", "Not Found: " + path);
            return;
        }
        response.setHeader("WWW-Authenticate", "Basic realm=\"BOSH Director\"");
        if (caller.isPresent()) {
            chain.doFilter(request, response);
        } else {
            answer(response, 401, "text/html;charset=utf-8", "Not authorized: '" + path + "'\n");
        }
    }

    private static void answer(HttpServletResponse response, int status, String type, String text) throws IOException {
        response.setStatus(status);
        response.setContentType(type);
        response.getWriter().write(text);
    }
}
