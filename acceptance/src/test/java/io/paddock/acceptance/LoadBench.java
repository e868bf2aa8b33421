package io.paddock.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What {@code ./paddock bench load} runs: how fast the broker answers with a full state database, and what a hundred creations at once do. */
@Tag("bench")
class LoadBench {

    private static final int INSTANCES = 10_000;
    private static final int BINDINGS = 5;
    private static final int PER_SECOND = 500;
    private static final int SECONDS = 20;
    private static final int WARM_UP_SECONDS = 10;
    private static final int CREATIONS = Integer.getInteger("paddock.bench.creations", 100);
    /** Then it has seen enough: a small machine can't carry a hundred instances. The rest is deleted while it waits. */
    private static final int AWAITED = Integer.getInteger("paddock.bench.awaited", CREATIONS);

    private static final Pattern STARTED = Pattern.compile("Started BrokerApplication in ([0-9.]+) seconds");
    private static final JsonMapper JSON = new JsonMapper();

    private final Platform platform = Platform.shared();
    private final Broker broker = platform.broker();
    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<String, String> env = platform.file("env");

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    void load() throws SQLException {
        double empty = start();
        fill();
        double full = start();
        print("""

                ## With %d instances and %d bindings in the state database; %d requests/s for %d s each

                Times are from when a request was due, after %d s that are not measured. A broker starts in %.1f s with an empty state database, in %.1f s with this one.

                | request | median, ms | p99, ms | max, ms | not 200 |
                |---|---|---|---|---|
                """.formatted(INSTANCES, INSTANCES * BINDINGS, PER_SECOND, SECONDS, WARM_UP_SECONDS, empty, full));
        Random random = new Random(1);
        String real = broker.create(Map.of());
        broker.awaitReady(real);
        broker.bind(real, "bench");
        measure("last_operation", i -> "/v2/service_instances/" + instance(random) + "/last_operation");
        measure("fetch of an instance", i -> "/v2/service_instances/" + instance(random));
        measure("fetch of a binding", i -> "/v2/service_instances/" + real + "/service_bindings/bench");
        measure("catalog", i -> "/v2/catalog");
        broker.delete(real);
        broker.awaitGone(real);
        creations();
    }

    /** Of the broker alone; seconds, as it says. */
    private double start() {
        platform.signal("broker", "TERM");
        Platform.await(
                "the broker has ended", () -> !Files.exists(java.nio.file.Path.of("/proc/" + platform.pid("broker"))));
        platform.paddock("up");
        Matcher started = STARTED.matcher(Cluster.read(platform.home().resolve("log/broker.log")));
        double seconds = 0;
        while (started.find()) {
            seconds = Double.parseDouble(started.group(1));
        }
        return seconds;
    }

    private static String instance(Random random) {
        return "00000000-0000-4000-8000-%012d".formatted(1 + random.nextInt(INSTANCES));
    }

    private void fill() throws SQLException {
        String url = "jdbc:postgresql://127.0.0.1:" + platform.file("settings").get("PADDOCK_DB_PORT") + "/postgres";
        try (Connection connection = DriverManager.getConnection(
                        url, "paddock", platform.file("secrets").get("STATE_DB_PASSWORD"));
                var statement = connection.createStatement()) {
            statement.execute("""
                    insert into service_instance (id, service_id, plan_id, organization_id, space_id, parameters, context, deployment, template,
                                                  versions, live_settings, outputs, ready, created_at)
                    select '00000000-0000-4000-8000-' || lpad(i::text, 12, '0'), '%s', '%s', 'org-' || i %% 100, 'space', '{"work_mem":"8MB"}', '{}',
                           'bench-' || i, 'postgresql', '{}', '{}', '{}', true, now() from generate_series(1, %d) i
                    """.formatted(Broker.SERVICE, Broker.SMALL, INSTANCES));
            statement.execute("""
                    insert into operation (id, version, instance_id, deployment, type, state, step, description, attempt, failures, deadline,
                                           created_at, updated_at)
                    select gen_random_uuid(), 1, id, deployment, 'CREATE', 'SUCCEEDED', 'VERIFY', 'The service instance is ready', 1, 0, now(), now(),
                           now() from service_instance where deployment like 'bench-%'
                    """);
            statement.execute("""
                    insert into service_binding (id, instance_id, app_id, key_id, credentials, created_at)
                    select gen_random_uuid(), id, 'app-' || b, 'local', decode(repeat('00', 600), 'hex'), now()
                      from service_instance, generate_series(1, %d) b where deployment like 'bench-%%'
                    """.formatted(BINDINGS));
            statement.execute("analyze");
        }
    }

