package io.paddock.minidirector.deployment;

import io.paddock.minidirector.system.Directories;
import io.paddock.minidirector.system.MinidirectorProperties;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.springframework.stereotype.Component;

/** Remembers which instances are being resurrected: one whose repair was cut off or failed is repaired again. */
@Component
class Repairs {

    private final Path directory;

    Repairs(MinidirectorProperties properties) {
        this.directory = Directories.create(properties.stateDirectory().resolve("repairs"), "rwx------");
    }

    void begin(Instance instance) {
        try {
            Files.write(mark(instance), new byte[0]);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    void end(Instance instance) {
        try {
            Files.deleteIfExists(mark(instance));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    boolean isPending(Instance instance) {
        return Files.exists(mark(instance));
    }

    private Path mark(Instance instance) {
        return directory.resolve(instance.id());
    }
}
