package io.paddock.minidirector.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which processes live in which mount namespace, read from /proc. */
final class Namespaces {

    private static final Path PROC = Path.of("/proc");

    private Namespaces() {}

    /** The identity of a process's mount namespace; empty if the process is dead, a zombie included. */
    static Optional<String> of(long pid) {
        try {
            return Optional.of(
                    Files.readSymbolicLink(PROC.resolve(pid + "/ns/mnt")).toString());
        } catch (IOException dead) {
            return Optional.empty();
        }
    }

    /** Whether a process sees a machine's directory as /var/vcap: the number of a namespace is given to another one after its end. */
    static boolean shows(long pid, Path vcap) {
        String end = "/" + vcap.getParent().getFileName() + "/" + vcap.getFileName();
        return mounts(pid).anyMatch(fields -> fields[4].equals("/var/vcap") && fields[3].endsWith(end));
    }

    /** Whether a process sees something mounted there. */
    static boolean isMountPoint(long pid, String path) {
        return mounts(pid).anyMatch(fields -> fields[4].equals(path));
    }

    /** Fields: id, parent, device, root within its file system, mount point, ... None if the process is dead. */
    private static Stream<String[]> mounts(long pid) {
        try {
            return Files.readAllLines(PROC.resolve(pid + "/mountinfo")).stream().map(line -> line.split(" "));
        } catch (IOException dead) {
            return Stream.empty();
        }
    }

    /** All living processes of a machine. */
    static List<Long> members(String namespace, Path vcap) {
        try (Stream<Path> processes = Files.list(PROC)) {
            return processes
                    .map(path -> path.getFileName().toString())
                    .filter(name -> name.chars().allMatch(Character::isDigit))
                    .map(Long::parseLong)
                    .filter(pid -> of(pid).filter(namespace::equals).isPresent() && shows(pid, vcap))
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    static @Nullable Long parent(long pid) {
        try {
            String stat = Files.readString(PROC.resolve(pid + "/stat"));
            // The command's name, in parentheses, may hold blanks: the state and the parent follow the last one.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return Long.parseLong(fields[1]);
        } catch (NoSuchFileException dead) {
            return null;
        } catch (IOException dead) {
            return null;
        }
    }
}
