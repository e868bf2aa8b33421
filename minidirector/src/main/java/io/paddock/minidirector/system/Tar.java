package io.paddock.minidirector.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Compressed tar archives, packed and unpacked by the program of that name. */
public final class Tar {

    /** How tar ends when a file changed while it was read. */
    private static final int CHANGED_MEANWHILE = 1;

    private Tar() {}

    /**
     * Packs entries of a directory; one that grows meanwhile is packed as far as it was then.
     *
     * @throws DirectorException uncoded, if that fails
     */
    public static void pack(Path archive, Path directory, List<String> entries) {
        List<String> command =
                new ArrayList<>(List.of("tar", "-czf", archive.toString(), "-C", directory.toString(), "--"));
        command.addAll(entries);
        int exit = run(command);
        if (exit > CHANGED_MEANWHILE) {
            throw DirectorException.uncoded("Failed to pack " + entries + ": tar exited with " + exit);
        }
    }

    /** Unpacks an archive into an empty directory; whether it was one. */
    public static boolean unpack(Path archive, Path directory) {
        Directories.create(directory, "rwx------");
        return run(List.of("tar", "-xzf", archive.toString(), "--no-same-owner", "-C", directory.toString())) == 0;
    }

    private static int run(List<String> command) {
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }
}
