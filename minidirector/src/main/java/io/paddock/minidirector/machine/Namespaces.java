package io.paddock.minidirector.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Which processes live in which namespace, read from a /proc. */
final class Namespaces {

    private static final Path PROC = Path.of("/proc");

    private Namespaces() {}

    /** The identity of a process's mount namespace; empty if the process is dead, a zombie included. */
    static Optional<String> mounts(long pid) {
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
        return mountInfo(pid).anyMatch(fields -> fields[4].equals("/var/vcap") && fields[3].endsWith(end));
    }

    /** Whether a process sees something mounted there. */
    static boolean isMountPoint(long pid, String path) {
        return mountInfo(pid).anyMatch(fields -> fields[4].equals(path));
    }

    /** Fields: id, parent, device, root within its file system, mount point, ... None if the process is dead. */
    private static Stream<String[]> mountInfo(long pid) {
        try {
            return Files.readAllLines(PROC.resolve(pid + "/mountinfo")).stream().map(line -> line.split(" "));
        } catch (IOException dead) {
            return Stream.empty();
        }
    }

    /** All processes that a /proc shows, as it numbers them. */
    static List<Long> processes(Path proc) {
        try (Stream<Path> processes = Files.list(proc)) {
            return processes
                    .map(path -> path.getFileName().toString())
                    .filter(name -> name.chars().allMatch(Character::isDigit))
                    .map(Long::parseLong)
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Whether a process lives; a zombie does not. */
    static boolean isAlive(Path proc, long pid) {
        return stat(proc, pid).filter(fields -> !fields[0].equals("Z")).isPresent();
    }

    /** Its parent, the parent of that, and so on. */
    static List<Long> ancestors(Path proc, long pid) {
        List<Long> ancestors = new ArrayList<>();
        Optional<Long> next = parent(proc, pid);
        while (next.filter(parent -> parent > 1).isPresent()) {
            ancestors.add(next.get());
            next = parent(proc, next.get());
        }
        return ancestors;
    }

    private static Optional<Long> parent(Path proc, long pid) {
        return stat(proc, pid).map(fields -> Long.parseLong(fields[1]));
    }

    /** Fields: state, parent, ... Empty if the process is gone. */
    static Optional<String[]> stat(Path proc, long pid) {
        try {
            String stat = Files.readString(proc.resolve(pid + "/stat"));
            // The command's name, in parentheses, may hold blanks: the other fields follow the last one.
            return Optional.of(stat.substring(stat.lastIndexOf(')') + 2).split(" "));
        } catch (IOException gone) {
            return Optional.empty();
        }
    }
}
