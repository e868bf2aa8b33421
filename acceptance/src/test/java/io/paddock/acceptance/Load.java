package io.paddock.acceptance;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Applications that write while something happens to their database: one INSERT every 50 ms, whose acknowledgements show the gap, and
 * as many writers without think time as are wanted. Each reconnects after an error. What was acknowledged is remembered.
 */
final class Load implements AutoCloseable {

    /** Tells timeline and address of the server. */
    private static final String INSERT = "insert into load values (?) returning"
            + " substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) || ' ' || host(inet_server_addr())";

    private static final long INTERVAL = TimeUnit.MILLISECONDS.toNanos(50);

    private volatile JsonNode credentials;
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicLong ids = new AtomicLong();
    private final AtomicLong errors = new AtomicLong();
    private final AtomicLong count = new AtomicLong();
    private final AtomicLong sessions = new AtomicLong();
    private final ConcurrentLinkedQueue<Write> acknowledged = new ConcurrentLinkedQueue<>();
    private final List<Long> probeTimes = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

    /**
     * An acknowledged write.
     *
     * @param writer timeline and address of the server that took it
     */
    private record Write(long id, String writer, long sentAt, long acknowledgedAt) {}

    private Load(JsonNode credentials) {
        this.credentials = credentials;
    }

    /** @param restless writers without think time, beside the one that writes every 50 ms */
    static Load start(JsonNode credentials, int restless) throws SQLException {
        Database.execute(credentials, "create table if not exists load (id bigint primary key)", "truncate load");
        Load load = new Load(credentials);
        load.run("probe", () -> load.write(true));
        for (int i = 0; i < restless; i++) {
            load.run("writer", () -> load.write(false));
        }
        if (credentials.path("hosts").size() > 1) {
            // Each host has a writer that never leaves it: only so is it seen if two of them take writes.
            credentials.path("hosts").valueStream().forEach(host -> load.run("faithful", () -> load.writeTo(host)));
        }
        load.awaitProbes(40);
        return load;
    }

    /** Applications are bound again: who connects from now on knows these hosts. */
    void rebind(JsonNode newer) {
        credentials = newer;
    }

    /** Writes acknowledged so far. */
    long acknowledged() {
        return count.get();
    }

    /** What a writer saw as errors, connections refused among them. */
    long errors() {
        return errors.get();
    }

    /** Waits until the one that writes every 50 ms got so many more acknowledgements. */
    void awaitProbes(int more) {
        int before = probes();
        Platform.await("the writers write", () -> probes() >= before + more);
    }

    /** Acknowledgements of the one that writes every 50 ms. */
    synchronized int probes() {
        return probeTimes.size();
    }

    /**
     * The longest time between two of its acknowledgements from the given one on, in milliseconds. It holds the pause of 50 ms between
     * two writes.
     */
    synchronized long largestGap(int from) {
        long largest = 0;
        for (int i = Math.max(1, from); i < probeTimes.size(); i++) {
            largest = Math.max(largest, probeTimes.get(i) - probeTimes.get(i - 1));
        }
        return TimeUnit.NANOSECONDS.toMillis(largest);
    }

    /** How often the one that writes every 50 ms had to connect anew. */
    long interruptions() {
        return sessions.get() - 1;
    }

    /** The times between two of its acknowledgements that were longer than that, in milliseconds, from the given one on. */
    synchronized List<Long> gapsOver(long milliseconds, int from) {
        return IntStream.range(Math.max(1, from), probeTimes.size())
                .mapToObj(i -> TimeUnit.NANOSECONDS.toMillis(probeTimes.get(i) - probeTimes.get(i - 1)))
                .filter(gap -> gap > milliseconds)
                .toList();
    }

    /** When that gap ended, in milliseconds since a moment of {@link System#nanoTime}. */
    synchronized long endOfLargestGap(int from, long since) {
        int end = Math.max(1, from);
        for (int i = end; i < probeTimes.size(); i++) {
            if (probeTimes.get(i) - probeTimes.get(i - 1) > probeTimes.get(end) - probeTimes.get(end - 1)) {
                end = i;
            }
        }
        return TimeUnit.NANOSECONDS.toMillis(probeTimes.get(end) - since);
    }

