package io.paddock.acceptance;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
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
    private static final int WARM_UP_SECONDS = 120;
    private static final int CREATIONS = Integer.getInteger("paddock.bench.creations", 100);
    /** As in production: on this machine a JVM is started in a way that saves a newcomer's time, but compiles nothing well. */
    private static final Map<String, String> OPTIONS = Map.of("PADDOCK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=4");

    private static final int CLIENTS = 100;

    private static final Pattern STARTED = Pattern.compile("Started BrokerApplication in ([0-9.]+) seconds");
    private static final JsonMapper JSON = new JsonMapper();

    private final Platform platform = Platform.shared();
    private final Broker broker = platform.broker();
    private final ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    private final Map<String, String> env = platform.file("env");

    static {
        // Of kept connections.
        System.setProperty("http.maxConnections", Integer.toString(CLIENTS));
    }

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    void load() throws SQLException {
        double empty = start();
        fill();
        double full = start();
        print("""

                ## With %d instances and %d bindings in the state database; %d requests/s for %d s each

                Times are from when a request was due, after %d s of all of them, and of creations that are repeated or refused, that are not measured. A broker starts in %.1f s with an empty state database, in %.1f s with this one.

                | request | median, ms | p99, ms | max, ms | not 200 |
                |---|---|---|---|---|
                """.formatted(INSTANCES, INSTANCES * BINDINGS, PER_SECOND, SECONDS, WARM_UP_SECONDS, empty, full));
        Random random = new Random(1);
        String real = broker.create(Map.of());
        broker.awaitReady(real);
        broker.bind(real, "bench");
        Map<String, Supplier<Request>> requests = new LinkedHashMap<>();
        requests.put("last_operation", () -> get("/v2/service_instances/" + instance(random) + "/last_operation"));
        requests.put("fetch of an instance", () -> get("/v2/service_instances/" + instance(random)));
        requests.put("fetch of a binding", () -> get("/v2/service_instances/" + real + "/service_bindings/bench"));
        requests.put("catalog", () -> get("/v2/catalog"));
        // A broker that has just started compiles its code.
        List<Supplier<Request>> all = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            all.addAll(requests.values());
        }
        all.add(() -> creation(real, Map.of()));
        all.add(() -> creation(UUID.randomUUID().toString(), Map.of("work_mem", "none")));
        latencies(() -> all.get(random.nextInt(all.size())).get(), WARM_UP_SECONDS, new AtomicInteger());
        requests.forEach(this::measure);
        broker.delete(real);
        broker.awaitGone(real);
        creations();
    }

    /** Of the broker alone; seconds, as it says. */
    private double start() {
        platform.restart(OPTIONS, "broker");
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

    private record Request(String path, Optional<byte[]> put) {}

    private static Request get(String path) {
        return new Request(path, Optional.empty());
    }

    private static Request creation(String id, Map<String, ?> parameters) {
        return new Request(
                "/v2/service_instances/" + id + "?accepts_incomplete=true",
                Optional.of(JSON.writeValueAsBytes(Map.of(
                        "service_id",
                        Broker.SERVICE,
                        "plan_id",
                        Broker.SMALL,
                        "organization_guid",
                        "org",
                        "space_guid",
                        "space"))));
    }

    private void measure(String name, Supplier<Request> request) {
        AtomicInteger refused = new AtomicInteger();
        long[] sorted = latencies(request, SECONDS, refused);
        print("| %s | %.1f | %.1f | %.1f | %d |%n"
                .formatted(
                        name,
                        sorted[sorted.length / 2] / 1e6,
                        sorted[sorted.length * 99 / 100] / 1e6,
                        sorted[sorted.length - 1] / 1e6,
                        refused.get()));
    }

    /** Sorted, ns. */
    private long[] latencies(Supplier<Request> request, int seconds, AtomicInteger refused) {
        int count = PER_SECOND * seconds;
        long[] latencies = new long[count];
        List<CompletableFuture<?>> sent = new ArrayList<>();
        long begun = System.nanoTime();
        for (int i = 0; i < count; i++) {
            int number = i;
            Request asked = request.get();
            long due = begun + TimeUnit.SECONDS.toNanos(i) / PER_SECOND;
            while (System.nanoTime() < due) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            sent.add(CompletableFuture.runAsync(
                    () -> {
                        int status = status(asked);
                        latencies[number] = System.nanoTime() - due;
                        if (status != 200) {
                            refused.incrementAndGet();
                        }
                    },
                    clients));
        }
        sent.forEach(CompletableFuture::join);
        Arrays.sort(latencies);
        return latencies;
    }

    /** A hundred at once: how long it takes to accept them, how many tasks the director has, and in which order they end. */
    private void creations() {
        List<String> ids = Stream.generate(() -> UUID.randomUUID().toString())
                .limit(CREATIONS)
                .toList();
        long begun = System.nanoTime();
        List<CompletableFuture<Integer>> answers = ids.stream()
                .map(id -> CompletableFuture.supplyAsync(() -> status(creation(id, Map.of())), clients))
                .toList();
        long accepted = answers.stream().filter(answer -> answer.join() == 202).count();
        double took = (System.nanoTime() - begun) / 1e9;
        int most = 0;
        Set<String> frozen = new HashSet<>();
        List<JsonNode> operations = operations(ids);
        while (operations.stream().anyMatch(LoadBench::isInProgress)) {
            most = Math.max(most, tasks());
            // A small machine can hold a hundred instances, but not run them.
            operations.stream()
                    .filter(operation -> !isInProgress(operation))
                    .map(operation -> operation.path("instanceId").asString())
                    .filter(frozen::add)
                    .forEach(this::freeze);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
            operations = operations(ids);
        }
        double all = (System.nanoTime() - begun) / 1e9;
        long succeeded = operations.stream()
                .filter(operation -> operation.path("state").asString().equals("SUCCEEDED"))
                .count();
        print("""

                ## %d creations of single-small at once; who is ready stands still

                | accepted | within, s | most tasks at the director | succeeded | all after, s | largest distance from the order of acceptance |
                |---|---|---|---|---|---|
                | %d | %.2f | %d | %d | %.0f | %d |
                """.formatted(CREATIONS, accepted, took, most, succeeded, all, distance(operations)));
    }

    private void freeze(String instance) {
        new Cluster(platform, instance, JSON.createObjectNode())
                .nodes()
                .values()
                .forEach(Cluster.Node::freeze);
    }

    /** How many places one ended before or after it would have in the order of acceptance. */
    private static int distance(List<JsonNode> accepted) {
        List<JsonNode> ended = accepted.stream()
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

    private static boolean isInProgress(JsonNode operation) {
        return operation.path("state").asString().equals("IN_PROGRESS");
    }

    /** Those of these instances in the order of acceptance; each has one. */
    private List<JsonNode> operations(List<String> instances) {
        try (InputStream answer =
                connect("/operator/v1/operations?limit=1000", "OPERATOR").getInputStream()) {
            List<JsonNode> found = new ArrayList<>(JSON.readTree(answer)
                    .valueStream()
                    .filter(operation ->
                            instances.contains(operation.path("instanceId").asString()))
                    .toList());
            Collections.reverse(found);
            return found;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The JDK's newer client needs five times as much of the two cores that it shares with the broker. */
    private int status(Request request) {
        try {
            HttpURLConnection connection = connect(request.path(), "BROKER");
            if (request.put().isPresent()) {
                connection.setRequestMethod("PUT");
                connection.setRequestProperty("Content-Type", "application/json");
                connection.setDoOutput(true);
                try (OutputStream body = connection.getOutputStream()) {
                    body.write(request.put().get());
                }
            }
            int status = connection.getResponseCode();
            try (InputStream answer = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
                answer.readAllBytes();
            }
            return status;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private HttpURLConnection connect(String path, String who) throws IOException {
        String credentials = env.get(who + "_USERNAME") + ":" + env.get(who + "_PASSWORD");
        HttpURLConnection connection = (HttpURLConnection)
                URI.create(env.get("BROKER_URL") + path).toURL().openConnection();
        connection.setRequestProperty(
                "Authorization",
                "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8)));
        connection.setRequestProperty("X-Broker-API-Version", "2.17");
        return connection;
    }

    private static void print(String text) {
        System.out.print(text);
    }
}
