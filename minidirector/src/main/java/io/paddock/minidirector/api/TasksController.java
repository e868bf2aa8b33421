package io.paddock.minidirector.api;

import io.paddock.minidirector.access.Caller;
import io.paddock.minidirector.access.Permissions;
import io.paddock.minidirector.deployment.AttachDiskTask;
import io.paddock.minidirector.deployment.DeleteDeploymentTask;
import io.paddock.minidirector.deployment.DeleteReleaseTask;
import io.paddock.minidirector.deployment.DeleteStemcellTask;
import io.paddock.minidirector.deployment.DeployTask;
import io.paddock.minidirector.deployment.ErrandTask;
import io.paddock.minidirector.deployment.ExportReleaseTask;
import io.paddock.minidirector.deployment.InstanceActionTask;
import io.paddock.minidirector.deployment.SnapshotTasks;
import io.paddock.minidirector.release.UpdateReleaseTask;
import io.paddock.minidirector.release.UpdateStemcellTask;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Yaml;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskQueue;
import io.paddock.minidirector.task.TaskStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Tasks and their output, which clients read by range while it grows. */
@RestController
class TasksController {

    private static final Pattern RANGE = Pattern.compile("bytes=(\\d{1,18})-(\\d{0,18})");
    /** Types that a list shows without being asked for everything. */
    private static final Set<String> INTERESTING = Set.of(
            AttachDiskTask.TYPE,
            DeleteDeploymentTask.TYPE,
            DeleteReleaseTask.TYPE,
            DeleteStemcellTask.TYPE,
            DeployTask.TYPE,
            ErrandTask.TYPE,
            ExportReleaseTask.TYPE,
            InstanceActionTask.TYPE,
            SnapshotTasks.OF_DEPLOYMENT,
            SnapshotTasks.OF_INSTANCE,
            UpdateReleaseTask.TYPE,
            UpdateStemcellTask.TYPE);

    private static final Comparator<Task> NEWEST_FIRST = Comparator.comparing(
                    (Task task) -> Objects.requireNonNullElse(task.timestamp(), task.createdAt()))
            .thenComparing(Task::id)
            .reversed();

    private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");

    private final TaskStore store;
    private final TaskQueue queue;
    private final Permissions permissions;

    TasksController(TaskStore store, TaskQueue queue, Permissions permissions) {
        this.store = store;
        this.permissions = permissions;
        this.queue = queue;
    }

    @GetMapping("/tasks")
    ResponseEntity<String> tasks(
            @RequestParam(required = false) @Nullable String state,
            @RequestParam(required = false) @Nullable String deployment,
            @RequestParam(name = "context_id", required = false) @Nullable String contextId,
            @RequestParam(defaultValue = "1") String verbose,
            @RequestParam(defaultValue = "") String limit,
            @RequestAttribute(AuthenticationFilter.CALLER) Caller caller) {
        List<String> states = state == null ? List.of() : Arrays.asList(state.split(","));
        // As Ruby reads it, what is no number is zero; and of zero tasks the director shows one.
        long count = limit.isEmpty()
                ? Long.MAX_VALUE
                : Math.max(1, NUMBER.matcher(limit).matches() ? Long.parseLong(limit) : 0);
        return Answers.json(store.newestFirst().stream()
                .filter(task -> permissions.maySee(caller, task))
                .filter(task -> states.isEmpty() || states.contains(task.state().wireName()))
                .filter(task -> deployment == null || deployment.equals(task.deployment()))
                .filter(task -> contextId == null || contextId.equals(task.contextId()))
                .filter(task -> verbose.equals("2") || INTERESTING.contains(task.type()))
                .sorted(NEWEST_FIRST)
                .limit(count)
                .map(TasksController::shown)
                .toList());
    }

    @GetMapping("/tasks/{id}")
    ResponseEntity<String> task(@PathVariable String id) {
        return Answers.json(shown(find(id)));
    }

