package io.paddock.keeper.cluster;

import io.paddock.keeper.system.DurableFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether this node founds its cluster, from the decision to do so until the lock's servers know the first primary. */
public final class Founding {

    private final Path file;
    private volatile boolean isUnderWay;

    public Founding(Path file) {
        this.file = file;
        this.isUnderWay = Files.exists(file);
    }

    public synchronized void begin() throws IOException {
        DurableFile.write(file, "");
        isUnderWay = true;
    }

    public boolean isUnderWay() {
        return isUnderWay;
    }

    /** It is done, or another node has done it. */
    public synchronized void end() throws IOException {
        DurableFile.delete(file);
        isUnderWay = false;
    }
}
