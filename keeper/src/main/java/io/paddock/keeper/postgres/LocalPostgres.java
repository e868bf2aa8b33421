package io.paddock.keeper.postgres;

import io.paddock.keeper.decision.Local.Postgres;
import io.paddock.keeper.decision.Position;
import io.paddock.keeper.leash.Leash;
import io.paddock.keeper.system.BootClock;
import io.paddock.keeper.system.Log;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The PostgreSQL of this node, asked over a connection that is kept for some seconds. One thread looks, five times a second; what it saw last is what the
 * keeper decides by, so that a server that hangs never makes the keeper hang.
 */
public final class LocalPostgres {

    private static final Duration INTERVAL = Duration.ofMillis(200);
    /** The same where there is nobody to take over. */
    private static final Duration ALONE = Duration.ofSeconds(1);
    /** Between two looks at what the leash says, if it can't be watched. */
    private static final Duration UNWATCHED = Duration.ofMillis(20);
    /** Of a connection: a server whose sessions live, but that takes no new ones, is hung as well. */
    private static final Duration LIFETIME = Duration.ofSeconds(5);
    /** After which it counts as that: one that is merely overrun by connections lets somebody in sometimes. */
    private static final Duration CLOSED = Duration.ofSeconds(9);

    /** States in which a server answers, though it lets nobody in yet: it starts, it recovers, it shuts down, it is full. */
    private static final Set<String> NOT_YET = Set.of("57P03", "57P01", "57P02", "53300");
    /** It lets nobody in who is called repmgr: the role, or its database, has not been made. */
    private static final Set<String> NOT_PREPARED = Set.of("28000", "3D000");

    /**
     * The connection first: if there is none any more, how far the log goes is final. A walreceiver that has just been started, and may be refused
     * at once, has the same time of sending and receipt.
     */
    private static final String LOOK = """
            SELECT (SELECT extract(epoch FROM clock_timestamp() - last_msg_receipt_time)
                      FROM pg_stat_wal_receiver WHERE status = 'streaming'
                       AND last_msg_send_time IS DISTINCT FROM last_msg_receipt_time),
                   pg_is_in_recovery(),
                   CASE WHEN pg_is_in_recovery()
                        THEN coalesce(greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), '0/0')
                        ELSE pg_current_wal_flush_lsn() END,
                   current_setting('primary_conninfo'),
                   coalesce(pg_last_wal_replay_lsn(), '0/0'),
                   CASE WHEN pg_is_in_recovery()
                        THEN (SELECT received_tli FROM pg_stat_wal_receiver WHERE status = 'streaming')
                        ELSE ('x' || left(pg_walfile_name(pg_current_wal_flush_lsn()), 8))::bit(32)::int END,
                   current_setting('synchronous_standby_names'),
                   coalesce((SELECT bool_or('paddock.synchronous=on' = ANY (setconfig)) FROM pg_db_role_setting
                              WHERE setdatabase = 0 AND setrole = current_user::regrole), false),
                   CASE WHEN pg_is_in_recovery() THEN pg_get_wal_replay_pause_state() = 'paused' ELSE false END
            """;

    private final Connections connections;
    private final Leash leash;
    private final BootClock clock;
    private final DataDirectory data;
    private final RevokedSessions revoked = new RevokedSessions();

    private @Nullable Connection connection;
    private Duration connectedAt = Duration.ZERO;
    private Optional<Duration> refusedSince = Optional.empty();
    private volatile Seen seen = Seen.NOTHING;
    private Optional<Long> stoppedAt = Optional.empty();
    private boolean haveDataChanged;
    private final Object looks = new Object();
    private long begun;
    private long finished;
    private volatile boolean isAnewWanted;
    private volatile @Nullable Thread watcher;
    private volatile boolean isWatched;

    public LocalPostgres(Connections connections, Leash leash, BootClock clock, DataDirectory data) {
        this.connections = connections;
        this.leash = leash;
        this.clock = clock;
        this.data = data;
    }

    public Seen seen() {
        return seen;
    }

