package io.paddock.acceptance;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * {@code ./paddock bench flood}: measures how long writers wait when a primary is killed while strangers flood the keepers, or the services, with
 * connections; the same without a flood before each.
 */
@Tag("bench")
class FloodBench {

    private static final int ROUNDS = Integer.getInteger("paddock.bench.rounds", 5);
    private static final int KEEPER_PORT = 8008;

    private final Platform platform = Platform.shared();
    private final Broker broker = platform.broker();

    @Test
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void outages() throws SQLException {
        String instance = broker.create(Broker.CLUSTER_SMALL, Map.of());
        broker.awaitReady(instance);
        Cluster cluster = new Cluster(
                platform, instance, broker.bind(instance, "app").body().path("credentials"));
        List<Flood.Target> keepers = cluster.nodes().values().stream()
                .map(node -> new Flood.Target(node.address(), KEEPER_PORT, true))
                .toList();
        List<Flood.Target> services = Stream.of("BROKER", "SPI", "DEPLOYER", "DIRECTOR")
                .map(name -> new Flood.Target("127.0.0.1", platform.port(name), name.equals("DIRECTOR")))
                .toList();
        System.out.printf("""

                ## A primary whose PostgreSQL is killed, while %d connections are open and %d a second are new (%d rounds each)

                Outages and calls of the broker's catalog meanwhile, in ms: median (least to most). What floods runs on the same cores.

                | flood at | connections | from addresses | outage without | outage in the flood | a call in the flood |
                |---|---|---|---|---|---|
                """, Flood.OPEN, Flood.A_SECOND, ROUNDS);
        for (boolean atKeepers : new boolean[] {true, false}) {
            for (Flood.Kind kind : Flood.Kind.values()) {
                for (int addresses : new int[] {1, 50}) {
                    System.out.print(row(
                            cluster,
                            atKeepers ? "keepers" : "services",
                            atKeepers ? keepers : services,
                            kind,
                            addresses));
                }
            }
        }
        broker.delete(instance);
        broker.awaitGone(instance);
    }

    private String row(Cluster cluster, String at, List<Flood.Target> targets, Flood.Kind kind, int addresses)
            throws SQLException {
        List<Long> quiet = new ArrayList<>();
        List<Long> flooded = new ArrayList<>();
        List<Long> calls = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            cluster.awaitHealthy();
            quiet.add(outage(cluster));
            cluster.awaitHealthy();
            try (Flood flood = Flood.start(kind, targets, addresses)) {
                flooded.add(outage(cluster));
                long begun = System.nanoTime();
                broker.send("GET", "/v2/catalog", null);
                calls.add((System.nanoTime() - begun) / 1_000_000);
            }
        }
        return "| %s | %s | %d | %s | %s | %s |%n"
                .formatted(at, kind, addresses, summary(quiet), summary(flooded), summary(calls));
    }

    private static long outage(Cluster cluster) throws SQLException {
        try (Load load = Load.start(cluster.credentials(), 0)) {
            int first = load.probes();
            long begun = System.nanoTime();
            cluster.primary().signalPostgres("KILL");
            load.awaitGap(begun, 120);
            load.awaitProbes(40);
            return load.largestGap(first);
        }
    }

    private static String summary(List<Long> values) {
        List<Long> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return "%d (%d to %d)".formatted(sorted.get(sorted.size() / 2), sorted.get(0), sorted.get(sorted.size() - 1));
    }
}
