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
    /** Compiled as in production; {@code ./paddock up} lets a JVM compile for a quick start only. */
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
        try {
            requests();
            creations();
        } finally {
            // Not left to the end of this process, which would not wait for it.
            platform.takeDown();
        }
    }

    private void requests() throws SQLException {
        double empty = start();
        fill();
        double full = start();
        String real = broker.create(Map.of());
        broker.awaitReady(real);
        broker.bind(real, "bench");
        Random random = new Random(1);
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
        all.add(() -> creation(real, Map.of(), 200));
        all.add(() -> creation(UUID.randomUUID().toString(), Map.of("work_mem", "none"), 400));
        AtomicInteger otherwise = new AtomicInteger();
        latencies(() -> all.get(random.nextInt(all.size())).get(), WARM_UP_SECONDS, otherwise);
        print("""

                ## With %d instances and %d bindings in the state database; %d requests/s for %d s each

                The broker's JVM has %s; it starts in %.1f s with an empty state database, in %.1f s with this one. Times are from when a request was due. Before, all of
                them, and creations that are repeated or refused, were sent for %d s; %d of those got an answer that was not expected.

                | request | median, ms | p99, ms | max, ms | not 200 |
                |---|---|---|---|---|
                """.formatted(
                        INSTANCES,
                        INSTANCES * BINDINGS,
                        PER_SECOND,
                        SECONDS,
                        OPTIONS.values(),
                        empty,
                        full,
                        WARM_UP_SECONDS,
                        otherwise.get()));
        requests.forEach(this::measure);
        broker.delete(real);
        broker.awaitGone(real);
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

    /** @param expected status of the answer */
    private record Request(String path, Optional<byte[]> put, int expected) {}

    private static Request get(String path) {
        return new Request(path, Optional.empty(), 200);
    }

    private static Request creation(String id, Map<String, ?> parameters, int expected) {
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
                        "space",
                        "parameters",
                        parameters))),
                expected);
    }

    private void measure(String name, Supplier<Request> request) {
        AtomicInteger otherwise = new AtomicInteger();
        long[] sorted = latencies(request, SECONDS, otherwise);
        print("| %s | %.1f | %.1f | %.1f | %d |%n"
                .formatted(
                        name,
                        sorted[sorted.length / 2] / 1e6,
                        sorted[sorted.length * 99 / 100] / 1e6,
                        sorted[sorted.length - 1] / 1e6,
                        otherwise.get()));
    }

    /** Sorted, ns. */
    private long[] latencies(Supplier<Request> request, int seconds, AtomicInteger otherwise) {
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
                        boolean isAsExpected = isAnsweredAsExpected(asked);
                        latencies[number] = System.nanoTime() - due;
                        if (!isAsExpected) {
                            otherwise.incrementAndGet();
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
        // Who is ready is switched off, and stays so: a small machine can make a hundred instances, but not run them.
        machines(ids.get(0)).resurrection(false);
        Set<String> off = new HashSet<>();
        long begun = System.nanoTime();
        List<CompletableFuture<Boolean>> answers = ids.stream()
                .map(id ->
                        CompletableFuture.supplyAsync(() -> isAnsweredAsExpected(creation(id, Map.of(), 202)), clients))
                .toList();
        long accepted = answers.stream().filter(CompletableFuture::join).count();
        double took = (System.nanoTime() - begun) / 1e9;
        int most = 0;
        List<JsonNode> operations = creations(ids);
        while (operations.stream().anyMatch(operation -> isIn("IN_PROGRESS", operation))) {
            most = Math.max(most, tasks());
            operations.stream()
                    .filter(operation -> isIn("SUCCEEDED", operation))
                    .map(operation -> operation.path("instanceId").asString())
                    .filter(off::add)
                    .forEach(id -> machines(id).nodes().values().forEach(Cluster.Node::lose));
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
            operations = creations(ids);
        }
        double all = (System.nanoTime() - begun) / 1e9;
        print("""

                ## %d creations of single-small at once; who is ready is switched off

                | accepted | within, s | most tasks at the director | succeeded | all ended after, s | largest distance from the order of acceptance |
                |---|---|---|---|---|---|
                | %d | %.2f | %d | %d | %.0f | %d |
                """.formatted(
                        CREATIONS,
                        accepted,
                        took,
                        most,
                        operations.stream()
                                .filter(operation -> isIn("SUCCEEDED", operation))
                                .count(),
                        all,
                        distance(operations)));
    }

    private Cluster machines(String instance) {
        return new Cluster(platform, instance, JSON.createObjectNode());
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

    private static boolean isIn(String state, JsonNode operation) {
        return operation.path("state").asString().equals(state);
    }

    /** The operations that created these instances, in the order of acceptance. */
    private List<JsonNode> creations(List<String> instances) {
        try (InputStream answer =
                connect("/operator/v1/operations?limit=1000", "OPERATOR").getInputStream()) {
            List<JsonNode> found = new ArrayList<>(JSON.readTree(answer)
                    .valueStream()
                    .filter(operation -> operation.path("type").asString().equals("CREATE")
                            && instances.contains(operation.path("instanceId").asString()))
                    .toList());
            Collections.reverse(found);
            return found;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The JDK's newer client needs five times as much of the two cores that it shares with the broker. */
    private boolean isAnsweredAsExpected(Request request) {
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
            return status == request.expected();
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
