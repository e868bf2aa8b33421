package io.paddock.acceptance;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;

/**
 * Applications that write while something happens to their database: one INSERT every 50 ms, whose acknowledgements show the gap, and
 * as many writers without think time as are wanted. Each reconnects after an error. What was acknowledged is remembered.
 */
final class Load implements AutoCloseable {

    private static final long INTERVAL = TimeUnit.MILLISECONDS.toNanos(50);

    private final JsonNode credentials;
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicLong ids = new AtomicLong();
    private final AtomicLong errors = new AtomicLong();
    private final AtomicLong count = new AtomicLong();
    private final ConcurrentLinkedQueue<Long> acknowledged = new ConcurrentLinkedQueue<>();
    private final List<Long> probeTimes = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

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
        load.awaitProbes(40);
        return load;
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

    /** Acknowledged writes that are not in the table; the writers have stopped. */
    Set<Long> lost() throws SQLException {
        close();
        Set<Long> lost = new TreeSet<>(acknowledged);
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

    private void write(boolean probe) {
        while (!stopped.get()) {
            try (Connection connection = Database.connect(credentials);
                    PreparedStatement insert = connection.prepareStatement("insert into load values (?)")) {
                insert.setQueryTimeout(1);
                while (!stopped.get()) {
                    long begun = System.nanoTime();
                    long id = ids.incrementAndGet();
                    insert.setLong(1, id);
                    insert.executeUpdate();
                    acknowledged.add(id);
                    count.incrementAndGet();
                    if (probe) {
                        remember(System.nanoTime());
                        LockSupport.parkNanos(INTERVAL - (System.nanoTime() - begun));
                    }
                }
            } catch (SQLException away) {
                errors.incrementAndGet();
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
            }
        }
    }

    private synchronized void remember(long time) {
        probeTimes.add(time);
    }
}