    /** Sees what there is without asking a server: one that runs shall not look as if there were none. */
    public void begin() {
        Seen now = seen.closed(role(), true);
        seen = now.on(files(now));
    }

    private Leash.Role role() {
        return leash.status().map(Leash.Status::role).orElse(Leash.Role.STOPPED);
    }

    /**
     * Looks until the thread is interrupted.
     *
     * @param isAlone whether there is no other node
     * @param changed called when something looks otherwise than before
     */
    public void watch(BooleanSupplier isAlone, Runnable changed) {
        watcher = Thread.currentThread();
        while (!Thread.currentThread().isInterrupted()) {
            try {
                lookOnce(isAlone, changed);
            } catch (RuntimeException failure) {
                // Nobody else looks.
                Log.warn("could not look at PostgreSQL", failure);
                LockSupport.parkNanos(INTERVAL.toNanos());
            }
        }
    }

    private void lookOnce(BooleanSupplier isAlone, Runnable changed) {
        long number;
        synchronized (looks) {
            number = ++begun;
            isAnewWanted = false;
            if (haveDataChanged) {
                haveDataChanged = false;
                stoppedAt = Optional.empty();
            }
        }
        Seen before = seen;
        Seen now = look();
        seen = now.on(files(now));
        synchronized (looks) {
            finished = number;
            looks.notifyAll();
        }
        if (!seen.looksLike(before)) {
            changed.run();
        }
        if (connection != null && clock.now().minus(connectedAt).compareTo(LIFETIME) >= 0 && !isAnewWanted) {
            connectAnew();
        }
        await(seen.role(), isAlone.getAsBoolean() && seen.answers() ? ALONE : INTERVAL);
    }

    /**
     * Looks at once, and waits until what is {@linkplain #seen seen} is from after this call.
     *
     * @return false if the time was over first
     */
    public boolean lookAnew(Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        synchronized (looks) {
            long before = begun;
            isAnewWanted = true;
            LockSupport.unpark(watcher);
            while (finished <= before && System.nanoTime() < end) {
                try {
                    TimeUnit.NANOSECONDS.timedWait(looks, Math.max(1, end - System.nanoTime()));
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    return false;
                }
            }
            return finished > before;
        }
    }

    /** Until a server answers, what its data say of the log holds once it was read. */
    private Seen.Files files(Seen now) {
        if (now.answers()) {
            stoppedAt = Optional.empty();
        }
        Postgres stopped = data.stopped();
        if (stopped.isWhole() && !now.answers() && stoppedAt.isEmpty()) {
            stoppedAt = Optional.of(data.stoppedAt());
        }
        return new Seen.Files(stopped, data.isStandby(), stoppedAt.orElse(0L));
    }

    /** Looks at data that were changed while no server answered, see {@link #lookAnew}. */
    public boolean lookAtChange(Duration limit) {
        synchronized (looks) {
            haveDataChanged = true;
            return lookAnew(limit);
        }
    }