    /** Waits until its acknowledgements have paused for so long and gone on, since a moment of {@link System#nanoTime}. */
    void awaitGap(long since, long milliseconds) {
        Platform.await("the writers paused and write again", () -> hasPaused(since, milliseconds));
    }

    private synchronized boolean hasPaused(long since, long milliseconds) {
        for (int i = probeTimes.size() - 1; i > 0 && probeTimes.get(i) > since; i--) {
            if (TimeUnit.NANOSECONDS.toMillis(probeTimes.get(i) - probeTimes.get(i - 1)) >= milliseconds) {
                return true;
            }
        }
        return false;
    }

    /** Acknowledged writes that are not in the table; the writers have stopped. */
    Set<Long> lost() throws SQLException {
        close();
        Set<Long> lost = new TreeSet<>();
        acknowledged.forEach(write -> lost.add(write.id()));
        try (Connection connection = Database.connect(credentials);
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select id from load")) {
            while (rows.next()) {
                lost.remove(rows.getLong(1));
            }
        }
        return lost;
    }

    @Override
    public void close() {
        stopped.set(true);
        threads.forEach(thread -> {
            try {
                thread.join();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private void run(String name, Runnable writing) {
        Thread thread = new Thread(writing, name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    /** Where the primary is, as fast as it can, or every 50 ms if it is the one whose times are remembered. */
    private void write(boolean probe) {
        writeTo(
                () -> credentials,
                false,
                probe ? INTERVAL : 0,
                probe ? sessions::incrementAndGet : () -> {},
                acknowledged -> {
                    count.incrementAndGet();
                    if (probe) {
                        remember(acknowledged);
                    }
                });
    }

    /** To one host, whatever it is. */
    private void writeTo(JsonNode host) {
        ObjectNode only = credentials.deepCopy().asObject();
        only.putArray("hosts").add(host);
        writeTo(() -> only, true, INTERVAL, () -> {}, acknowledged -> count.incrementAndGet());
    }

    /**
     * @param faithful whether it writes to its host even while that is no primary, which fails
     * @param interval between the beginnings of two writes, in nanoseconds
     * @param connected told of each new session
     * @param done told when a write was acknowledged
     */
    private void writeTo(
            Supplier<JsonNode> target, boolean faithful, long interval, Runnable connected, LongConsumer done) {
        Map<String, String> properties =
                Map.of("connectTimeout", "1", "socketTimeout", "1", "targetServerType", faithful ? "any" : "primary");
        while (!stopped.get()) {
            try (Connection connection = Database.connect(target.get(), properties);
                    PreparedStatement insert = connection.prepareStatement(INSERT)) {
                connected.run();
                while (!stopped.get()) {
                    long begun = System.nanoTime();
                    long id = ids.incrementAndGet();
                    insert.setLong(1, id);
                    String writer = write(insert);
                    long ended = System.nanoTime();
                    acknowledged.add(new Write(id, writer, begun, ended));
                    done.accept(ended);
                    LockSupport.parkNanos(interval - (System.nanoTime() - begun));
                }
            } catch (SQLException away) {
                if (!faithful) {
                    errors.incrementAndGet();
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(faithful ? 200 : 10));
            }
        }
    }

    private static String write(PreparedStatement insert) throws SQLException {
        try (ResultSet row = insert.executeQuery()) {
            row.next();
            return row.getString(1);
        }
    }

    /**
     * Two servers that took writes at the same time, if there were such: after a later timeline's first acknowledgement nothing that was
     * sent then may be acknowledged by an earlier one, and a timeline has one server.
     */
    Optional<String> twoWriters() {
        Map<String, List<Write>> writers =
                acknowledged.stream().collect(Collectors.groupingBy(Write::writer, TreeMap::new, Collectors.toList()));
        for (String one : writers.keySet()) {
            for (String other : writers.keySet()) {
                boolean later = other.substring(0, 8).compareTo(one.substring(0, 8)) > 0;
                boolean same = other.startsWith(one.substring(0, 8)) && !one.equals(other);
                long from = writers.get(other).stream()
                        .mapToLong(Write::acknowledgedAt)
                        .min()
                        .orElseThrow();
                if (same || later && writers.get(one).stream().anyMatch(write -> write.sentAt() > from)) {
                    return Optional.of(one + " and " + other);
                }
            }
        }
        return Optional.empty();
    }

    private synchronized void remember(long time) {
        probeTimes.add(time);
    }
}
