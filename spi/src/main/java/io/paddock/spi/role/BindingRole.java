package io.paddock.spi.role;

import io.paddock.spi.connection.Blockers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.postgresql.PGConnection;

/**
 * The login role of one binding. Its name is a hash of the binding's id, so that a repeat after a crash finds it; it acts as the
 * database's owner, so that what one application creates the others may alter, and what it leaves behind stays.
 *
 * <p>It ends in two parts. {@link #revoke} ends access, whatever the application does; {@link RevokedRole} hands over what the role owns, which
 * may take long or have to wait, and drops it. All connections here lead to a database that no application gets into.
 */
public final class BindingRole {

    private static final int NAME_BYTES = 12;
    private static final int PASSWORD_LENGTH = 40;
    private static final Duration TERMINATION = Duration.ofSeconds(1);
    private static final Duration START = Duration.ofMillis(200);
    private static final String ALPHANUMERIC = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private static final SecureRandom RANDOM = new SecureRandom();

    private static final Pattern NAME = Pattern.compile("b[0-9a-f]{" + 2 * NAME_BYTES + "}");

    /** What roles, their memberships and their settings stand in. */
    static final String ROLES = "pg_catalog.pg_authid, pg_catalog.pg_auth_members, pg_catalog.pg_db_role_setting";

    /** SQLSTATE query_canceled. */
    private static final String CANCELLED = "57014";

    private static final String SESSIONS = "SELECT pid FROM pg_catalog.pg_stat_activity WHERE usesysid ="
            + " (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = ?::pg_catalog.name)";

    /**
     * Processes that have chosen a database, but are not listed: they start. Any client may make that take half an hour (post_auth_delay), and
     * its password has been checked by then.
     */
    private static final String STARTING = """
            SELECT l.pid FROM pg_catalog.pg_locks l
             WHERE l.locktype = 'object' AND l.classid = 'pg_catalog.pg_database'::pg_catalog.regclass
               AND l.mode = 'RowExclusiveLock' AND l.granted AND l.pid <> pg_catalog.pg_backend_pid()
               AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.pid = l.pid)
            """;

    /** Roles that may log in, and for whose schemas nothing is said. */
    private static final String UNSHARED = """
            SELECT rolname FROM pg_catalog.pg_roles r WHERE rolcanlogin AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_default_acl d WHERE d.defaclrole = r.oid AND d.defaclobjtype = 'n') ORDER BY 1
            """;

    private BindingRole() {}

    /** Whether a role of this name can be a binding's. */
    public static boolean isName(String role) {
        return NAME.matcher(role).matches();
    }

    /** Roles that are named like those of bindings and may log in, sorted. */
    public static List<String> all(Connection connection) throws SQLException {
        return named(connection, true);
    }

    /** Those whose access has ended, but that are still there; sorted. */
    public static List<String> revoked(Connection connection) throws SQLException {
        return named(connection, false);
    }

