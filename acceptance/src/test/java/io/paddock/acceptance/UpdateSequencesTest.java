package io.paddock.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/**
 * Random sequences of updates, valid and invalid, against a model that knows the rules: what each is answered, and what the instance is
 * afterwards for the broker and for its users. The seed of a sequence is its name.
 */
@Tag("update")
class UpdateSequencesTest {

    private static final int STEPS = 4;

    private final Platform platform = Platform.shared();
    private final Broker broker = platform.broker();

    @TestFactory
    @Tag("sample")
    Stream<DynamicTest> threeSequences() {
        return sequences(1, 3);
    }

    @TestFactory
    Stream<DynamicTest> fiftySequences() {
        return sequences(1001, 50);
    }

    private Stream<DynamicTest> sequences(long first, int count) {
        return LongStream.range(first, first + count)
                .mapToObj(seed -> DynamicTest.dynamicTest("seed " + seed, () -> run(seed)));
    }

    /** A value that a parameter may be given, and what PostgreSQL then shows; or one that is refused. */
    private record Choice(String name, @Nullable Object value, boolean valid) {}

    /** What the instance should be. */
    private static final class Model {

        private static final Map<String, String> SMALL = Map.of(
                "max_connections",
                "100",
                "shared_buffers",
                "128MB",
                "max_wal_size",
                "1GB",
                "maintenance_work_mem",
                "64MB");
        private static final Map<String, String> LARGE = Map.of(
                "max_connections",
                "200",
                "shared_buffers",
                "2GB",
                "max_wal_size",
                "4GB",
                "maintenance_work_mem",
                "512MB");
        private static final Map<String, String> OF_ALL_PLANS = Map.of(
                "work_mem", "4MB",
                "statement_timeout", "0",
                "checkpoint_timeout", "5min",
                "autovacuum_vacuum_scale_factor", "0.2",
                "wal_compression", "off",
                "max_prepared_transactions", "0");

        private String plan = Broker.SMALL;
        private final Map<String, Object> parameters = new TreeMap<>();

        /** Makes the change if it is allowed. Values that no instance of the plan can have are bad requests; a plan may be refused to this one. */
        Set<Integer> change(@Nullable String newPlan, List<Choice> choices) {
            String target = newPlan == null ? plan : newPlan;
            Set<Integer> refusals = new TreeSet<>();
            if (target.equals(Broker.SMALL) && plan.equals(Broker.LARGE)) {
                refusals.add(422);
            }
            Map<String, Object> next = new TreeMap<>(parameters);
            for (Choice choice : choices) {
                if (!choice.valid()) {
                    refusals.add(400);
                }
                if (choice.value() == null) {
                    next.remove(choice.name());
                } else {
                    next.put(choice.name(), choice.value());
                }
            }
            // Small machines allow less; the model knows the one limit that the choices below can meet.
            if (target.equals(Broker.SMALL) && "200MB".equals(next.get("work_mem"))) {
                refusals.add(400);
            }
            if (refusals.isEmpty()) {
                boolean changes = !plan.equals(target) || !parameters.equals(next);
                plan = target;
                parameters.clear();
                parameters.putAll(next);
                return Set.of(changes ? 202 : 200);
            }
            return refusals;
        }

        /** What SHOW answers. */
        Map<String, String> shown() {
            Map<String, String> shown = new TreeMap<>(OF_ALL_PLANS);
            shown.putAll(plan.equals(Broker.SMALL) ? SMALL : LARGE);
            parameters.forEach((name, value) -> shown.put(name, value.toString()));
            if (parameters.containsKey("shared_buffers")) {
                shown.put("shared_buffers", plan.equals(Broker.SMALL) ? "102MB" : "819MB");
            }
            return shown;
        }
    }

    private void run(long seed) throws SQLException {
        Random random = new Random(seed);
        Model model = new Model();
        String id = broker.create(Map.of());
        broker.awaitReady(id);
        JsonNode credentials = broker.bind(id, "app").body().path("credentials");
        Database.execute(credentials, "create table steps (step int)");
        for (int step = 0; step < STEPS; step++) {
            String plan = random.nextInt(4) == 0 ? (random.nextInt(3) == 0 ? Broker.SMALL : Broker.LARGE) : null;
            List<Choice> choices = choices(random);
            Set<Integer> expected = model.change(plan, choices);
            String what = "seed " + seed + ", step " + step + ": " + plan + " " + choices;

            Broker.Answer answer = broker.update(id, request(plan, choices));

            assertThat(expected).as(what + " " + answer).contains(answer.status());
            if (answer.status() == 202) {
                broker.awaitReady(id);
            }
            Database.execute(credentials, "insert into steps values (" + step + ")");
            assertState(what, id, credentials, model);
        }
        assertThat(Database.query(credentials, "select count(*) from steps")).isEqualTo(Integer.toString(STEPS));
        broker.delete(id);
        broker.awaitGone(id);
    }

    private void assertState(String what, String id, JsonNode credentials, Model model) throws SQLException {
        JsonNode fetched = broker.fetch(id).body();
        assertThat(fetched.path("plan_id").asString()).as(what).isEqualTo(model.plan);
        Map<String, Object> stored = new TreeMap<>();
        fetched.path("parameters")
                .properties()
                .forEach(entry -> stored.put(
                        entry.getKey(),
                        entry.getValue().isNumber()
                                ? entry.getValue().numberValue()
                                : entry.getValue().asString()));
        assertThat(stored).as(what).isEqualTo(model.parameters);
        for (Map.Entry<String, String> setting : model.shown().entrySet()) {
            assertThat(Database.query(credentials, "show " + setting.getKey()))
                    .as(what + ", " + setting.getKey())
                    .isEqualTo(setting.getValue());
        }
    }

    private static Map<String, Object> request(@Nullable String plan, List<Choice> choices) {
        Map<String, Object> request = new TreeMap<>();
        if (plan != null) {
            request.put("plan_id", plan);
        }
        if (!choices.isEmpty()) {
            Map<String, Object> parameters = new TreeMap<>();
            choices.forEach(choice -> parameters.put(choice.name(), choice.value()));
            request.put("parameters", Collections.unmodifiableMap(parameters));
        }
        return request;
    }

    private static List<Choice> choices(Random random) {
        List<Choice> all = new ArrayList<>(List.of(
                new Choice("work_mem", pick(random, "8MB", "200MB", null), true),
                new Choice("statement_timeout", pick(random, "30s", "10min", null), true),
                new Choice("checkpoint_timeout", pick(random, "10min", "20min", null), true),
                new Choice("autovacuum_vacuum_scale_factor", pick(random, 0.05, 0.5, null), true),
                new Choice("wal_compression", pick(random, "lz4", null, null), true),
                new Choice("max_wal_size", pick(random, "2GB", null, null), true),
                new Choice("max_connections", pick(random, 50, 150, null), true),
                new Choice("shared_buffers", pick(random, "10%", null, null), true),
                new Choice("max_prepared_transactions", pick(random, 10, null, null), true)));
        Collections.shuffle(all, random);
        List<Choice> chosen = new ArrayList<>(all.subList(0, random.nextInt(4)));
        if (random.nextInt(5) == 0) {
            Choice invalid = pick(
                    random,
                    new Choice("max_connections", 100_000, false),
                    new Choice("fsync", "off", false),
                    new Choice("checkpoint_timeout", "1s", false));
            chosen.removeIf(choice -> choice.name().equals(invalid.name()));
            chosen.add(invalid);
        }
        return chosen;
    }

    @SafeVarargs
    private static <T> T pick(Random random, T... values) {
        return values[random.nextInt(values.length)];
    }
}
