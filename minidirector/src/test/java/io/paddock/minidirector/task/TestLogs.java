package io.paddock.minidirector.task;

import java.nio.file.Path;
import java.time.Clock;

/** Logs of tasks that no queue runs. */
public final class TestLogs {

    private TestLogs() {}

    public static TaskLog in(Path directory) {
        return new TaskLog(1, directory, Clock.systemUTC(), () -> false);
    }

    public static TaskLog cancelled(Path directory) {
        return new TaskLog(1, directory, Clock.systemUTC(), () -> true);
    }
}
