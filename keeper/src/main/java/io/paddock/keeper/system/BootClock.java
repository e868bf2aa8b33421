package io.paddock.keeper.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Time since the machine's boot, which the leash reads as well. It goes on while a machine is paused, so that a permit ends in time
 * (Linux: CLOCK_BOOTTIME; Java has no call for it).
 */
public final class BootClock {

    private static final Path UPTIME = Path.of("/proc/uptime");

    /** To a hundredth of a second. */
    public Duration now() {
        try {
            String uptime = Files.readString(UPTIME);
            return Duration.ofMillis(Math.round(Double.parseDouble(uptime.substring(0, uptime.indexOf(' '))) * 1000));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
