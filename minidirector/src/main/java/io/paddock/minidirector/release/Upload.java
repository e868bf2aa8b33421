package io.paddock.minidirector.release;

import io.paddock.minidirector.system.Digests;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Directories;
import io.paddock.minidirector.task.Task;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The tarball that a task takes in, and the directory where it is unpacked; closing removes both. */
public final class Upload implements AutoCloseable {

    /** In a task's input: name of what {@link Uploads} received, or {@link #LOCATION}. */
    public static final String FILE = "file";
    /** In a task's input: address of a web server's file. */
    public static final String LOCATION = "location";
    /** In a task's input: expected digest, empty for none. */
    public static final String SHA1 = "sha1";

    private final Uploads uploads;
    private final Task task;
    private final Path unpacked;
    private @Nullable String file;

    Upload(Uploads uploads, Task task, Path unpacked) {
        this.uploads = uploads;
        this.task = task;
        this.unpacked = unpacked;
        this.file = task.input().get(FILE);
    }

    /** Whether it must be fetched first. */
    boolean isRemote() {
        return file == null;
    }

    /** @throws DirectorException uncoded, if it can't be had */
    void fetch() {
        file = uploads.fetch(task.input().get(LOCATION));
    }

    Path archive() {
        return uploads.file(Objects.requireNonNull(file, "fetched first"));
    }

    /** Does not exist before the tarball is unpacked. */
    Path unpacked() {
        return unpacked;
    }

    /**
     * @param what "Release" or "Stemcell"
     * @throws DirectorException with the given code, if the tarball is not the expected one
     */
    void verifyDigest(int code, String what) {
        String expected = task.input().getOrDefault(SHA1, "");
        if (!expected.isEmpty() && !Digests.matches(archive(), expected)) {
            throw new DirectorException(
                    code,
                    what + " SHA1 '" + Digests.sha1(archive()) + "' does not match the expected SHA1 '" + expected
                            + "'");
        }
    }

    @Override
    public void close() {
        Directories.delete(unpacked);
        if (file != null) {
            Directories.delete(archive());
        }
    }
}
