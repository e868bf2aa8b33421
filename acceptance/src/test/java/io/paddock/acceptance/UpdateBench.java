package io.paddock.acceptance;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What {@code ./paddock bench update} runs: how long writers wait while an instance is updated, and whether they lose anything. */
@Tag("bench")
class UpdateBench {

    private static final int ROUNDS = Integer.getInteger("paddock.bench.rounds", 5);
    private static final int RESTLESS = 4;

    private final Broker broker = Platform.shared().broker();

    /**
     * @param undisturbed largest gap of the two seconds before the update
     * @param size of the database afterwards, MiB
     */
    private record Round(
            long undisturbed, long gap, long operation, long acknowledged, long errors, int lost, long size) {}

    @Test
    void writeGaps() throws SQLException {
        StringBuilder table = new StringBuilder("""

                ## update-service on a single node, %d rounds each, one writer at 20 writes/s and four without think time

                A gap is the time between two acknowledgements of the first: it holds the pause of 50 ms.

                | update | gap before, ms: median | write gap, ms: median | all | operation, s: median | database, MiB | acknowledged | errors seen | lost |
                |---|---|---|---|---|---|---|---|---|
                """.formatted(ROUNDS));
        int lost = 0;
        for (Case measured : List.of(
                new Case(
                        "live parameters (work_mem, checkpoint_timeout)",
                        Map.of("parameters", Map.of("work_mem", "8MB", "checkpoint_timeout", "10min"))),
                new Case(
                        "a parameter that restarts (max_connections)",
                        Map.of("parameters", Map.of("max_connections", 120))),
                new Case("plan single-small to single-large", Map.of("plan_id", Broker.LARGE)))) {
            List<Round> rounds = new ArrayList<>();
            for (int i = 0; i < ROUNDS; i++) {
                rounds.add(measure(measured.changes()));
            }
            lost += rounds.stream().mapToInt(Round::lost).sum();
            table.append(row(measured.name(), rounds));
        }
        System.out.println(table);
        Assertions.assertEquals(0, lost, "acknowledged writes were lost");
    }

    private record Case(String name, Map<String, ?> changes) {}

    private Round measure(Map<String, ?> changes) throws SQLException {
        String id = broker.create(Map.of());
        broker.awaitReady(id);
        JsonNode credentials = broker.bind(id, "app").body().path("credentials");
        try (Load load = Load.start(credentials, RESTLESS)) {
            long undisturbed = load.largestGap(0);
            int first = load.probes();
            long begun = System.nanoTime();
            broker.updated(id, changes);
            long operation = (System.nanoTime() - begun) / 1_000_000;
            load.awaitProbes(40);
            Set<Long> lost = load.lost();
            long size =
                    Long.parseLong(Database.query(credentials, "select pg_database_size(current_database()) >> 20"));
            return new Round(
                    undisturbed,
                    load.largestGap(first),
                    operation,
                    load.acknowledged(),
                    load.errors(),
                    lost.size(),
                    size);
        } finally {
            broker.delete(id);
            broker.awaitGone(id);
        }
    }

    private static String row(String name, List<Round> rounds) {
        List<Long> gaps = rounds.stream().map(Round::gap).toList();
        return "| %s | %d | %d | %s | %.1f | %d | %d | %d | %d |%n"
                .formatted(
                        name,
                        median(rounds.stream().map(Round::undisturbed).toList()),
                        median(gaps),
                        String.join(" ", gaps.stream().map(String::valueOf).toList()),
                        median(rounds.stream().map(Round::operation).toList()) / 1000.0,
                        median(rounds.stream().map(Round::size).toList()),
                        rounds.stream().mapToLong(Round::acknowledged).sum(),
                        rounds.stream().mapToLong(Round::errors).sum(),
                        rounds.stream().mapToInt(Round::lost).sum());
    }

    private static long median(List<Long> values) {
        List<Long> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }
}
