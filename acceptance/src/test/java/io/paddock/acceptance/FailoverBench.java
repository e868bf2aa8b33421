package io.paddock.acceptance;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What {@code ./paddock bench failover} runs: how long writers wait when a part of a cluster fails, and what they lose. As root the nodes have
 * network namespaces, so that packets can vanish.
 */
@Tag("bench")
class FailoverBench {

    private static final int ROUNDS = Integer.getInteger("paddock.bench.rounds", 5);
    private static final int RESTLESS = 4;

    private static final boolean ROOT = "root".equals(System.getProperty("user.name"));

    private final Platform platform = ROOT ? Platform.ofNamespaces() : Platform.shared();
    private final Broker broker = platform.broker();
    private int lostSynchronous;

    private record Case(String name, Consumer<Cluster> fault, boolean losesMachines) {

        private boolean isPossible() {
            return ROOT || !name.contains("cut off");
        }
    }

    /**
     * @param outage in milliseconds, like all times
     * @param stages from the fault to what {@link #STAGES} names, and to the next write of an application
     * @param writers two servers that took writes at once, which must not be
     */
    private record Round(
            long outage, List<Long> stages, long acknowledged, int lost, long whole, Optional<String> writers) {}

    /** What the next primary's keeper says when it has the lock, the word of a majority, and is the primary. */
    private static final List<String> STAGES =
            List.of("has the lock\n", "has the lock and the word of a majority", "is the primary");

    private static final List<Case> CASES = List.of(
            new Case("PostgreSQL killed", cluster -> cluster.primary().signalPostgres("KILL"), false),
            new Case(
                    "PostgreSQL stopped (SIGSTOP)", cluster -> cluster.primary().signalPostgres("STOP"), false),
            new Case(
                    "machine lost (resurrection paused)",
                    cluster -> cluster.primary().lose(),
                    true),
            new Case("primary cut off from its peers", cluster -> cluster.cutOff(cluster.primary(), false), false),
            new Case("primary cut off from everybody", cluster -> cluster.cutOff(cluster.primary(), true), false),
            new Case("keeper stopped (SIGSTOP)", cluster -> cluster.primary().signal("STOP", "keeper"), false),
            new Case("planned switchover", cluster -> cluster.primary().switchOver(), false),
            new Case("all three killed and started", Cluster::killAll, false));

    @Test
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void outages() throws SQLException {
        List<String> doubles = new ArrayList<>();
        List<Long> creations = new ArrayList<>();
        long begun = System.nanoTime();
        String instance = broker.create(Broker.CLUSTER_SMALL, Map.of());
        broker.awaitReady(instance);
        creations.add((System.nanoTime() - begun) / 1_000_000);
        Cluster cluster = new Cluster(
                platform, instance, broker.bind(instance, "app").body().path("credentials"));
        StringBuilder report = new StringBuilder();
        report.append(table(cluster, "asynchronous", doubles));
        broker.updated(instance, Map.of("parameters", Map.of("synchronous", true)));
        report.append(table(cluster, "synchronous", doubles));
        broker.delete(instance);
        broker.awaitGone(instance);
        for (int i = 1; i < ROUNDS; i++) {
            begun = System.nanoTime();
            String another = broker.create(Broker.CLUSTER_SMALL, Map.of());
            broker.awaitReady(another);
            creations.add((System.nanoTime() - begun) / 1_000_000);
            broker.delete(another);
            broker.awaitGone(another);
        }
        report.append("%ncreate-service cluster-small until succeeded: median %.1f s, maximum %.1f s (n=%d)%n"
                .formatted(median(creations) / 1000.0, Collections.max(creations) / 1000.0, creations.size()));
        System.out.println(report);
        Assertions.assertEquals(0, lostSynchronous, "lost though a standby had acknowledged it");
        Assertions.assertEquals(List.of(), doubles, "two servers took writes at the same time");
    }

    private String table(Cluster cluster, String replication, List<String> doubles) throws SQLException {
        StringBuilder table = new StringBuilder("""

                ## A cluster of three nodes under load, %s, %d rounds each: one writer at 20 writes/s and four without think time

                An outage is the longest time between two acknowledgements of the first; it holds the pause of 50 ms. The stages are medians, from
                the fault on.

                | case | outage, ms: median | max | all | lock | word | primary | next write | whole again, s: median | acknowledged | lost |
                |---|---|---|---|---|---|---|---|---|---|---|
                """.formatted(replication, ROUNDS));
        for (Case measured : CASES.stream().filter(Case::isPossible).toList()) {
            List<Round> rounds = new ArrayList<>();
            for (int i = 0; i < ROUNDS; i++) {
                Round round = measure(cluster, measured);
                round.writers().ifPresent(writers -> doubles.add(measured.name() + ": " + writers));
                rounds.add(round);
                lostSynchronous += replication.equals("synchronous") ? round.lost() : 0;
            }
            String row = row(measured.name(), rounds);
            table.append(row);
            System.out.print(row);
        }
        return table.toString();
    }

    private static Round measure(Cluster cluster, Case measured) throws SQLException {
        cluster.awaitHealthy();
        cluster.resurrection(!measured.losesMachines());
        try (Load load = Load.start(cluster.credentials(), RESTLESS)) {
            Cluster.Node before = cluster.primary();
            int first = load.probes();
            Instant at = Instant.now();
            long begun = System.nanoTime();
            measured.fault().accept(cluster);
            load.awaitGap(begun, 120);
            load.awaitProbes(40);
            long outage = load.largestGap(first);
            List<Long> stages = new ArrayList<>();
            for (String stage : STAGES) {
                stages.add(cluster.firstSaid(stage, at)
                        .map(said -> Duration.between(at, said).toMillis())
                        .orElse(-1L));
            }
            stages.add(load.endOfLargestGap(first, begun));
            cluster.thaw();
            if (measured.name().contains("cut off")) {
                before.reconnect();
            }
            cluster.repair();
            cluster.awaitHealthy();
            long whole = (System.nanoTime() - begun) / 1_000_000;
            return new Round(outage, stages, load.acknowledged(), load.lost().size(), whole, load.twoWriters());
        }
    }

    private static String row(String name, List<Round> rounds) {
        List<Long> outages = rounds.stream().map(Round::outage).toList();
        String stages = IntStream.rangeClosed(0, STAGES.size())
                .mapToObj(stage -> String.valueOf(median(
                        rounds.stream().map(round -> round.stages().get(stage)).toList())))
                .collect(Collectors.joining(" | "));
        return "| %s | %d | %d | %s | %s | %.1f | %d | %d |%n"
                .formatted(
                        name,
                        median(outages),
                        Collections.max(outages),
                        String.join(" ", outages.stream().map(String::valueOf).toList()),
                        stages,
                        median(rounds.stream().map(Round::whole).toList()) / 1000.0,
                        rounds.stream().mapToLong(Round::acknowledged).sum(),
                        rounds.stream().mapToInt(Round::lost).sum());
    }

    private static long median(List<Long> values) {
        List<Long> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }
}
