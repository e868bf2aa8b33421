package io.paddock.spi.connection;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds what blocks a statement of the administrator: sessions and prepared transactions of the application that hold a lock. What
 * is done about roles, databases and their settings must not wait for them: there they are ended. In the application's own tables they may be
 * its work of an hour: there they are named.
 *
 * @see <a href="https://www.postgresql.org/docs/15/functions-info.html">pg_blocking_pids</a>
 */
public final class Blockers {

    private static final Logger LOG = LoggerFactory.getLogger(Blockers.class);
    private static final Duration INTERVAL = Duration.ofMillis(100);

    private static final ExecutorService WATCHERS = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "blockers");
        thread.setDaemon(true);
        return thread;
    });

    private static final String SESSIONS = """
            SELECT b.pid, a.usename, a.state, pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.xact_start)::pg_catalog.int4
              FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids(?::pg_catalog.int4)) b (pid)
              JOIN pg_catalog.pg_stat_activity a ON a.pid = b.pid
              LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid
             WHERE r.rolsuper IS NOT TRUE
            """;

    /** A prepared transaction has no process; among its locks is the one on its own number. Who has only read is in nobody's way. */
    private static final String PREPARED = """
            SELECT p.gid, p.database
              FROM pg_catalog.pg_locks w
              JOIN pg_catalog.pg_locks h
                ON h.granted AND h.pid IS NULL AND h.locktype = w.locktype AND h.mode NOT IN ('AccessShareLock', 'RowShareLock')
               AND (h.database, h.relation, h.transactionid, h.classid, h.objid, h.objsubid)
                   IS NOT DISTINCT FROM (w.database, w.relation, w.transactionid, w.classid, w.objid, w.objsubid)
              JOIN pg_catalog.pg_locks t
                ON t.pid IS NULL AND t.locktype = 'transactionid' AND t.virtualtransaction = h.virtualtransaction
              JOIN pg_catalog.pg_prepared_xacts p ON p.transaction = t.transactionid
             WHERE w.pid = ?::pg_catalog.int4 AND NOT w.granted
            """;

    /** What may have to wait. */
    @FunctionalInterface
    public interface Change {

        void make() throws SQLException;
    }

    private final AdminConnections connections;
    private final Server server;

    Blockers(AdminConnections connections, Server server) {
        this.connections = connections;
        this.server = server;
    }

    /** Makes a change, and ends whoever blocks it. */
    public void end(Connection changing, Change change) throws SQLException {
        Set<String> ended = watching(changing, true, change);
        if (!ended.isEmpty()) {
            LOG.warn("ended what stood in the way of a change: {}", String.join(", ", ended));
        }
    }

    /** Makes a change; its failure names who blocked it. */
    public void name(Connection changing, Change change) throws SQLException {
        watching(changing, false, change);
    }

    private Set<String> watching(Connection changing, boolean ends, Change change) throws SQLException {
        int pid = changing.unwrap(PGConnection.class).getBackendPID();
        Set<String> found = new ConcurrentSkipListSet<>();
        CountDownLatch made = new CountDownLatch(1);
        WATCHERS.execute(() -> watch(pid, ends, found, made));
        try {
            change.make();
        } catch (SQLException failure) {
            if (found.isEmpty()) {
                throw failure;
            }
            throw new SQLException(
                    failure.getMessage() + "; in the way: " + String.join(", ", found), failure.getSQLState(), failure);
        } finally {
            made.countDown();
        }
        return found;
    }

    private void watch(int pid, boolean ends, Set<String> found, CountDownLatch made) {
        try {
            if (made.await(INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
            try (Connection own = connections.open(server)) {
                do {
                    look(own, pid, ends, found);
                } while (!made.await(INTERVAL.toMillis(), TimeUnit.MILLISECONDS));
            }
        } catch (SQLException failure) {
            LOG.warn("can't see what stands in the way of a change: {}", failure.getMessage());
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    private void look(Connection own, int pid, boolean ends, Set<String> found) throws SQLException {
        try (PreparedStatement statement = own.prepareStatement(SESSIONS)) {
            statement.setInt(1, pid);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    found.add("session %d of %s (%s, its transaction began %d s ago)"
                            .formatted(rows.getInt(1), plain(rows.getString(2)), rows.getString(3), rows.getInt(4)));
                    if (ends) {
                        execute(own, "SELECT pg_catalog.pg_terminate_backend(" + rows.getInt(1) + ")");
                    }
                }
            }
        }
        try (PreparedStatement statement = own.prepareStatement(PREPARED)) {
            statement.setInt(1, pid);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    found.add("prepared transaction '" + plain(rows.getString(1)) + "'");
                    if (ends) {
                        rollBack(own, rows.getString(1), rows.getString(2));
                    }
                }
            }
        }
    }

    /** A name that an application chose, without what would look like something else in a report. */
    public static String plain(@Nullable String name) {
        return name == null ? "nobody" : name.replaceAll("[\\p{Cc}\\p{Cf}\\u2028\\u2029]", "?");
    }

    /** Only a session of the same database can do that. */
    private void rollBack(Connection own, String prepared, String where) throws SQLException {
        try (Connection there = connections.enter(server, where, own)) {
            String name = there.unwrap(PGConnection.class).escapeLiteral(prepared);
            execute(there, "ROLLBACK PREPARED '" + name + "'");
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
