package io.paddock.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Measures, for {@code ./paddock bench idle}, what instances cost that nobody uses, in processor time and memory. */
@Tag("bench")
class IdleBench {

    private static final Duration WATCHED = Duration.ofMinutes(Integer.getInteger("paddock.bench.rounds", 10));
    /** Lets end what a creation leaves to do. */
    private static final Duration SETTLING = Duration.ofSeconds(20);

    private static final List<Integer> SINGLES = List.of(1, 5, 10);
    private static final double TICKS = 100;

    private final Platform platform = Platform.shared();
    private final Broker broker = platform.broker();

    @Test
    @Timeout(value = 3, unit = TimeUnit.HOURS)
    void idle() {
        System.out.printf("""

                ## Instances that nobody uses, over %d minutes

                Processor time of a process and of its children that have ended, in %% of one core, and proportional memory (PSS) at the end, in MiB;
                means of the nodes.

                | instances | node | process | %% of a core | MiB |
                |---|---|---|---|---|
                """, WATCHED.toMinutes());
        Map<String, Cluster> singles = new TreeMap<>();
        for (int count : SINGLES) {
            while (singles.size() < count) {
                create(Broker.SMALL, singles);
            }
            watch(count + " single", singles.values());
        }
        singles.keySet().forEach(this::delete);
        Map<String, Cluster> cluster = new TreeMap<>();
        create(Broker.CLUSTER_SMALL, cluster);
        watch("1 cluster", cluster.values());
        cluster.keySet().forEach(this::delete);
    }

    private void create(String plan, Map<String, Cluster> instances) {
        String id = broker.create(plan, Map.of());
        broker.awaitReady(id);
        JsonNode credentials = broker.bind(id, "app-" + id).body().path("credentials");
        instances.put(id, new Cluster(platform, id, credentials));
    }

    private void delete(String id) {
        broker.delete(id);
        broker.awaitGone(id);
    }

    private static void watch(String instances, Collection<Cluster> clusters) {
        LockSupport.parkNanos(SETTLING.toNanos());
        Map<String, List<String>> processes = processes(clusters);
        Map<String, Double> before = new TreeMap<>();
        processes.forEach((name, pids) -> before.put(name, seconds(pids)));
        long begun = System.nanoTime();
        LockSupport.parkNanos(WATCHED.toNanos());
        processes.forEach((name, pids) -> {
            double share = (seconds(pids) - before.get(name)) / ((System.nanoTime() - begun) / 1e9) / pids.size();
            System.out.printf(
                    "| %s | %s | %.2f | %.0f |%n", instances, name, share * 100, mebibytes(pids) / pids.size());
        });
    }

    /** The processes of the nodes, by role of the node and name of the process. */
    private static Map<String, List<String>> processes(Collection<Cluster> clusters) {
        Map<String, List<String>> processes = new TreeMap<>();
        for (Cluster cluster : clusters) {
            for (Cluster.Node node : cluster.nodes().values()) {
                String role = cluster.nodes().size() == 1
                        ? "single"
                        : node.ask("/primary").equals(Optional.of(200)) ? "primary" : "standby";
                Map<String, String> found = new TreeMap<>(Map.of(
                        "keeper", node.pid("keeper"),
                        "leash", node.pid("postgres"),
                        "consul", node.pid("consul"),
                        "postmaster", node.postmaster()));
                found.forEach((name, pid) -> {
                    if (!pid.isEmpty()) {
                        processes
                                .computeIfAbsent(role + " | " + name, none -> new ArrayList<>())
                                .add(pid);
                    }
                });
            }
        }
        return processes;
    }

    private static double seconds(List<String> pids) {
        return pids.stream()
                .mapToDouble(pid -> {
                    String stat = read(Path.of("/proc", pid, "stat"));
                    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
                    // utime, stime, cutime and cstime: proc(5).
                    return Arrays.stream(fields, 11, 15)
                                    .mapToLong(Long::parseLong)
                                    .sum()
                            / TICKS;
                })
                .sum();
    }

    private static double mebibytes(List<String> pids) {
        return pids.stream()
                        .mapToDouble(pid -> read(Path.of("/proc", pid, "smaps_rollup"))
                                .lines()
                                .filter(line -> line.startsWith("Pss:"))
                                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                                .sum())
                        .sum()
                / 1024;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
