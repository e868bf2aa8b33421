package io.paddock.keeper.postgres;

import io.paddock.keeper.decision.Local.Postgres;
import io.paddock.keeper.decision.Position;
import io.paddock.keeper.leash.Leash;
import io.paddock.keeper.system.BootClock;
import io.paddock.keeper.system.Log;
import io.paddock.keeper.system.NodeTls;
import io.paddock.keeper.system.Settings;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;

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

    private static final String ANSWER_SECONDS = "2";
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

    private static final String OWN_SLOTS = "slot_type = 'physical' AND slot_name LIKE 'repmgr\\_slot\\_%'";
    private static final String DROP_SLOTS =
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active AND " + OWN_SLOTS;

    private final Settings settings;
    private final NodeTls tls;
    private final Leash leash;
    private final BootClock clock;
    private final DataDirectory data;
    private final RevokedSessions revoked = new RevokedSessions();

    private @Nullable Connection connection;
    private Duration connectedAt = Duration.ZERO;
    private Optional<Duration> refusedSince = Optional.empty();
    private volatile Seen seen = Seen.NOTHING;
    private volatile Optional<Long> stoppedAt = Optional.empty();
    private final Object looks = new Object();
    private long begun;
    private long finished;
    private volatile boolean isAnewWanted;
    private volatile @Nullable Thread watcher;
    private volatile boolean isWatched;
    /** What was last seen or done about writes, since that start of the server. */
    private Optional<Boolean> refuses = Optional.empty();

    private long startsThen;

    public LocalPostgres(Settings settings, NodeTls tls, Leash leash, BootClock clock, DataDirectory data) {
        this.settings = settings;
        this.tls = tls;
        this.leash = leash;
        this.clock = clock;
        this.data = data;
    }

    /**
     * What there is of the data directory.
     *
     * @param stopped what PostgreSQL is when it does not run
     * @param isStandby whether it would be a standby, started on it
     * @param stoppedAt how far the log goes at least, of a server that does not answer
     */
    public record Files(Postgres stopped, boolean isStandby, long stoppedAt) {

        static final Files NONE = new Files(Postgres.ABSENT, false, 0);
    }

    /**
     * What was seen last.
     *
     * @param role the leash's word
     * @param answers whether it let the keeper in
     * @param isPrepared false if there is no role repmgr
     * @param isInRecovery of a server that answers
     * @param lsn how far its log goes, of one that answers
     * @param replayed how far a standby has applied that
     * @param timeline PostgreSQL's number of the history that it writes, or receives now; 0 if it does neither
     * @param upstream address that it follows; empty if none
     * @param heardAt when its upstream last sent something
     * @param isConnected whether it is connected to its upstream now
     * @param hungSince since when it has not answered at all
     * @param isSynchronous whether users want commits to wait for a standby
     * @param isPaused whether it is a standby that does not apply its log
     */
    public record Seen(
            Files files,
            Leash.Role role,
            boolean answers,
            boolean isPrepared,
            boolean isInRecovery,
            long lsn,
            long replayed,
            int timeline,
            String upstream,
            Optional<Duration> heardAt,
            boolean isConnected,
            Optional<Duration> hungSince,
            String synchronousStandbyNames,
            boolean isSynchronous,
            boolean isPaused) {

        static final Seen NOTHING = new Seen(
                Files.NONE,
                Leash.Role.STOPPED,
                false,
                true,
                false,
                0,
                0,
                0,
                "",
                Optional.empty(),
                false,
                Optional.empty(),
                "",
                false,
                false);

        /** No process of it lives; what it was last is all that is known. */
        Seen stopped() {
            return unanswered(Leash.Role.STOPPED, true, Optional.empty());
        }

        /** It does not answer at all. */
        Seen silent(Leash.Role now, Duration since) {
            return unanswered(now, true, hungSince.or(() -> Optional.of(since)));
        }

        /** It answers, but lets nobody in. */
        Seen closed(Leash.Role now, boolean prepared) {
            return unanswered(now, prepared, Optional.empty());
        }

        private Seen unanswered(Leash.Role now, boolean prepared, Optional<Duration> hung) {
            return new Seen(
                    files,
                    now,
                    false,
                    prepared,
                    isInRecovery,
                    lsn,
                    replayed,
                    0,
                    upstream,
                    heardAt,
                    false,
                    hung,
                    synchronousStandbyNames,
                    isSynchronous,
                    false);
        }

        private Seen on(Files present) {
            return new Seen(
                    present,
                    role,
                    answers,
                    isPrepared,
                    isInRecovery,
                    lsn,
                    replayed,
                    timeline,
                    upstream,
                    heardAt,
                    isConnected,
                    hungSince,
                    synchronousStandbyNames,
                    isSynchronous,
                    isPaused);
        }

        private boolean looksLike(Seen other) {
            return role == other.role
                    && files.stopped() == other.files.stopped()
                    && answers == other.answers
                    && isInRecovery == other.isInRecovery
                    && isConnected == other.isConnected
                    && upstream.equals(other.upstream)
                    && hungSince.isPresent() == other.hungSince.isPresent();
        }
    }

    public Seen seen() {
        return seen;
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
            long number;
            synchronized (looks) {
                number = ++begun;
                isAnewWanted = false;
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
    private Files files(Seen now) {
        if (now.answers()) {
            stoppedAt = Optional.empty();
        }
        Postgres stopped = data.stopped();
        if (stopped.isWhole() && !now.answers() && stoppedAt.isEmpty()) {
            stoppedAt = Optional.of(data.stoppedAt());
        }
        return new Files(stopped, data.isStandby(), stoppedAt.orElse(0L));
    }

    /** Looks at data that were changed while no server answered, see {@link #lookAnew}. */
    public boolean lookAtChange(Duration limit) {
        stoppedAt = Optional.empty();
        return lookAnew(limit);
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
        Leash.Role role = leash.status().map(Leash.Status::role).orElse(Leash.Role.STOPPED);
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
        try (Connection there = connect(primary)) {
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
        Connection opened = connect(settings.address());
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

    private Connection connect(String address) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", "repmgr");
        properties.setProperty("sslmode", "verify-ca");
        properties.setProperty("sslcert", tls.certificate().toString());
        properties.setProperty("sslkey", tls.key().toString());
        properties.setProperty("sslrootcert", tls.ca().toString());
        properties.setProperty("connectTimeout", ANSWER_SECONDS);
        properties.setProperty("loginTimeout", ANSWER_SECONDS);
        properties.setProperty("socketTimeout", ANSWER_SECONDS);
        properties.setProperty("ApplicationName", "keeper");
        // What the keeper writes must not wait for a standby that is away; and nobody else's settings are the keeper's.
        properties.setProperty(
                "options",
                "-c search_path=pg_catalog,pg_temp -c role=none -c local_preload_libraries= -c session_preload_libraries="
                        + " -c synchronous_commit=local -c default_transaction_read_only=off -c statement_timeout=0"
                        + " -c lock_timeout=0 -c idle_session_timeout=0 -c log_statement=none");
        Connection opened = new Driver()
                .connect("jdbc:postgresql://" + address + ":" + settings.postgresPort() + "/repmgr", properties);
        if (opened == null) {
            throw new SQLException("no connection to " + address);
        }
        return opened;
    }

    /**
     * A setting of which a standby needs at least as much as the primary had that wrote its log.
     *
     * @param value that the server was started with
     * @param wanted by its files; less than the value if the leash raised it
     */
    public record Capacity(int value, int wanted) {}

    /** Those settings by name. */
    public Map<String, Capacity> capacities() throws SQLException {
        Map<String, Capacity> capacities = new TreeMap<>();
        try (Connection own = connect(settings.address());
                Statement statement = own.createStatement();
                ResultSet rows = statement.executeQuery("SELECT name, setting, coalesce((SELECT setting"
                        + " FROM pg_file_settings f WHERE f.name = s.name ORDER BY seqno DESC LIMIT 1), boot_val)"
                        + " FROM pg_settings s WHERE name IN ('max_connections', 'max_worker_processes', 'max_wal_senders',"
                        + " 'max_prepared_transactions', 'max_locks_per_transaction')")) {
            while (rows.next()) {
                capacities.put(rows.getString(1), new Capacity(rows.getInt(2), rows.getInt(3)));
            }
        }
        return capacities;
    }

    /** Runs statements on a connection of their own, each for itself: ALTER SYSTEM refuses a transaction. */
    private void execute(Duration patience, List<String> statements) throws SQLException {
        try (Connection own = connect(settings.address());
                Statement statement = own.createStatement()) {
            own.setNetworkTimeout(Runnable::run, (int) patience.toMillis());
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** Makes a standby, which the leash has armed, the primary; it takes writes before this returns. */
    public void promote() throws SQLException {
        execute(Duration.ofSeconds(settings.startTimeout()), List.of("SELECT pg_promote(true, 600)"));
        // What is decided next is decided by what was seen: a look from before must not say that it is a standby.
        long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (System.nanoTime() < end && (seen.isInRecovery() || !seen.answers())) {
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
    }

    /**
     * Where in the log the history of this primary begins: where its timeline left the one before, or, if it was started as the primary
     * without a promotion by PostgreSQL, about here.
     *
     * @param before the beginning of the promotion before
     */
    public long beginning(long before) throws SQLException {
        try (Connection own = connect(settings.address());
                Statement statement = own.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT pg_current_wal_flush_lsn(), pg_read_file('pg_wal/'"
                                + " || left(pg_walfile_name(pg_current_wal_flush_lsn()), 8) || '.history', 0, 1000000, true)")) {
            row.next();
            long left = endOfLastTimeline(row.getString(2));
            return left > before ? left : Position.of(0, row.getString(1)).lsn();
        }
    }

    /** Lines of a history file are "TIMELINE, tab, LSN where it was left, tab, reason"; the first timeline has no such file. */
    static long endOfLastTimeline(@Nullable String history) {
        return history == null
                ? 0
                : history.lines()
                        .map(line -> line.strip().split("\\s+"))
                        .filter(words -> words.length > 1 && words[0].matches("[0-9]+"))
                        .reduce((one, two) -> two)
                        .map(words -> Position.of(0, words[1]).lsn())
                        .orElse(0L);
    }

    /** PostgreSQL 15's pg_rewind reads the timeline from the last checkpoint, so there must be one after a promotion. */
    public void checkpoint(Duration patience) throws SQLException {
        execute(patience, List.of("CHECKPOINT"));
    }

    public void follow(String address) throws SQLException {
        execute(
                Duration.ofSeconds(10),
                List.of(
                        "ALTER SYSTEM SET primary_conninfo = '"
                                + Conninfo.to(address, settings.postgresPort(), settings.node(), tls) + "'",
                        "ALTER SYSTEM SET primary_slot_name = '" + slot(settings.index()) + "'",
                        "SELECT pg_reload_conf()"));
    }

    /**
     * Makes the settings that were given to the primary by ALTER SYSTEM this standby's as well: they are a node's own for PostgreSQL, but
     * the instance's for its users, and must not end with a failover.
     *
     * @param primary its address
     */
    public void copySettings(String primary) throws SQLException {
        Map<String, String> wanted = systemSettings(primary);
        Map<String, String> present = systemSettings(settings.address());
        List<String> statements = new ArrayList<>();
        wanted.forEach((name, value) -> {
            if (!value.equals(present.get(name))) {
                statements.add("ALTER SYSTEM SET " + name + " = '" + value.replace("'", "''") + "'");
            }
        });
        present.keySet().stream()
                .filter(name -> !wanted.containsKey(name))
                .forEach(name -> statements.add("ALTER SYSTEM RESET " + name));
        if (!statements.isEmpty()) {
            statements.add("SELECT pg_reload_conf()");
            execute(Duration.ofSeconds(10), statements);
            Log.info("took over " + (statements.size() - 1) + " settings of the primary");
        }
    }

    private Map<String, String> systemSettings(String address) throws SQLException {
        Map<String, String> found = new TreeMap<>();
        try (Connection own = connect(address);
                Statement statement = own.createStatement();
                ResultSet rows = statement.executeQuery("SELECT quote_ident(name), setting FROM pg_file_settings"
                        + " WHERE sourcefile LIKE '%/postgresql.auto.conf'"
                        + " AND name NOT IN ('primary_conninfo', 'primary_slot_name', 'synchronous_standby_names',"
                        + " 'default_transaction_read_only')")) {
            while (rows.next()) {
                found.put(rows.getString(1), rows.getString(2));
            }
        }
        return found;
    }

    /** Until it is seen to follow that address, or a second has passed. */
    public void awaitUpstream(String address) {
        long end = System.nanoTime() + Duration.ofSeconds(1).toNanos();
        while (System.nanoTime() < end && !seen.upstream().equals(address)) {
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    /** repmgr's name for the slot of a node. */
    static String slot(int index) {
        return "repmgr_slot_" + (index + 1);
    }

    /**
     * Each other node's slot on a primary, so that nothing is removed that a standby still needs; none of a node that there is not any more, which
     * would hold back the log for ever.
     */
    public void keepSlots(List<Integer> standbys) throws SQLException {
        List<String> statements = new ArrayList<>(standbys.stream()
                .map(LocalPostgres::slot)
                .map(slot -> "SELECT pg_create_physical_replication_slot('" + slot + "', true) WHERE NOT EXISTS"
                        + " (SELECT FROM pg_replication_slots WHERE slot_name = '" + slot + "')")
                .toList());
        statements.add(DROP_SLOTS + beside(standbys));
        execute(Duration.ofSeconds(10), statements);
    }

    private static String beside(List<Integer> standbys) {
        return standbys.stream()
                .map(LocalPostgres::slot)
                .map(slot -> " AND slot_name <> '" + slot + "'")
                .collect(Collectors.joining());
    }

    /** On a standby, slots from its time as the primary would hold back its log for ever. */
    public void dropSlots() throws SQLException {
        execute(Duration.ofSeconds(10), List.of(DROP_SLOTS));
    }

    /** Whether something is kept for other nodes than these. */
    public boolean hasSlotsBeside(List<Integer> standbys) throws SQLException {
        try (Connection own = connect(settings.address());
                Statement statement = own.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT FROM pg_replication_slots WHERE " + OWN_SLOTS + beside(standbys))) {
            return row.next();
        }
    }

    /** What {@code repmgr cluster show} prints: who is the primary now, and who is not there any more. */
    public void recordPrimary(List<Integer> standbys) throws SQLException {
        int id = settings.index() + 1;
        String others = standbys.stream().map(index -> ", " + (index + 1)).collect(Collectors.joining());
        execute(
                Duration.ofSeconds(10),
                List.of(
                        "UPDATE repmgr.nodes SET type = 'standby', upstream_node_id = " + id + " WHERE node_id <> "
                                + id,
                        "UPDATE repmgr.nodes SET type = 'primary', upstream_node_id = NULL, active = true"
                                + " WHERE node_id = " + id,
                        "DELETE FROM repmgr.nodes WHERE node_id NOT IN (" + id + others + ")"));
    }

    /** Names of the standbys that follow, who has written most of the log first. */
    public List<String> streamingStandbys() throws SQLException {
        List<String> names = new ArrayList<>();
        try (Connection own = connect(settings.address());
                Statement statement = own.createStatement();
                ResultSet rows = statement.executeQuery("SELECT application_name FROM pg_stat_replication"
                        + " WHERE state = 'streaming' ORDER BY flush_lsn DESC, application_name")) {
            while (rows.next()) {
                names.add(rows.getString(1));
            }
        }
        return names;
    }

    /** Lets transactions be read-only unless a session says otherwise, which is how room can be made; or not any more. */
    public void refuseWrites(boolean refuse) throws SQLException {
        long starts = leash.status().map(Leash.Status::starts).orElse(0L);
        if (refuses.equals(Optional.of(refuse)) && startsThen == starts) {
            return;
        }
        String present;
        try (Connection own = connect(settings.address());
                Statement statement = own.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT setting FROM pg_file_settings"
                                + " WHERE name = 'default_transaction_read_only' AND sourcefile LIKE '%/postgresql.auto.conf'")) {
            present = rows.next() ? rows.getString(1) : "";
        }
        if (refuse != present.equals("on")) {
            execute(
                    Duration.ofSeconds(10),
                    List.of(
                            refuse
                                    ? "ALTER SYSTEM SET default_transaction_read_only = 'on'"
                                    : "ALTER SYSTEM RESET default_transaction_read_only",
                            "SELECT pg_reload_conf()"));
            Log.info(refuse ? "transactions are read-only now" : "transactions may write again");
        }
        refuses = Optional.of(refuse);
        startsThen = starts;
    }

    /** Ends the sessions whose transaction has written something. */
    public void disconnectWriters() throws SQLException {
        execute(
                Duration.ofSeconds(10),
                List.of(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                + " WHERE backend_type = 'client backend' AND backend_xid IS NOT NULL AND usename <> current_user"));
        Log.info("disconnected those who were writing");
    }

    /**
     * Lets commits wait for one of these nodes, or for none. On a standby this holds from its promotion on.
     *
     * @param nodes names without quotes in them
     */
    public void waitForOneOf(Set<String> nodes) throws SQLException {
        String names = nodes.isEmpty()
                ? ""
                : new TreeSet<>(nodes)
                        .stream().map(node -> '"' + node + '"').collect(Collectors.joining(", ", "ANY 1 (", ")"));
        if (!names.equals(seen.synchronousStandbyNames())) {
            Log.info(names.isEmpty() ? "commits wait for nobody" : "commits wait for " + names);
            execute(
                    Duration.ofSeconds(10),
                    List.of("ALTER SYSTEM SET synchronous_standby_names = '" + names + "'", "SELECT pg_reload_conf()"));
        }
    }
}