    /** A death is noticed at once, without asking anybody. */
    private void await(Leash.Role role, Duration time) {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end
                && !isAnewWanted
                && leash.status().filter(status -> status.role() != role).isEmpty()) {
            LockSupport.parkNanos(isWatched ? Math.max(1, end - System.nanoTime()) : UNWATCHED.toNanos());
        }
    }

    /** Has the leash's word heard at once, until the thread is interrupted; where it can't be watched it is read now and again. */
    public void listen() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                leash.watch(() -> {
                    isWatched = true;
                    LockSupport.unpark(watcher);
                });
            } catch (IOException notYet) {
                // The leash's job may start after this one.
            } catch (InterruptedException ended) {
                return;
            } finally {
                isWatched = false;
            }
            LockSupport.parkNanos(LIFETIME.toNanos());
        }
    }

    private Seen look() {
        Leash.Role role = role();
        if (role == Leash.Role.STOPPED) {
            disconnect();
            return seen.stopped();
        }
        Duration asked = clock.now();
        try {
            if (connection == null) {
                connection = connectToLook();
                connectedAt = asked;
            }
            Optional<Duration> closedSince =
                    refusedSince.filter(since -> asked.minus(since).compareTo(CLOSED) >= 0);
            if (closedSince.isPresent()) {
                return seen.silent(role, closedSince.get());
            }
            Seen answer = ask(role, connection);
            revoked.look(connection, asked);
            return answer;
        } catch (SQLException failure) {
            disconnect();
            String state = String.valueOf(failure.getSQLState());
            if (NOT_YET.contains(state)) {
                return seen.closed(role, true);
            }
            if (NOT_PREPARED.contains(state)) {
                return seen.closed(role, false);
            }
            return seen.silent(role, asked);
        }
    }

    private Seen ask(Leash.Role role, Connection open) throws SQLException {
        Duration asked = clock.now();
        try (Statement statement = open.createStatement();
                ResultSet row = statement.executeQuery(LOOK)) {
            row.next();
            double silentFor = row.getDouble(1);
            boolean connected = !row.wasNull();
            Optional<Duration> heardAt = connected
                    ? Optional.of(asked.minusMillis(Math.round(Math.max(0, silentFor) * 1000)))
                    : seen.heardAt();
            return new Seen(
                    seen.files(),
                    role,
                    true,
                    true,
                    row.getBoolean(2),
                    Position.of(0, row.getString(3)).lsn(),
                    Position.of(0, row.getString(5)).lsn(),
                    row.getInt(6),
                    Conninfo.host(row.getString(4)),
                    heardAt,
                    connected,
                    Optional.empty(),
                    row.getString(7),
                    row.getBoolean(8),
                    row.getBoolean(9));
        }
    }

    /**
     * Has the sessions here ended whose roles have no access any more on the primary, though this standby may not have heard of that.
     *
     * @param primary its address; empty on a primary
     */
    public void endRevoked(String primary) {
        if (primary.isEmpty() || !revoked.arePresent()) {
            revoked.forgetPrimary();
            return;
        }
        try (Connection there = connections.to(primary)) {
            revoked.compare(there);
        } catch (SQLException away) {
            // What it said last holds.
        }
    }

    /** The present connection is kept until there is another one. */
    private void connectAnew() {
        connectedAt = clock.now();
        try {
            Connection next = connectToLook();
            disconnect();
            connection = next;
        } catch (SQLException failure) {
            refusedSince = NOT_YET.contains(String.valueOf(failure.getSQLState()))
                    ? Optional.empty()
                    : refusedSince.or(() -> Optional.of(connectedAt));
        }
    }

    /** The driver ends TLS before it says that no answer came, which takes the same time again. */
    private Connection connectToLook() throws SQLException {
        Connection opened = connections.own();
        opened.setNetworkTimeout(Runnable::run, 1000);
        return opened;
    }

    private void disconnect() {
        Connection open = connection;
        connection = null;
        refusedSince = Optional.empty();
        if (open != null) {
            // The end of TLS with a server that hangs takes as long again as the answer that did not come.
            Thread closing = new Thread(() -> close(open), "close");
            closing.setDaemon(true);
            closing.start();
        }
    }

    private static void close(Connection open) {
        try {
            open.close();
        } catch (SQLException already) {
            // It is gone, which was wanted.
        }
    }

    /** Makes a standby, which the leash has armed, the primary; it takes writes before this returns. */
    public void promote() throws SQLException {
        connections.execute(
                Duration.ofSeconds(connections.settings().startTimeout()), List.of("SELECT pg_promote(true, 600)"));
        // What is decided next is decided by what was seen: a look from before must not say that it is a standby.
        long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (System.nanoTime() < end && (seen.isInRecovery() || !seen.answers())) {
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
    }

    /** Until it is seen to follow that address, or a second has passed. */
    public void awaitUpstream(String address) {
        long end = System.nanoTime() + Duration.ofSeconds(1).toNanos();
        while (System.nanoTime() < end && !seen.upstream().equals(address)) {
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }
}
