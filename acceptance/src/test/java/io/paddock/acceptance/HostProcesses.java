package io.paddock.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Finds the processes of containers on the host, where a test may stop or kill each of them. */
final class HostProcesses {

    private HostProcesses() {}

    /** The process that a job's container is for, as the host numbers it; empty if there is none. The pid file names the container's first one. */
    static String executable(Path machine, String job) {
        SortedMap<Integer, String> container = container(machine, job);
        return container.tailMap(2).values().stream()
                .findFirst()
                .orElseGet(() -> container.values().stream().findFirst().orElse(""));
    }

    /** The process that a job's container numbers so, as the host numbers it. */
    static String numbered(Path machine, String job, String number) {
        String[] holder = holder(machine);
        return holder.length < 3 ? number : container(machine, job).getOrDefault(Integer.valueOf(number), "");
    }

    /** The processes of a job's container, by the container's own numbers; of an earlier director's machine, which has no containers, the one of the pid file. */
    private static SortedMap<Integer, String> container(Path machine, String job) {
        SortedMap<Integer, String> found = new TreeMap<>();
        Path pidFile = machine.resolve("vcap/sys/run/bpm/" + job + "/" + job + ".pid");
        String[] holder = holder(machine);
        Optional<String> pid = read(pidFile).map(String::strip);
        if (pid.isEmpty() || holder.length == 0) {
            return found;
        }
        if (holder.length < 3) {
            found.put(1, pid.get());
            return found;
        }
        Optional<String> namespace = link(Path.of("/proc", holder[0], "root/proc", pid.get(), "ns/pid"));
        if (namespace.isEmpty()) {
            return found;
        }
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            for (Path process : processes
                    .filter(path -> path.getFileName().toString().matches("\\d+"))
                    .toList()) {
                if (link(process.resolve("ns/pid")).equals(namespace)) {
                    read(process.resolve("status"))
                            .flatMap(HostProcesses::innermostNumber)
                            .ifPresent(number ->
                                    found.put(number, process.getFileName().toString()));
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return found;
    }

    private static Optional<Integer> innermostNumber(String status) {
        return status.lines()
                .filter(line -> line.startsWith("NSpid:"))
                .map(line -> Integer.valueOf(line.substring(line.lastIndexOf('\t') + 1)))
                .findFirst();
    }

    /** Id of the machine's first process, its mount namespace and, unless an earlier director made it, its pid namespace. */
    private static String[] holder(Path machine) {
        return read(machine.resolve("holder"))
                .filter(line -> line.endsWith("\n"))
                .map(line -> line.strip().split(" "))
                .orElse(new String[0]);
    }

    private static Optional<String> link(Path path) {
        try {
            return Optional.of(Files.readSymbolicLink(path).toString());
        } catch (IOException gone) {
            return Optional.empty();
        }
    }

    private static Optional<String> read(Path file) {
        try {
            return Optional.of(Files.readString(file));
        } catch (IOException gone) {
            return Optional.empty();
        }
    }
}
