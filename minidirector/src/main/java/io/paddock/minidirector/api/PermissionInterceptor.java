package io.paddock.minidirector.api;

import io.paddock.minidirector.access.Caller;
import io.paddock.minidirector.access.Permissions;
import io.paddock.minidirector.task.TaskStore;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.springframework.stereotype.Component;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.HandlerMapping;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** Asks for each route what its caller may do; what lists show of it is the controllers' matter. */
@Component
class PermissionInterceptor implements HandlerInterceptor, WebMvcConfigurer {

    /** The rest of what a deployment has is for those who may change it. */
    private static final Set<String> READ_OF_DEPLOYMENT = Set.of(
            "/deployments/{name}",
            "/deployments/{name}/vms",
            "/deployments/{name}/instances",
            "/deployments/{name}/certificate_expiry",
            "/deployments/{name}/errands");

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
            case "/tasks", "/deployment_configs", "/deployed_variables/{*name}", "/link_address" ->
                permissions.list(caller);
            case "/deployments", "/configs", "/configs/{id}" ->
                either(reading, () -> permissions.list(caller), () -> permissions.adminOfAnyTeam(caller));
            case "/releases", "/packages/matches", "/packages/matches_compiled" ->
                either(
                        reading,
                        () -> permissions.list(caller),
                        () -> permissions.adminOr(caller, "bosh.releases.upload"));
            case "/stemcells", "/stemcell_uploads" ->
                either(
                        reading,
                        () -> permissions.list(caller),
                        () -> permissions.adminOr(caller, "bosh.stemcells.upload"));
            case "/releases/{name}", "/events" ->
                either(reading, () -> permissions.list(caller), () -> permissions.admin(caller));
            case "/links", "/link_providers", "/link_consumers" ->
                either(reading, () -> readLinks(caller, request), () -> permissions.admin(caller));
            case "/locks", "/events/{id}", "/resurrection", "/orphaned_vms", "/director/certificate_expiry" ->
                either(reading, () -> permissions.read(caller), () -> permissions.admin(caller));
            case EarlierConfigsController.PATH ->
                // CPI configs may hold the cloud's secrets.
                either(
                        reading && !variable(request, "type").equals("cpi"),
                        () -> permissions.read(caller),
                        () -> permissions.admin(caller));
            default -> {
                if (pattern.startsWith("/deployments/{name}")) {
                    ofDeployment(caller, variable(request, "name"), reading && READ_OF_DEPLOYMENT.contains(pattern));
                } else {
                    permissions.admin(caller);
                }
            }
        }
    }

    private static void either(boolean first, Runnable one, Runnable other) {
        (first ? one : other).run();
    }

    private void ofDeployment(Caller caller, String name, boolean reading) {
        either(
                reading,
                () -> permissions.readDeployment(caller, name),
                () -> permissions.changeDeployment(caller, name));
    }

    private void readLinks(Caller caller, HttpServletRequest request) {
        String deployment = request.getParameter("deployment");
        either(
                deployment == null,
                () -> permissions.read(caller),
                () -> permissions.readDeployment(caller, deployment));
    }

    /** Debug output may show secrets, so that is for those who may change the deployment. */
    private void readOutput(Caller caller, HttpServletRequest request, long id) {
        // As the controller reads it: without a type it is the debug output.
        String type = Optional.ofNullable(request.getParameter("type")).orElse("");
        switch (type) {
            case "", "debug", "cpi" -> permissions.changeTask(caller, tasks.find(id));
            default -> permissions.readTask(caller, tasks.find(id), REQUIRED);
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