    private static List<String> named(Connection connection, boolean login) throws SQLException {
        List<String> names = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT rolname FROM pg_catalog.pg_roles WHERE "
                        + (login ? "rolcanlogin" : "NOT rolcanlogin") + " ORDER BY 1")) {
            while (rows.next()) {
                names.add(rows.getString(1));
            }
        }
        names.removeIf(name -> !isName(name));
        return names;
    }

    public static String name(String bindingId) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(bindingId.getBytes(StandardCharsets.UTF_8));
            return "b" + HexFormat.of().formatHex(hash, 0, NAME_BYTES);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    public static String randomPassword() {
        StringBuilder password = new StringBuilder(PASSWORD_LENGTH);
        RANDOM.ints(PASSWORD_LENGTH, 0, ALPHANUMERIC.length()).forEach(i -> password.append(ALPHANUMERIC.charAt(i)));
        return password.toString();
    }

    /**
     * Creates the role, or gives the existing one a new password and the access that it had. The server sees only the password's SCRAM verifier.
     *
     * @param connection in autocommit
     * @param stillWanted asked right before the change is made to last; if not, nothing is changed
     * @throws SQLException also when it is not wanted any more
     */
    public static void ensure(
            Connection connection, Blockers blockers, String name, String password, BooleanSupplier stillWanted)
            throws SQLException {
        ApplicationDatabase.open(connection, blockers);
        Transactions.run(connection, () -> {
            Transactions.lock(connection, blockers, ROLES);
            enable(connection, name);
            connection.unwrap(PGConnection.class).alterUserPassword(name, password.toCharArray(), "scram-sha-256");
            refuseUnless(stillWanted, name);
        });
    }

    private static void enable(Connection connection, String name) throws SQLException {
        if (canLogin(connection, name)) {
            return;
        }
        if (!exists(connection, name)) {
            ApplicationDatabase.execute(connection, "CREATE ROLE " + name);
        }
        ApplicationDatabase.execute(connection, "GRANT " + ApplicationDatabase.OWNER + " TO " + name);
        ApplicationDatabase.execute(connection, "ALTER ROLE " + name + " RESET ALL");
        ApplicationDatabase.execute(connection, "ALTER ROLE " + name + " SET role TO " + ApplicationDatabase.OWNER);
        ApplicationDatabase.execute(connection, "ALTER ROLE " + name + " LOGIN");
    }

    /**
     * Lets the owner, and so all bindings, use what a binding's role makes as itself (SET ROLE NONE) from now on; the owner's it becomes with the unbind.
     *
     * @param application to the application's database
     * @see <a href="https://www.postgresql.org/docs/15/sql-alterdefaultprivileges.html">ALTER DEFAULT PRIVILEGES</a>
     */
    public static void share(Connection application) throws SQLException {
        List<String> names = new ArrayList<>();
        try (Statement statement = application.createStatement();
                ResultSet rows = statement.executeQuery(UNSHARED)) {
            while (rows.next()) {
                names.add(rows.getString(1));
            }
        }
        names.removeIf(name -> !isName(name));
        for (String name : names) {
            ApplicationDatabase.execute(
                    application,
                    Stream.of("TABLES", "SEQUENCES", "SCHEMAS")
                            .map(kind -> "ALTER DEFAULT PRIVILEGES FOR ROLE " + name + " GRANT ALL ON " + kind + " TO "
                                    + ApplicationDatabase.OWNER)
                            .collect(Collectors.joining("; ")));
        }
    }

    /**
     * Ends the role's access: nobody logs in with it any more, it is no member of the owner, and its sessions on this server have ended. Nothing
     * that an application may hold stands in the way of that. An absent role is fine.
     *
     * @param connection in autocommit
     * @param stillWanted asked right before the change
     * @return whether there is such a role
     * @throws SQLException also when it is not wanted any more, or a session does not end
     */
    public static boolean revoke(Connection connection, Blockers blockers, String name, BooleanSupplier stillWanted)
            throws SQLException {
        refuseUnless(stillWanted, name);
        Transactions.run(connection, () -> {
            Transactions.lock(connection, blockers, ROLES);
            disable(connection, name);
            refuseUnless(stillWanted, name);
        });
        if (!exists(connection, name)) {
            return false;
        }
        Set<Integer> starting = starting(connection);
        endSessions(connection, name);
        if (!starting.isEmpty()) {
            LockSupport.parkNanos(START.toNanos());
            starting.retainAll(starting(connection));
            // Who has not started by now does not want to be seen.
            for (int pid : starting) {
                terminate(connection, pid, Duration.ZERO);
            }
            endSessions(connection, name);
        }
        return true;
    }

    private static void disable(Connection connection, String name) throws SQLException {
        if (exists(connection, name)) {
            ApplicationDatabase.execute(connection, "ALTER ROLE " + name + " NOLOGIN PASSWORD NULL");
            ApplicationDatabase.execute(connection, "REVOKE " + ApplicationDatabase.OWNER + " FROM " + name);
        }
    }

    private static void endSessions(Connection connection, String name) throws SQLException {
        long end = System.nanoTime() + TERMINATION.toNanos();
        List<Integer> sessions = sessions(connection, name);
        for (int pid : sessions) {
            terminate(connection, pid, Duration.ZERO);
        }
        for (int pid : sessions) {
            Duration left = Duration.ofNanos(Math.max(1_000_000, end - System.nanoTime()));
            terminate(connection, pid, left);
        }
        List<Integer> left = sessions(connection, name);
        if (!left.isEmpty()) {
            throw new SQLException("sessions " + left + " of role " + name + " do not end", CANCELLED);
        }
    }

    /** @param patience how long to wait for the end; not at all if it is zero */
    private static void terminate(Connection connection, int pid, Duration patience) throws SQLException {
        ApplicationDatabase.execute(
                connection, "SELECT pg_catalog.pg_terminate_backend(" + pid + ", " + patience.toMillis() + ")");
    }

    private static List<Integer> sessions(Connection connection, String name) throws SQLException {
        List<Integer> sessions = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(SESSIONS)) {
            statement.setString(1, name);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    sessions.add(rows.getInt(1));
                }
            }
        }
        return sessions;
    }

    /** Processes that have chosen a database, but are not listed yet. */
    public static Set<Integer> starting(Connection connection) throws SQLException {
        Set<Integer> starting = new HashSet<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(STARTING)) {
            while (rows.next()) {
                starting.add(rows.getInt(1));
            }
        }
        return starting;
    }

    /** Ends those that have been starting since then: whoever owns a database can keep everybody waiting who wants to get in. */
    public static void endStarting(Connection connection, Set<Integer> before) throws SQLException {
        for (int pid : starting(connection)) {
            if (!before.contains(pid)) {
                terminate(connection, pid, Duration.ZERO);
            }
        }
    }

    public static boolean exists(Connection connection, String name) throws SQLException {
        return ApplicationDatabase.exists(
                connection, "SELECT FROM pg_catalog.pg_roles WHERE rolname = ?::pg_catalog.name", name);
    }

    static boolean canLogin(Connection connection, String name) throws SQLException {
        return ApplicationDatabase.exists(
                connection, "SELECT FROM pg_catalog.pg_roles WHERE rolcanlogin AND rolname = ?::pg_catalog.name", name);
    }

    private static void refuseUnless(BooleanSupplier wanted, String name) throws SQLException {
        if (!wanted.getAsBoolean()) {
            throw new SQLException("the caller does not wait for role " + name + " any more", CANCELLED);
        }
    }
}
