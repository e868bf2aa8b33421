package io.paddock.minidirector.api;

import io.paddock.minidirector.deployment.Deployments;
import io.paddock.minidirector.deployment.HealthMonitor;
import io.paddock.minidirector.deployment.Problem;
import io.paddock.minidirector.deployment.Problems;
import io.paddock.minidirector.deployment.ResolveProblemsTask;
import io.paddock.minidirector.deployment.ScanAndFixTask;
import io.paddock.minidirector.deployment.ScanTask;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.task.TaskQueue;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** Lost machines: finding them, listing them, repairing them ({@code bosh cck}). */
@RestController
class ProblemsController {

    private static final JsonMapper MAPPER = new JsonMapper();

    private final Deployments deployments;
    private final Problems problems;
    private final HealthMonitor healthMonitor;
    private final TaskQueue queue;

    ProblemsController(Deployments deployments, Problems problems, HealthMonitor healthMonitor, TaskQueue queue) {
        this.deployments = deployments;
        this.problems = problems;
        this.healthMonitor = healthMonitor;
        this.queue = queue;
    }

    @PostMapping("/deployments/{name}/scans")
    ResponseEntity<String> scan(@PathVariable String name, @RequestAttribute(AuthenticationFilter.USER) String user) {
        deployments.get(name);
        return start(ScanTask.TYPE, "scan cloud", user, name, Map.of());
    }

    @GetMapping("/deployments/{name}/problems")
    ResponseEntity<String> problems(@PathVariable String name) {
        deployments.get(name);
        return Answers.html(
                problems.of(name).stream().map(ProblemsController::shown).toList());
    }

    @PutMapping(path = "/deployments/{name}/problems", consumes = "application/json")
    ResponseEntity<String> resolve(
            @PathVariable String name,
            @RequestBody Map<String, Object> body,
            @RequestAttribute(AuthenticationFilter.USER) String user) {
        deployments.get(name);
        Map<String, String> chosen = new TreeMap<>();
        if (body.get("resolutions") instanceof Map<?, ?> resolutions) {
            resolutions.forEach((id, resolution) -> chosen.put(id.toString(), String.valueOf(resolution)));
        }
        if (body.get(ResolveProblemsTask.OVERRIDES) instanceof Map<?, ?> overrides) {
            chosen.put(ResolveProblemsTask.OVERRIDES, MAPPER.writeValueAsString(overrides));
        }
        return start(ResolveProblemsTask.TYPE, "apply resolutions", user, name, chosen);
    }

    @PutMapping(path = "/deployments/{name}/scan_and_fix", consumes = "application/json")
    ResponseEntity<String> scanAndFix(
            @PathVariable String name,
            @RequestBody Map<String, Object> body,
            @RequestAttribute(AuthenticationFilter.USER) String user) {
        deployments.get(name);
        if (healthMonitor.isResurrectionPaused()) {
            throw new DirectorException(410004, "Resurrector is paused");
        }
        return start(
                ScanAndFixTask.TYPE,
                "scan and fix",
                user,
                name,
                body.get("jobs") instanceof Map<?, ?> jobs
                        ? Map.of(ScanAndFixTask.JOBS, MAPPER.writeValueAsString(jobs))
                        : Map.of());
    }

    private ResponseEntity<String> start(
            String type, String description, String user, String name, Map<String, String> input) {
        return Answers.started(
                queue.submit(type, description, user, name, "", input).id());
    }

    private static Map<String, Object> shown(Problem problem) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("id", problem.id());
        shown.put("type", problem.type().wireName());
        shown.put("data", Map.of());
        shown.put("description", problem.description());
        shown.put(
                "resolutions",
                problem.type().resolutions().stream()
                        .map(resolution -> Map.of("name", resolution.wireName(), "plan", problem.plan(resolution)))
                        .toList());
        shown.put("instance_group", problem.instance().group());
        return shown;
    }
}