    @GetMapping("/tasks/{id}/output")
    ResponseEntity<byte[]> output(
            @PathVariable String id,
            @RequestParam(defaultValue = "debug") String type,
            @RequestHeader(name = HttpHeaders.RANGE, required = false) @Nullable String range)
            throws IOException {
        Task task = find(id);
        if (type.equals("none")) {
            return ResponseEntity.noContent().build();
        }
        if (!List.of("event", "result", "debug", "cpi").contains(type)) {
            throw new DirectorException(600000, 401, "Unknown type " + type);
        }
        Path file = store.output(task.id(), type);
        boolean forOperators = type.equals("debug") || type.equals("cpi");
        if (forOperators && !Files.exists(file)) {
            return ResponseEntity.noContent().build();
        }
        byte[] text = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
        MediaType contentType = forOperators ? MediaType.parseMediaType("text/plain;charset=utf-8") : Answers.HTML;
        Matcher wanted = RANGE.matcher(range == null ? "" : range);
        if (text.length == 0 || !wanted.matches()) {
            return ResponseEntity.ok().contentType(contentType).body(text);
        }
        long first = Long.parseLong(wanted.group(1));
        if (first >= text.length) {
            return ResponseEntity.status(416)
                    .contentType(contentType)
                    .header(HttpHeaders.CONTENT_RANGE, "bytes */" + text.length)
                    .body("Byte range unsatisfiable".getBytes(StandardCharsets.UTF_8));
        }
        int last = wanted.group(2).isEmpty()
                ? text.length - 1
                : (int) Math.min(text.length - 1L, Long.parseLong(wanted.group(2)));
        if (last < first) {
            return ResponseEntity.ok().contentType(contentType).body(text);
        }
        return ResponseEntity.status(206)
                .contentType(contentType)
                .header(HttpHeaders.CONTENT_RANGE, "bytes " + first + "-" + last + "/" + text.length)
                .body(Arrays.copyOfRange(text, (int) first, last + 1));
    }

    /** The director's one route in the singular. */
    @DeleteMapping("/task/{id}")
    ResponseEntity<String> cancel(@PathVariable String id) {
        try {
            queue.cancel(find(id).id());
        } catch (IllegalStateException notRunning) {
            return Answers.text(400, Answers.HTML, String.valueOf(notRunning.getMessage()));
        }
        return ResponseEntity.noContent().build();
    }

    /** Cancels all tasks that match; without a state those that wait. */
    @PostMapping(path = "/tasks/cancel", consumes = "application/json")
    ResponseEntity<String> cancelMany(
            @RequestBody Map<String, Object> wanted, @RequestAttribute(AuthenticationFilter.CALLER) Caller caller) {
        List<String> states = wanted.get("states") == null ? List.of("queued") : Yaml.strings(wanted.get("states"));
        List<String> types = Yaml.strings(wanted.get("types"));
        store.newestFirst().stream()
                .filter(task -> permissions.mayChange(caller, task))
                .filter(task -> task.state() == Task.State.QUEUED || task.state() == Task.State.PROCESSING)
                .filter(task -> states.contains(task.state().wireName()))
                .filter(task -> types.isEmpty() || types.contains(task.type()))
                .filter(task -> !wanted.containsKey("deployment")
                        || wanted.get("deployment").equals(task.deployment()))
                .forEach(task -> cancelUnlessEnded(task.id()));
        return ResponseEntity.noContent().build();
    }

    private void cancelUnlessEnded(long id) {
        try {
            queue.cancel(id);
        } catch (IllegalStateException endedMeanwhile) {
            // Nothing to cancel any more.
        }
    }

    private Task find(String id) {
        if (!id.matches("\\w+") || id.matches("\\d{19,}")) {
            throw DirectorException.taskNotFound(id);
        }
        if (!NUMBER.matcher(id).matches()) {
            // The real director answers 500 without a body here; so does the advice, to any unexpected failure.
            throw new IllegalArgumentException("not a task id: " + id);
        }
        return store.find(Long.parseLong(id));
    }

    private static Map<String, Object> shown(Task task) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("id", task.id());
        shown.put("state", task.state().wireName());
        shown.put("description", task.description());
        shown.put("timestamp", task.timestamp());
        shown.put("started_at", task.startedAt());
        shown.put("result", task.result());
        shown.put("user", task.user());
        shown.put("deployment", task.deployment());
        shown.put("context_id", task.contextId());
        return shown;
    }
}
