package io.paddock.minidirector.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Directories made and removed as a whole. */
public final class Directories {

    private Directories() {}

    /** Creates a directory with exactly these permissions, whatever the umask. */
    public static Path create(Path directory, String permissions) {
        try {
            Files.createDirectories(directory);
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(permissions));
            return directory;
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot create " + directory, failure);
        }
    }

    /** The same; if its name has become a symbolic link since somebody looked, it fails instead of following that. */
    public static Path createOwn(Path directory, String permissions) {
        try {
            Files.createDirectories(directory);
            Files.getFileAttributeView(directory, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                    .setPermissions(PosixFilePermissions.fromString(permissions));
            return directory;
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot create " + directory, failure);
        }
    }

    /** Copies a directory with its content to a place that does not exist yet; symbolic links stay links. */
    public static void copy(Path directory, Path target) {
        try (Stream<Path> found = Files.walk(directory)) {
            for (Path file : found.toList()) {
                Files.copy(
                        file,
                        target.resolve(directory.relativize(file).toString()),
                        LinkOption.NOFOLLOW_LINKS,
                        StandardCopyOption.COPY_ATTRIBUTES);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot copy " + directory, failure);
        }
    }

    /** Whether any user can reach and read a directory; of what lies in it only the files directly below are looked at. */
    public static boolean isOpenToAll(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path above = directory.toRealPath(); above != null; above = above.getParent()) {
                if (!Files.getPosixFilePermissions(above).contains(PosixFilePermission.OTHERS_EXECUTE)) {
                    return false;
                }
            }
            for (Path file : files.toList()) {
                if (!Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
                    return false;
                }
            }
            return true;
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot look at " + directory, failure);
        }
    }

    /** Lets everybody read what lies here, and run what its owner may run. */
    public static void openToAll(Path directory) {
        try (Stream<Path> found = Files.walk(directory)) {
            for (Path file : found.filter(path -> !Files.isSymbolicLink(path)).toList()) {
                Set<PosixFilePermission> permissions = EnumSet.copyOf(Files.getPosixFilePermissions(file));
                permissions.add(PosixFilePermission.OTHERS_READ);
                if (permissions.contains(PosixFilePermission.OWNER_EXECUTE)) {
                    permissions.add(PosixFilePermission.OTHERS_EXECUTE);
                }
                Files.setPosixFilePermissions(file, permissions);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot open " + directory, failure);
        }
    }

    /** Removes a directory with its content; symbolic links are removed, not followed. An absent one is fine. */
    public static void delete(Path directory) {
        try {
            Files.walkFileTree(directory, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                    if (failure instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE;
                    }
                    throw failure;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
                        throws IOException {
                    Files.deleteIfExists(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot delete " + directory, failure);
        }
    }
}
