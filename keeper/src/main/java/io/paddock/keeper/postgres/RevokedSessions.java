package io.paddock.keeper.postgres;

import io.paddock.keeper.system.Log;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Ends, on this node, the sessions of roles that may not log in any more: PostgreSQL itself lets a session go on when its role is gone. A standby
 * may be behind the primary for as long as somebody's query holds up what it has to apply, so there the primary's word counts as well.
 *
 * <p>A session that has only begun to start is not listed, and any client may make that take half an hour (post_auth_delay), though its password has
 * been checked. It is known by its lock on the database. Those are ended that were there when a role lost its access, or at the next look, and still start a moment later.
 */
public final class RevokedSessions {

    private static final Duration INTERVAL = Duration.ofSeconds(1);
    /** That a session of somebody who still has access may take to start on a busy machine. One that shows itself is seen the next time. */
    private static final Duration START = Duration.ofMillis(800);

    /** Far more than a start takes in which nothing is waited for. */
    private static final Duration HIDING = Duration.ofSeconds(3);

    private static final String LOGINS =
            "SELECT 'login' AS kind, oid::pg_catalog.int8 AS number, 0::pg_catalog.int8 AS role FROM pg_catalog.pg_roles WHERE rolcanlogin";

    private static final String LOOK = LOGINS + """
             UNION ALL
            SELECT 'session', pid, usesysid::pg_catalog.int8 FROM pg_catalog.pg_stat_activity
             WHERE backend_type = 'client backend' AND usesysid IS NOT NULL
               AND usesysid NOT IN (SELECT oid FROM pg_catalog.pg_roles WHERE rolsuper)
             UNION ALL
            SELECT DISTINCT 'starting', l.pid,
                   (EXISTS (SELECT FROM pg_catalog.pg_locks w WHERE w.pid = l.pid AND NOT w.granted))::pg_catalog.int4::pg_catalog.int8 FROM pg_catalog.pg_locks l
             WHERE l.locktype = 'object' AND l.classid = 'pg_catalog.pg_database'::pg_catalog.regclass
               AND l.mode = 'RowExclusiveLock' AND l.granted AND l.pid IS NOT NULL
               AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.pid = l.pid)
            """;

    private Optional<Duration> lookedAt = Optional.empty();
    private Set<Long> allowedThen = Set.of();
    private Set<Long> suspects = Set.of();
    private final Map<Long, Duration> idlingSince = new HashMap<>();
    private Optional<Duration> suspectedAt = Optional.empty();
    private boolean looksForLate;

    /** Roles of applications that have sessions here. */
    private volatile Set<Long> present = Set.of();
    /** Roles among these that may not log in on the primary. */
    private volatile Set<Long> refusedByPrimary = Set.of();

    /** Looks, and ends what has to end; does nothing if it is not time for that. What fails is tried again: it says nothing of the server. */
    void look(Connection own, Duration now) {
        boolean isSuspicious = suspectedAt
                .filter(since -> now.minus(since).compareTo(START) >= 0)
                .isPresent();
        if (!isSuspicious
                && lookedAt.filter(last -> now.minus(last).compareTo(INTERVAL) < 0)
                        .isPresent()) {
            return;
        }
        lookedAt = Optional.of(now);
        try {
            endRevoked(own, now, isSuspicious);
        } catch (SQLException failure) {
            Log.warn("can't end sessions", failure);
        }
    }

    private void endRevoked(Connection own, Duration now, boolean isSuspicious) throws SQLException {
        Set<Long> allowed = new HashSet<>();
        Map<Long, Long> sessions = new HashMap<>();
        Set<Long> starting = new HashSet<>();
        Set<Long> idling = new HashSet<>();
        try (Statement statement = own.createStatement();
                ResultSet rows = statement.executeQuery(LOOK)) {
            while (rows.next()) {
                switch (rows.getString(1)) {
                    case "login" -> allowed.add(rows.getLong(2));
                    case "session" -> sessions.put(rows.getLong(2), rows.getLong(3));
                    default -> {
                        starting.add(rows.getLong(2));
                        if (rows.getLong(3) == 0) {
                            idling.add(rows.getLong(2));
                        }
                    }
                }
            }
        }
        present = Set.copyOf(sessions.values());
        allowed.removeAll(refusedByPrimary);
        for (Map.Entry<Long, Long> session : sessions.entrySet()) {
            long role = session.getValue();
            if (refusedByPrimary.contains(role)) {
                end(own, session.getKey(), "", "the primary says that its role has no access any more");
            } else if (!allowed.contains(role)) {
                // Asked again: the role may be newer than the list of roles.
                end(
                        own,
                        session.getKey(),
                        " WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolcanlogin AND oid = " + role + ")",
                        "its role has no access any more");
            }
        }
        endHiding(own, idling, now);
        if (isSuspicious) {
            for (long pid : suspects) {
                if (starting.contains(pid)) {
                    end(own, pid, "", "it hid while it started, when a role lost its access");
                }
            }
            Set<Long> late = new HashSet<>(starting);
            late.removeAll(suspects);
            suspect(looksForLate && !late.isEmpty() ? late : Set.of(), now);
            looksForLate = false;
        }
        if (!allowed.containsAll(allowedThen)) {
            // Who was let in before that may take his lock a moment after this look.
            looksForLate = true;
            suspects = starting;
            suspectedAt = Optional.of(now);
        }
        allowedThen = allowed;
    }

    /** A role may come and go between two looks; so whoever takes long to start, and waits for no lock, ends in any case. */
    private void endHiding(Connection own, Set<Long> idling, Duration now) throws SQLException {
        idlingSince.keySet().retainAll(idling);
        for (long pid : idling) {
            Duration since = idlingSince.computeIfAbsent(pid, seen -> now);
            if (now.minus(since).compareTo(HIDING) >= 0) {
                end(own, pid, "", "it hides while it starts");
            }
        }
    }

    private void suspect(Set<Long> pids, Duration now) {
        suspects = pids;
        suspectedAt = pids.isEmpty() ? Optional.empty() : Optional.of(now);
    }

    private static void end(Connection own, long pid, String condition, String reason) throws SQLException {
        try (Statement statement = own.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT pg_catalog.pg_terminate_backend(" + pid + ")" + condition)) {
            if (row.next()) {
                Log.info("session " + pid + (row.getBoolean(1) ? " was told to end: " : " had ended: ") + reason);
            }
        }
    }

    /** Whether roles have sessions here that the primary should be asked about. */
    boolean arePresent() {
        return !present.isEmpty();
    }

    /** Takes the word of the primary; nobody else's. */
    void compare(Connection primary) throws SQLException {
        // In this order: a role that has a session here was known to the primary before.
        Set<Long> asked = present;
        if (!isPrimary(primary)) {
            return;
        }
        Set<Long> logins = new HashSet<>();
        try (Statement statement = primary.createStatement();
                ResultSet rows = statement.executeQuery(LOGINS)) {
            while (rows.next()) {
                logins.add(rows.getLong(2));
            }
        }
        Set<Long> refused = new HashSet<>(asked);
        refused.removeAll(logins);
        refusedByPrimary = Set.copyOf(refused);
    }

    private static boolean isPrimary(Connection other) throws SQLException {
        try (Statement statement = other.createStatement();
                ResultSet row = statement.executeQuery("SELECT NOT pg_catalog.pg_is_in_recovery()")) {
            return row.next() && row.getBoolean(1);
        }
    }

    /** This node follows nobody whose word would count. */
    void forgetPrimary() {
        refusedByPrimary = Set.of();
    }
}
