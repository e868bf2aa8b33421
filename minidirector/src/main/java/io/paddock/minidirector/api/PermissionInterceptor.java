package io.paddock.minidirector.api;

import io.paddock.minidirector.access.Caller;
import io.paddock.minidirector.access.Permissions;
import io.paddock.minidirector.task.TaskStore;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Map;
import org.springframework.stereotype.Component;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.HandlerMapping;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** Asks for each route what its caller may do; what lists show of it is the controllers' matter. */
@Component
class PermissionInterceptor implements HandlerInterceptor, WebMvcConfigurer {

    private static final String REQUIRED = "Require one of the scopes";

    private final Permissions permissions;
    private final TaskStore tasks;

    PermissionInterceptor(Permissions permissions, TaskStore tasks) {
        this.permissions = permissions;
        this.tasks = tasks;
    }

    @Override
    public void addInterceptors(InterceptorRegistry registry) {
        registry.addInterceptor(this);
    }

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
        String pattern = String.valueOf(request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE));
        if (handler instanceof HandlerMethod
                && request.getAttribute(AuthenticationFilter.CALLER) instanceof Caller caller) {
            check(caller, request, pattern);
        }
        return true;
    }

    private void check(Caller caller, HttpServletRequest request, String pattern) {
        boolean reading = request.getMethod().equals("GET");
        switch (pattern) {
            case "/info", "/error" -> {}
            case "/tasks/{id}" ->
                withTask(
                        request,
                        id -> permissions.readTask(
                                caller, tasks.find(id), "One of the following scopes is required to access this task"));
            case "/tasks/{id}/output" -> withTask(request, id -> readOutput(caller, request, id));
            case "/task/{id}" -> withTask(request, id -> permissions.changeTask(caller, tasks.find(id)));
            case "/tasks/cancel", "/configs/diff" -> permissions.adminOfAnyTeam(caller);
            case "/tasks", "/releases/{name}" -> listed(caller, reading);
            case "/configs", "/configs/{id}", "/deployments" -> {
                if (reading) {
                    permissions.anybody(caller);
                } else {
                    permissions.adminOfAnyTeam(caller);
                }
            }
            case "/releases", "/packages/matches", "/packages/matches_compiled" -> {
                if (reading) {
                    permissions.anybody(caller);
                } else {
                    permissions.adminOr(caller, "bosh.releases.upload");
                }
            }
            case "/stemcells", "/stemcell_uploads" -> {
                if (reading) {
                    permissions.anybody(caller);
                } else {
                    permissions.adminOr(caller, "bosh.stemcells.upload");
                }
            }
            case "/deployed_variables/{*name}" -> permissions.anybody(caller);
            default -> {
                if (pattern.startsWith("/deployments/{name}")) {
                    ofDeployment(caller, request, reading);
                } else if (reading && pattern.startsWith("/link") && request.getParameter("deployment") != null) {
                    permissions.readDeployment(caller, request.getParameter("deployment"));
                } else if (reading && !pattern.startsWith("/api/")) {
                    permissions.read(caller);
                } else {
                    permissions.admin(caller);
                }
            }
        }
    }

    private void listed(Caller caller, boolean reading) {
        if (reading) {
            permissions.anybody(caller);
        } else {
            permissions.admin(caller);
        }
    }

    private void ofDeployment(Caller caller, HttpServletRequest request, boolean reading) {
        String name = variable(request, "name");
        if (reading) {
            permissions.readDeployment(caller, name);
        } else {
            permissions.changeDeployment(caller, name);
        }
    }

    /** Debug output may show secrets, so that is for those who may change the deployment. */
    private void readOutput(Caller caller, HttpServletRequest request, long id) {
        String type = request.getParameter("type");
        if ("event".equals(type) || "result".equals(type)) {
            permissions.readTask(caller, tasks.find(id), REQUIRED);
        } else {
            permissions.changeTask(caller, tasks.find(id));
        }
    }

    /** An id that is no number is the controller's to answer. */
    private static void withTask(HttpServletRequest request, java.util.function.LongConsumer check) {
        String id = variable(request, "id");
        if (id.matches("\\d{1,18}")) {
            check.accept(Long.parseLong(id));
        }
    }

    private static String variable(HttpServletRequest request, String name) {
        Map<?, ?> variables = (Map<?, ?>) request.getAttribute(HandlerMapping.URI_TEMPLATE_VARIABLES_ATTRIBUTE);
        return String.valueOf(variables.get(name));
    }
}
