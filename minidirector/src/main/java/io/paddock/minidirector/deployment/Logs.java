package io.paddock.minidirector.deployment;

import io.paddock.minidirector.machine.Machine;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Directories;
import io.paddock.minidirector.system.MinidirectorProperties;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** Packed log files, to be fetched by their id; the newest fifty are kept. */
@Component
public class Logs {

    private static final int KEPT = 50;
    private static final Pattern ID = Pattern.compile("[0-9a-f-]{36}");

    private final Path directory;

    Logs(MinidirectorProperties properties) {
        this.directory = Directories.create(properties.stateDirectory().resolve("blobs"), "rwx------");
    }

    /** @param sha1 in hexadecimal */
    record Blob(String id, String sha1) {}

    /** Packs the log files of a job as a compressed tar archive. */
    Blob pack(Machine machine, String job) {
        String id = UUID.randomUUID().toString();
        Path file = directory.resolve(id);
        try {
            int exit = new ProcessBuilder(
                            "tar",
                            "-czf",
                            file.toString(),
                            "-C",
                            machine.log(job).getParent().toString(),
                            "--",
                            job)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
            // 1: a file grew while it was read.
            if (exit > 1) {
                throw DirectorException.uncoded("Failed to pack the logs of '" + job + "': tar exited with " + exit);
            }
            forgetOldest();
            byte[] digest = MessageDigest.getInstance("SHA-1").digest(Files.readAllBytes(file));
            return new Blob(id, HexFormat.of().formatHex(digest));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    public Optional<Path> find(String id) {
        return Optional.of(id)
                .filter(name -> ID.matcher(name).matches())
                .map(directory::resolve)
                .filter(Files::exists);
    }

    private void forgetOldest() throws IOException {
        List<Path> blobs;
        try (Stream<Path> found = Files.list(directory)) {
            blobs = found.sorted(java.util.Comparator.comparingLong(Logs::age)).toList();
        }
        for (Path old : blobs.subList(0, Math.max(0, blobs.size() - KEPT))) {
            Files.deleteIfExists(old);
        }
    }

    private static long age(Path file) {
        try {
            return Files.getLastModifiedTime(file).toMillis();
        } catch (IOException gone) {
            return 0;
        }
    }
}
