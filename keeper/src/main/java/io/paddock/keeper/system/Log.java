package io.paddock.keeper.system;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;

/** A line on standard output, which bpm writes to the job's log. Nothing secret comes here. */
public final class Log {

    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\p{Cf}\\u2028\\u2029]+");

    private Log() {}

    public static void info(String message) {
        // A database tells what applications wrote: it must not look like another line, or steer a terminal.
        System.out.println(Instant.now().truncatedTo(ChronoUnit.MILLIS) + " "
                + CONTROL.matcher(message).replaceAll(" "));
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
