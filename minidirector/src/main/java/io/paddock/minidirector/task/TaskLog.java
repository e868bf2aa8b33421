package io.paddock.minidirector.task;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.json.JsonMapper;

/** What a task writes while it runs: events, result and debug output, each a file that clients read by range. */
public final class TaskLog {

    private static final JsonMapper MAPPER = new JsonMapper();

    private final long taskId;
    private final Path directory;
    private final Clock clock;
    private final BooleanSupplier cancelling;

    TaskLog(long taskId, Path directory, Clock clock, BooleanSupplier cancelling) {
        this.taskId = taskId;
        this.directory = directory;
        this.clock = clock;
        this.cancelling = cancelling;
    }

    public long taskId() {
        return taskId;
    }

    public EventLog stage(String stage, int total) {
        return stage(stage, List.of(), total);
    }

    public EventLog stage(String stage, List<String> tags, int total) {
        return new EventLog(this, stage, tags, total);
    }

    public void warning(String message) {
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("time", now());
        event.put("type", "warning");
        event.put("message", message);
        event(event);
    }

    public boolean isCancelling() {
        return cancelling.getAsBoolean();
    }

    /** Ends the task here if it is being cancelled. */
    public void checkpoint() {
        if (cancelling.getAsBoolean()) {
            throw new TaskCancelledException(taskId);
        }
    }

    public void result(Object line) {
        append("result", MAPPER.writeValueAsString(line));
    }

    public void debug(String line) {
        append("debug", clock.instant() + " " + line);
    }

    void event(Map<String, Object> event) {
        append("event", MAPPER.writeValueAsString(event));
    }

    void error(int code, String message) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("code", code);
        error.put("message", message);
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("time", now());
        event.put("error", error);
        event(event);
    }

    long now() {
        return clock.instant().getEpochSecond();
    }

    private synchronized void append(String kind, String line) {
        try {
            Files.writeString(
                    directory.resolve(kind), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot write the " + kind + " of task " + taskId, failure);
        }
    }
}
