package io.paddock.acceptance;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** What {@code ./paddock bench growth} runs: what writers notice while an instance grows, and whether it ends well whatever is killed. */
@Tag("bench")
class GrowthBench {

    private static final int ROUNDS = Integer.getInteger("paddock.bench.rounds", 5);
    private static final int KILLS_IN_ALL = 20;
    private static final int RESTLESS = 4;
    /** Twice the pause of the writer that is measured, and more: what is longer is told one by one. */
    private static final int NOTABLE = 150;

    private static final Set<Growth.Fault> KILLS = Set.of(
            Growth.Fault.JOINER_KILLED,
            Growth.Fault.JOINER_LOST,
            Growth.Fault.PRIMARY_KILLED,
            Growth.Fault.KEEPER_KILLED,
            Growth.Fault.PRIMARY_LOST,
            Growth.Fault.DIRECTOR_KILLED);

    private final Platform platform = Platform.shared();
    private final Broker broker = platform.broker();
    private final List<String> wrong = new ArrayList<>();

    @Test
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void growth() throws SQLException {
        print("""

                ## A single node becomes a cluster, %d rounds: one writer at 20 writes/s and four without think time

                A gap is the time between two acknowledgements of the first: it holds the pause of 50 ms.

                | largest gap before, ms | during growth, ms | errors | sessions broken | same PostgreSQL process | operation, s | acknowledged | lost |
                |---|---|---|---|---|---|---|---|
                """.formatted(ROUNDS));
        for (int i = 0; i < ROUNDS; i++) {
            grow();
        }
        for (boolean synchronous : List.of(false, true)) {
            print("""

                    ## cluster-small to cluster-large, %s, %d rounds, the same writers

                    | largest gap before, ms | gaps over %d ms during the update | promotions | operation, s | acknowledged | lost |
                    |---|---|---|---|---|---|
                    """.formatted(synchronous ? "synchronous" : "asynchronous", ROUNDS, NOTABLE));
            for (int i = 0; i < ROUNDS; i++) {
                enlarge(synchronous);
            }
        }
        int rounds = KILLS_IN_ALL;
        print("""

                ## Something random is killed at a random moment of a growth, %d rounds, one writer at 20 writes/s and two without think time

                | killed | when | ended in | acknowledged | lost |
                |---|---|---|---|---|
                """.formatted(rounds));
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < rounds; i++) {
            kill(random);
        }
        print("%nRandom seed: %d%n".formatted(seed));
        Assertions.assertEquals(List.of(), wrong);
    }

    /** At once, since it takes long. */
    private static void print(String text) {
        System.out.print(text);
    }

    private void grow() throws SQLException {
        String id = broker.create(Map.of());
        broker.awaitReady(id);
        JsonNode credentials = broker.bind(id, "app").body().path("credentials");
        Cluster cluster = new Cluster(platform, id, credentials);
        String process = cluster.nodes().get(Growth.SINGLE).postmaster();
        try (Load load = Load.start(credentials, RESTLESS)) {
            long before = load.largestGap(0);
            int first = load.probes();
            long begun = System.nanoTime();
            broker.updated(id, Map.of("plan_id", Broker.CLUSTER_SMALL));
            long operation = (System.nanoTime() - begun) / 1_000_000;
            load.awaitProbes(40);
            boolean same = cluster.nodes().get(Growth.SINGLE).postmaster().equals(process);
            int lost = load.lost().size();
            check(
                    lost == 0 && load.errors() == 0 && load.interruptions() == 0 && same,
                    "growth: " + lost + " lost, " + load.errors() + " errors, " + load.interruptions()
                            + " sessions broken");
            print("| %d | %d | %d | %d | %s | %.1f | %d | %d |%n"
                    .formatted(
                            before,
                            load.largestGap(first),
                            load.errors(),
                            load.interruptions(),
                            same ? "yes" : "no",
                            operation / 1000.0,
                            load.acknowledged(),
                            lost));
        } finally {
            broker.delete(id);
            broker.awaitGone(id);
        }
    }

    private void enlarge(boolean synchronous) throws SQLException {
        String id = broker.create(Broker.CLUSTER_SMALL, synchronous ? Map.of("synchronous", true) : Map.of());
        broker.awaitReady(id);
        Cluster cluster =
                new Cluster(platform, id, broker.bind(id, "app").body().path("credentials"));
        cluster.awaitHealthy();
        try (Load load = Load.start(cluster.credentials(), RESTLESS)) {
            long before = load.largestGap(0);
            int first = load.probes();
            long promotion = cluster.primary().metric("paddock_promotion");
            long begun = System.nanoTime();
            broker.updated(id, Map.of("plan_id", Broker.CLUSTER_LARGE));
            long operation = (System.nanoTime() - begun) / 1_000_000;
            load.awaitProbes(40);
            int lost = load.lost().size();
            check(!synchronous || lost == 0, "cluster-large: " + lost + " lost with synchronous");
            check(load.twoWriters().isEmpty(), "cluster-large: two servers took writes: " + load.twoWriters());
            long promotions = cluster.primary().metric("paddock_promotion") - promotion;
            check(promotions <= 2, "cluster-large: " + promotions + " promotions");
            print("| %d | %s | %d | %.1f | %d | %d |%n"
                    .formatted(
                            before,
                            load.gapsOver(NOTABLE, first),
                            promotions,
                            operation / 1000.0,
                            load.acknowledged(),
                            lost));
        } finally {
            broker.delete(id);
            broker.awaitGone(id);
        }
    }

    private void kill(Random random) throws SQLException {
        List<Growth.Fault> faults = KILLS.stream().sorted().toList();
        Growth.Fault fault = faults.get(random.nextInt(faults.size()));
        Growth.Moment moment = Growth.Moment.values()[random.nextInt(Growth.Moment.values().length)];
        Growth.End end = new Growth(platform).under(fault, moment);
        check(end.writers().isEmpty(), fault + " at " + moment + ": two servers took writes: " + end.writers());
        print("| %s | %s | %s | %d | %d |%n"
                .formatted(
                        words(fault),
                        words(moment),
                        end.grown() ? "cluster-small" : "single-small, and cluster-small by a repeat",
                        end.acknowledged(),
                        end.lost().size()));
    }

    private static String words(Enum<?> name) {
        return name.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
    }

    private void check(boolean holds, String otherwise) {
        if (!holds) {
            wrong.add(otherwise);
        }
    }
}
