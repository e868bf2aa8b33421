package io.paddock.minidirector.api;

import io.paddock.minidirector.deployment.Deployments;
import io.paddock.minidirector.deployment.ErrandTask;
import io.paddock.minidirector.deployment.Errands;
import io.paddock.minidirector.task.TaskQueue;
import java.util.List;
import java.util.Map;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** Errands: jobs that run once. */
@RestController
class ErrandsController {

    private static final JsonMapper MAPPER = new JsonMapper();

    private final Deployments deployments;
    private final Errands errands;
    private final TaskQueue queue;

    ErrandsController(Deployments deployments, Errands errands, TaskQueue queue) {
        this.deployments = deployments;
        this.errands = errands;
        this.queue = queue;
    }

    @GetMapping("/deployments/{name}/errands")
    ResponseEntity<String> errands(@PathVariable String name) {
        return Answers.html(errands.of(deployments.get(name)).stream()
                .map(errand -> Map.of("name", errand))
                .toList());
    }

    @PostMapping(path = "/deployments/{name}/errands/{errand}/runs", consumes = "application/json")
    ResponseEntity<String> run(
            @PathVariable String name,
            @PathVariable String errand,
            @RequestBody Map<String, Object> body,
            @RequestAttribute(AuthenticationFilter.USER) String user,
            @RequestHeader(name = Answers.CONTEXT_ID, defaultValue = "") String contextId) {
        deployments.get(name);
        Answers.checked(contextId);
        return Answers.started(queue.submit(
                        ErrandTask.TYPE,
                        "run errand " + errand + " from deployment " + name,
                        user,
                        name,
                        contextId,
                        Map.of(
                                ErrandTask.ERRAND,
                                errand,
                                ErrandTask.KEEP_ALIVE,
                                String.valueOf(Boolean.TRUE.equals(body.get("keep-alive"))),
                                ErrandTask.WHEN_CHANGED,
                                String.valueOf(Boolean.TRUE.equals(body.get("when-changed"))),
                                ErrandTask.INSTANCES,
                                MAPPER.writeValueAsString(
                                        body.get("instances") instanceof List<?> list ? list : List.of())))
                .id());
    }
}
