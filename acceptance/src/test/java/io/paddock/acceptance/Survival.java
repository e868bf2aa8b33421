package io.paddock.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Broker, service provider, deployer and director are killed at random while clients create, update, bind and delete. Each instance must end in
 * what its last request asked for, and nothing may be left that nobody wants.
 */
final class Survival {

    private static final List<String> SERVICES = List.of("broker", "spi", "deployer", "minidirector");

    private static final Duration KILLERS_PAUSE = Duration.ofSeconds(3);

    /** Of a client: while directors are killed there is a queue, in which updates let creations and deletions go first. */
    private static final Duration PATIENCE = Duration.ofHours(1);

    /** After so many kills it says how far it is. */
    private static final int TOLD = 20;

    private final Platform platform;
    private final Broker broker;
    private final AtomicBoolean over = new AtomicBoolean();

    Survival(Platform platform) {
        this.platform = platform;
        this.broker = platform.broker();
    }

    /**
     * @param pause of a client between two requests, at most: with too many of them a machine is busy with starting what was killed
     * @return what happened, in a line
     */
    String under(int instances, int kills, Duration pause) throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Slot> slots = new ArrayList<>();
        ExecutorService clients = Executors.newFixedThreadPool(instances);
        try {
            List<Future<?>> working = new ArrayList<>();
            for (int i = 0; i < instances; i++) {
                Slot slot = new Slot(new Random(seed + i), pause);
                slots.add(slot);
                working.add(clients.submit(slot::work));
            }
            int killed = 0;
            for (Set<String> together : victims(kills, random)) {
                LockSupport.parkNanos(atMost(KILLERS_PAUSE, random));
                together.forEach(service -> platform.signal(service, "KILL"));
                Platform.Result up = platform.paddock("up");
                assertThat(up.exitCode()).as(up.output()).isZero();
                if (killed / TOLD < (killed + together.size()) / TOLD) {
                    System.out.printf("%d of %d kills%n", killed + together.size(), kills);
                }
                killed += together.size();
            }
            over.set(true);
            for (Future<?> one : working) {
                one.get(PATIENCE.toMinutes(), TimeUnit.MINUTES);
            }
            for (Slot slot : slots) {
                slot.check();
            }
            Platform.Result compared = platform.paddock("operator", "reconcile");
            assertThat(compared.exitCode()).as(compared.output()).isZero();
            assertThat(platform.below("machines"))
                    .as("no machine of a lost attempt is left: each instance has one")
                    .hasSameSizeAs(platform.below("deployments").stream()
                            .filter(name -> name.endsWith(".json"))
                            .toList());
            return "%d kills, %d instances at a time, %d requests carried out, %d instances deleted on the way; seed %d"
                    .formatted(
                            kills,
                            instances,
                            slots.stream().mapToInt(slot -> slot.actions).sum(),
                            slots.stream().mapToInt(slot -> slot.deleted.size()).sum(),
                            seed);
        } finally {
            over.set(true);
            clients.shutdownNow();
            slots.forEach(Slot::remove);
        }
    }

    /** Nanoseconds. */
    private static long atMost(Duration duration, Random random) {
        return random.nextLong(duration.toNanos());
    }

    /** Each service as often as the others; up to four of them are killed at once. */
    private static List<Set<String>> victims(int kills, Random random) {
        Map<String, Integer> left = new LinkedHashMap<>();
        for (int i = 0; i < kills; i++) {
            left.merge(SERVICES.get(i % SERVICES.size()), 1, Integer::sum);
        }
        List<Set<String>> groups = new ArrayList<>();
        while (!left.isEmpty()) {
            List<String> candidates = new ArrayList<>(left.keySet());
            Collections.shuffle(candidates, random);
            Set<String> together = new LinkedHashSet<>(candidates.subList(0, 1 + random.nextInt(candidates.size())));
            together.forEach(service -> left.computeIfPresent(service, (key, count) -> count == 1 ? null : count - 1));
            groups.add(together);
        }
        return groups;
    }

    /** A client's instance, one after the other. */
    private final class Slot {

        private final Random random;
        private final Duration pause;
        private final Set<String> bindings = new LinkedHashSet<>();
        private final List<String> deleted = new ArrayList<>();
        private @Nullable String id;
        private String workMem = "";
        private int connections;
        private int actions;

        Slot(Random random, Duration pause) {
            this.random = random;
            this.pause = pause;
        }

        void work() {
            while (!over.get() || actions == 0) {
                act();
                actions++;
                rest();
            }
        }

        /** As a person who reads what came of it. */
        private void rest() {
            long end = System.nanoTime() + atMost(pause, random);
            while (!over.get() && System.nanoTime() < end) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
            }
        }

        private void act() {
            if (id == null) {
                create();
                return;
            }
            switch (random.nextInt(10)) {
                case 0, 1 -> delete();
                case 2, 3, 4 -> bind();
                case 5 -> unbind();
                case 6 -> update("max_connections", connections = 50 + random.nextInt(50));
                default -> update("work_mem", workMem = (1 + random.nextInt(30)) + "MB");
            }
        }

        private void create() {
            String next = UUID.randomUUID().toString();
            workMem = (1 + random.nextInt(30)) + "MB";
            connections = 50 + random.nextInt(50);
            Map<String, ?> parameters = Map.of("work_mem", workMem, "max_connections", connections);
            id = next;
            answered(() -> broker.provision(next, Broker.SMALL, parameters), 200, 202);
            if (random.nextInt(6) == 0) {
                // While it is being created.
                delete();
            } else if (!ended(next).path("state").asString().equals("succeeded")) {
                delete();
            }
        }

        private void delete() {
            String gone = id;
            answered(() -> broker.delete(gone), 202, 410);
            answered(() -> broker.delete(gone), 410);
            bindings.clear();
            deleted.add(gone);
            id = null;
        }

        private void update(String parameter, Object value) {
            while (true) {
                Broker.Answer answer =
                        answered(() -> broker.update(id, Map.of("parameters", Map.of(parameter, value))), 200, 202);
                if (answer.status() == 200 || ended(id).path("state").asString().equals("succeeded")) {
                    return;
                }
            }
        }

        private void bind() {
            String binding = UUID.randomUUID().toString();
            answered(() -> broker.bind(id, binding), 200, 201);
            bindings.add(binding);
        }

        private void unbind() {
            if (!bindings.isEmpty()) {
                String binding = bindings.iterator().next();
                answered(() -> broker.unbind(id, binding), 200, 410);
                bindings.remove(binding);
            }
        }

        /** What there is must be what was asked for last. */
        void check() throws SQLException {
            for (String gone : deleted) {
                assertThat(broker.fetch(gone).status()).as(gone).isEqualTo(404);
            }
            if (id == null) {
                return;
            }
            JsonNode parameters = broker.fetch(id).body().path("parameters");
            assertThat(parameters.path("work_mem").asString()).isEqualTo(workMem);
            assertThat(parameters.path("max_connections").asInt()).isEqualTo(connections);
            for (String binding : bindings) {
                JsonNode credentials = answered(
                                () -> broker.send(
                                        "GET", "/v2/service_instances/" + id + "/service_bindings/" + binding, null),
                                200)
                        .body()
                        .path("credentials");
                assertThat(Database.query(credentials, "show work_mem")).isEqualTo(workMem);
                assertThat(Database.query(credentials, "show max_connections")).isEqualTo(String.valueOf(connections));
            }
        }

        void remove() {
            if (id != null) {
                delete();
            }
        }
    }

    /** Repeats a request, as platforms do, until it is answered like this; what is being done and what is away is waited for. */
    private Broker.Answer answered(Supplier<Broker.Answer> request, Integer... statuses) {
        AtomicReference<Broker.Answer> last = new AtomicReference<>();
        Predicate<Broker.Answer> wanted = answer -> Arrays.asList(statuses).contains(answer.status());
        awaitLong(() -> "an answer of " + Arrays.toString(statuses) + " after " + last.get(), () -> {
            try {
                last.set(request.get());
                boolean mayBeRepeated = last.get().status() >= 500
                        || last.get().status() == 422
                                && last.get().body().path("error").asString("").equals("ConcurrencyError")
                        || last.get().status() == 202;
                if (!wanted.test(last.get()) && !mayBeRepeated) {
                    throw new AssertionError("unexpected answer: " + last.get());
                }
                return wanted.test(last.get());
            } catch (UncheckedIOException away) {
                return false;
            }
        });
        return last.get();
    }

    private JsonNode ended(String id) {
        AtomicReference<JsonNode> last = new AtomicReference<>();
        awaitLong(() -> id + " ended: " + last.get(), () -> {
            try {
                Broker.Answer answer = broker.lastOperation(id);
                last.set(answer.body());
                return answer.status() == 200
                        && !answer.body().path("state").asString("").equals("in progress");
            } catch (UncheckedIOException away) {
                return false;
            }
        });
        return last.get();
    }

    private static void awaitLong(Supplier<String> what, Supplier<Boolean> condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.get()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + PATIENCE + ": " + what.get());
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
        }
    }
}