    private void measure(String name, IntFunction<String> path) {
        // A broker that has just started compiles its code.
        latencies(path, WARM_UP_SECONDS, new AtomicInteger());
        AtomicInteger refused = new AtomicInteger();
        long[] sorted = latencies(path, SECONDS, refused);
        print("| %s | %.1f | %.1f | %.1f | %d |%n"
                .formatted(
                        name,
                        sorted[sorted.length / 2] / 1e6,
                        sorted[sorted.length * 99 / 100] / 1e6,
                        sorted[sorted.length - 1] / 1e6,
                        refused.get()));
    }

    /** Sorted, ns. */
    private long[] latencies(IntFunction<String> path, int seconds, AtomicInteger refused) {
        int count = PER_SECOND * seconds;
        long[] latencies = new long[count];
        List<CompletableFuture<?>> sent = new ArrayList<>();
        long begun = System.nanoTime();
        for (int i = 0; i < count; i++) {
            int number = i;
            long due = begun + TimeUnit.SECONDS.toNanos(i) / PER_SECOND;
            while (System.nanoTime() < due) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            sent.add(http.sendAsync(get(path.apply(i)), HttpResponse.BodyHandlers.ofString())
                    .thenAccept(answer -> {
                        latencies[number] = System.nanoTime() - due;
                        if (answer.statusCode() != 200) {
                            refused.incrementAndGet();
                        }
                    }));
        }
        sent.forEach(CompletableFuture::join);
        Arrays.sort(latencies);
        return latencies;
    }

    /** A hundred at once: how long it takes to accept them, how many tasks the director has, and in which order they end. */
    private void creations() {
        List<String> ids = new ArrayList<>();
        List<CompletableFuture<Integer>> answers = new ArrayList<>();
        long begun = System.nanoTime();
        for (int i = 0; i < CREATIONS; i++) {
            String id = UUID.randomUUID().toString();
            ids.add(id);
            answers.add(http.sendAsync(
                            request("/v2/service_instances/" + id + "?accepts_incomplete=true")
                                    .PUT(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(Map.of(
                                            "service_id",
                                            Broker.SERVICE,
                                            "plan_id",
                                            Broker.SMALL,
                                            "organization_guid",
                                            "org",
                                            "space_guid",
                                            "space"))))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .thenApply(HttpResponse::statusCode));
        }
        long accepted = answers.stream().filter(answer -> answer.join() == 202).count();
        double took = (System.nanoTime() - begun) / 1e9;
        int most = 0;
        while (inProgress() > CREATIONS - AWAITED) {
            most = Math.max(most, tasks());
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
        }
        double all = (System.nanoTime() - begun) / 1e9;
        List<JsonNode> operations = operations("").stream()
                .filter(operation -> ids.contains(operation.path("instanceId").asString()))
                .sorted(Comparator.comparing(
                        operation -> Instant.parse(operation.path("createdAt").asString())))
                .toList();
        long succeeded = operations.stream()
                .filter(operation -> operation.path("state").asString().equals("SUCCEEDED"))
                .count();
        print("""

                ## %d creations of single-small at once

                | accepted | within, s | most tasks at the director | succeeded | those after, s | largest distance from the order of acceptance |
                |---|---|---|---|---|---|
                | %d | %.2f | %d | %d | %.0f | %d |
                """.formatted(CREATIONS, accepted, took, most, succeeded, all, distance(operations)));
        ids.forEach(broker::delete);
        while (inProgress() > 0) {
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
        }
    }

    /** How many places one ended before or after it would have in the order of acceptance. */
    private static int distance(List<JsonNode> accepted) {
        List<JsonNode> ended = accepted.stream()
                .filter(operation -> !operation.path("state").asString().equals("IN_PROGRESS"))
                .sorted(Comparator.comparing(
                        operation -> Instant.parse(operation.path("updatedAt").asString())))
                .toList();
        int largest = 0;
        for (int i = 0; i < ended.size(); i++) {
            largest = Math.max(largest, Math.abs(accepted.indexOf(ended.get(i)) - i));
        }
        return largest;
    }

    private int tasks() {
        return JSON.readTree(platform.director("/tasks?state=processing,queued,cancelling"))
                .size();
    }

    private int inProgress() {
        return operations("&state=in_progress").size();
    }

    private List<JsonNode> operations(String filter) {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create(env.get("BROKER_URL") + "/operator/v1/operations?limit=1000" + filter))
                .header("Authorization", basic("OPERATOR"))
                .build();
        try {
            return JSON.readTree(http.send(request, HttpResponse.BodyHandlers.ofString())
                            .body())
                    .valueStream()
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    private HttpRequest get(String path) {
        return request(path).build();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(env.get("BROKER_URL") + path))
                .header("Authorization", basic("BROKER"))
                .header("Content-Type", "application/json")
                .header("X-Broker-API-Version", "2.17");
    }

    private String basic(String who) {
        String credentials = env.get(who + "_USERNAME") + ":" + env.get(who + "_PASSWORD");
        return "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes());
    }

    private static void print(String text) {
        System.out.print(text);
    }
}
