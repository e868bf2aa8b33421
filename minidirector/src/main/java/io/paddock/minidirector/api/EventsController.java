package io.paddock.minidirector.api;

import io.paddock.minidirector.access.Caller;
import io.paddock.minidirector.deployment.Deployments;
import io.paddock.minidirector.event.Event;
import io.paddock.minidirector.event.Events;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Yaml;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The audit trail, newest first, two hundred at a time. */
@RestController
class EventsController {

    private static final int PAGE = 200;

    private final Events events;
    private final Deployments deployments;

    EventsController(Events events, Deployments deployments) {
        this.deployments = deployments;
        this.events = events;
    }

    @GetMapping("/events")
    ResponseEntity<String> events(
            @RequestParam(name = "before_id", required = false) @Nullable Long beforeId,
            @RequestParam(name = "before_time", required = false) @Nullable String before,
            @RequestParam(name = "after_time", required = false) @Nullable String after,
            @RequestParam Map<String, String> query,
            @RequestAttribute(AuthenticationFilter.CALLER) Caller caller) {
        Predicate<Event> wanted = event -> beforeId == null || event.id() < beforeId;
        if (before != null) {
            long limit = seconds("before", before);
            wanted = wanted.and(event -> event.timestamp() < limit);
        }
        if (after != null) {
            long limit = seconds("after", after);
            wanted = wanted.and(event -> event.timestamp() > limit);
        }
        return Answers.json(events.newestFirst().stream()
                .filter(wanted)
                .filter(event -> mayRead(caller, event))
                .filter(event -> matches(query, "task", event.task()))
                .filter(event -> matches(query, "deployment", event.deployment()))
                .filter(event -> matches(query, "instance", event.instance()))
                .filter(event -> matches(query, "user", event.user()))
                .filter(event -> matches(query, "action", event.action()))
                .filter(event -> matches(query, "object_type", event.objectType()))
                .filter(event -> matches(query, "object_name", event.objectName()))
                .limit(PAGE)
                .map(EventsController::shown)
                .toList());
    }

    /** A team reads what happened to its deployments. */
    private boolean mayRead(Caller caller, Event event) {
        return caller.mayReadAll()
                || event.deployment() != null
                        && deployments
                                .find(event.deployment())
                                .filter(deployment -> caller.mayRead(deployment.teams()))
                                .isPresent();
    }

    @GetMapping("/events/{id}")
    ResponseEntity<String> event(@PathVariable long id) {
        return Answers.json(events.newestFirst().stream()
                .filter(event -> event.id() == id)
                .findFirst()
                .map(EventsController::shown)
                .orElseThrow(() -> new DirectorException(100, 404, "Event " + id + " not found")));
    }

    /** What an administrator wants to be remembered. */
    @PostMapping(path = "/events", consumes = "application/json")
    ResponseEntity<String> add(
            @RequestBody Map<String, Object> body, @RequestAttribute(AuthenticationFilter.USER) String user) {
        if (Stream.of("action", "object_type", "object_name").anyMatch(key -> body.get(key) == null)) {
            throw new DirectorException(40000, "Action, object_type, object_name are required");
        }
        Object context = body.get("context");
        if (context != null && !(context instanceof Map)) {
            throw new DirectorException(40000, "Context must be a hash");
        }
        Object timestamp = body.get("timestamp");
        events.add(new Event(
                0,
                null,
                timestamp == null ? events.now() : seconds("timestamp", timestamp.toString()),
                user,
                body.get("action").toString(),
                body.get("object_type").toString(),
                body.get("object_name").toString(),
                null,
                text(body, "deployment"),
                text(body, "instance"),
                text(body, "error"),
                Yaml.map(context)));
        return ResponseEntity.ok().contentType(Answers.HTML).build();
    }

    private static @Nullable String text(Map<String, Object> body, String key) {
        return body.get(key) == null ? null : body.get(key).toString();
    }

    /** Answered as plain text. */
    private static final class InvalidTime extends RuntimeException {
        InvalidTime(String message) {
            super(message);
        }
    }

    @ExceptionHandler
    ResponseEntity<String> invalid(InvalidTime failure) {
        return Answers.text(400, MediaType.APPLICATION_JSON, String.valueOf(failure.getMessage()));
    }

    private static boolean matches(Map<String, String> query, String key, @Nullable Object value) {
        return !query.containsKey(key) || query.get(key).equals(String.valueOf(value));
    }

    private static long seconds(String name, String text) {
        try {
            return text.matches("\\d{1,18}")
                    ? Long.parseLong(text)
                    : OffsetDateTime.parse(text).toEpochSecond();
        } catch (DateTimeException notATime) {
            try {
                return Instant.parse(text).getEpochSecond();
            } catch (DateTimeException neither) {
                throw new InvalidTime("Invalid " + name + " parameter: '" + text + "'");
            }
        }
    }

    private static Map<String, Object> shown(Event event) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("id", Long.toString(event.id()));
        if (event.parentId() != null) {
            shown.put("parent_id", event.parentId().toString());
        }
        shown.put("timestamp", event.timestamp());
        shown.put("user", event.user());
        shown.put("action", event.action());
        shown.put("object_type", event.objectType());
        put(shown, "object_name", event.objectName());
        put(shown, "error", event.error());
        put(shown, "task", event.task() == null ? null : event.task().toString());
        put(shown, "deployment", event.deployment());
        put(shown, "instance", event.instance());
        shown.put("context", event.context());
        return shown;
    }

    private static void put(Map<String, Object> shown, String key, @Nullable Object value) {
        if (value != null) {
            shown.put(key, value);
        }
    }
}
