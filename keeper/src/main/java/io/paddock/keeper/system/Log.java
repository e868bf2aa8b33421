package io.paddock.keeper.system;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** A line on standard output, which bpm writes to the job's log. Nothing secret comes here. */
public final class Log {

    private Log() {}

    public static void info(String message) {
        System.out.println(Instant.now().truncatedTo(ChronoUnit.MILLIS) + " " + message);
    }

    /** What will be tried again. */
    public static void warn(String message, Throwable failure) {
        info(message + ": " + describe(failure));
    }

    public static String describe(Throwable failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        String message = cause.getMessage();
        return cause.getClass().getSimpleName()
                + (message == null ? "" : " " + message.lines().findFirst().orElse(""));
    }
}
