package io.paddock.minidirector.blob;

import io.paddock.minidirector.system.Digests;
import io.paddock.minidirector.system.Directories;
import io.paddock.minidirector.system.MinidirectorProperties;
import io.paddock.minidirector.system.Tar;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** Packed files, to be fetched by their id; the newest five hundred are kept. */
@Component
public class Blobs {

    private static final int KEPT = 500;
    private static final Pattern ID = Pattern.compile("[0-9a-f-]{36}");

    private final Path directory;

    Blobs(MinidirectorProperties properties) {
        this.directory = Directories.create(properties.stateDirectory().resolve("blobs"), "rwx------");
    }

    /** @param sha1 in hexadecimal */
    public record Blob(String id, String sha1) {}

    /** Packs entries of a directory as a compressed tar archive. */
    public Blob pack(Path content, List<String> entries) {
        String id = UUID.randomUUID().toString();
        Path file = directory.resolve(id);
        try {
            Tar.pack(file, content, entries);
        } catch (RuntimeException failure) {
            Directories.delete(file);
            throw failure;
        }
        forgetOldest();
        return new Blob(id, Digests.sha1(file));
    }

    public Optional<Path> find(String id) {
        return Optional.of(id)
                .filter(name -> ID.matcher(name).matches())
                .map(directory::resolve)
                .filter(Files::exists);
    }

    private void forgetOldest() {
        try (Stream<Path> found = Files.list(directory)) {
            List<Path> blobs =
                    found.sorted(java.util.Comparator.comparingLong(Blobs::age)).toList();
            for (Path old : blobs.subList(0, Math.max(0, blobs.size() - KEPT))) {
                Files.deleteIfExists(old);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
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
