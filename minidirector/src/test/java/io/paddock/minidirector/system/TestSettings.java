package io.paddock.minidirector.system;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** Settings of a director for tests that start none. */
public final class TestSettings {

    private TestSettings() {}

    public static MinidirectorProperties in(Path state) {
        return with(state, 3, 2000, false);
    }

    public static MinidirectorProperties with(Path state, int workers, int maxTasks, boolean proxySpeaksHttp11) {
        return new MinidirectorProperties(
                state,
                "d",
                "admin",
                "p",
                null,
                proxySpeaksHttp11,
                true,
                Map.of(),
                Map.of(),
                "os",
                "1",
                workers,
                maxTasks,
                true,
                Duration.ZERO,
                1,
                Duration.ofSeconds(1),
                false,
                null);
    }
}
