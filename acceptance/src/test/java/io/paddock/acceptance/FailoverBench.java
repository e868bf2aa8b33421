package io.paddock.acceptance;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

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

    private record Case(String name, Consumer<Cluster> fault, boolean losesMachines) {

        private boolean isPossible() {
            return ROOT || !name.contains("cut off");
        }
    }

    /** @param writers two servers that took writes at once, which must not be */
    private record Round(long outage, long acknowledged, int lost, long whole, Optional<String> writers) {}

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
    void outages() throws SQLException {
        StringBuilder table = new StringBuilder("""

                ## A cluster of three nodes under load, %d rounds each: one writer at 20 writes/s and four without think time

                An outage is the longest time between two acknowledgements of the first; it holds the pause of 50 ms.

                | case | outage, ms: median | max | all | whole again, s: median | acknowledged | lost |
                |---|---|---|---|---|---|---|
                """.formatted(ROUNDS));
        List<Long> creations = new ArrayList<>();
        List<String> doubles = new ArrayList<>();
        long begun = System.nanoTime();
        String instance = broker.create(Broker.CLUSTER_SMALL, Map.of());
        broker.awaitReady(instance);
        creations.add((System.nanoTime() - begun) / 1_000_000);
        Cluster cluster = new Cluster(
                platform, instance, broker.bind(instance, "app").body().path("credentials"));
        for (Case measured : CASES.stream().filter(Case::isPossible).toList()) {
            List<Round> rounds = new ArrayList<>();
            for (int i = 0; i < ROUNDS; i++) {
                Round round = measure(cluster, measured);
                round.writers().ifPresent(writers -> doubles.add(measured.name() + ": " + writers));
                rounds.add(round);
            }
            table.append(row(measured.name(), rounds));
            System.out.println(row(measured.name(), rounds));
        }
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
        table.append("%ncreate-service cluster-small until succeeded: median %.1f s, maximum %.1f s (n=%d)%n"
                .formatted(median(creations) / 1000.0, Collections.max(creations) / 1000.0, creations.size()));
        System.out.println(table);
        Assertions.assertEquals(List.of(), doubles, "two servers took writes at the same time");
    }

    private static Round measure(Cluster cluster, Case measured) throws SQLException {
        cluster.awaitHealthy();
        cluster.resurrection(!measured.losesMachines());
        try (Load load = Load.start(cluster.credentials(), RESTLESS)) {
            Cluster.Node before = cluster.primary();
            int first = load.probes();
            long begun = System.nanoTime();
            measured.fault().accept(cluster);
            load.awaitGap(begun, 120);
            load.awaitProbes(40);
            long outage = load.largestGap(first);
            before.signal("CONT", "keeper");
            if (measured.name().contains("cut off")) {
                before.reconnect();
            }
            cluster.repair();
            cluster.awaitHealthy();
            long whole = (System.nanoTime() - begun) / 1_000_000;
            return new Round(outage, load.acknowledged(), load.lost().size(), whole, load.twoWriters());
        }
    }

    private static String row(String name, List<Round> rounds) {
        List<Long> outages = rounds.stream().map(Round::outage).toList();
        return "| %s | %d | %d | %s | %.1f | %d | %d |%n"
                .formatted(
                        name,
                        median(outages),
                        Collections.max(outages),
                        String.join(" ", outages.stream().map(String::valueOf).toList()),
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
