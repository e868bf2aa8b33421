package io.paddock.keeper.cluster;

import io.paddock.keeper.system.DurableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether this node founds its cluster, from the decision to do so until the lock's servers know the first primary. */
public final class Founding {

    private final Path file;

    public Founding(Path file) {
        this.file = file;
    }

    public void begin() throws IOException {
        DurableFile.write(file, "");
    }

    public boolean isUnderWay() {
        return Files.exists(file);
    }

    /** It is done, or another node has done it. */
    public void end() throws IOException {
        DurableFile.delete(file);
    }
}
