package io.paddock.minidirector.task;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One stage of a task in its event stream: how many steps it has, and which of them start and finish. */
public final class EventLog {

    private final TaskLog log;
    private final String stage;
    private final List<String> tags;
    /** As a total: nobody says how many steps there will be. */
    public static final int UNKNOWN = -1;

    private final int total;
    private int started;

    EventLog(TaskLog log, String stage, List<String> tags, int total) {
        this.log = log;
        this.stage = stage;
        this.tags = tags;
        this.total = total;
    }

    /** Starts the next step, does it and reports how it ended. */
    public void step(String name, Runnable work) {
        step(name, progress -> work.run());
    }

    /** The same for a step that reports in between. */
    public void step(String name, java.util.function.Consumer<Progress> work) {
        int index = next();
        log.checkpoint();
        write(name, index, "started", 0, null);
        try {
            work.accept((percent, status) -> {
                write(name, index, "in_progress", percent, Map.of("status", status));
                log.checkpoint();
            });
        } catch (RuntimeException failure) {
            write(name, index, "failed", 100, Map.of("error", String.valueOf(failure.getMessage())));
            throw failure;
        }
        write(name, index, "finished", 100, null);
    }

    private synchronized int next() {
        return ++started;
    }

    private void write(String task, int index, String state, int progress, @Nullable Map<String, String> data) {
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("time", log.now());
        event.put("stage", stage);
        event.put("tags", tags);
        event.put("total", total == UNKNOWN ? null : total);
        event.put("task", task);
        event.put("index", index);
        event.put("state", state);
        event.put("progress", progress);
        if (data != null) {
            event.put("data", data);
        }
        log.event(event);
    }

    /** What a running step says of itself. */
    public interface Progress {
        void at(int percent, String status);
    }
}
