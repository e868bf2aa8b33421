package io.paddock.spi.role;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.postgresql.PGConnection;

/**
 * The login role of one binding. Its name is a hash of the binding's id, so that a repeat after a crash finds it; it acts as the
 * database's owner, so that what one application creates the others may alter, and what it leaves behind stays.
 */
public final class BindingRole {

    private static final int NAME_BYTES = 12;
    private static final int PASSWORD_LENGTH = 40;
    private static final int TERMINATION_MS = 2_000;
    private static final String ALPHANUMERIC = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private static final SecureRandom RANDOM = new SecureRandom();

    private static final Pattern NAME = Pattern.compile("b[0-9a-f]{" + 2 * NAME_BYTES + "}");

    private BindingRole() {}

    /** Whether a role of this name can be a binding's. */
    public static boolean isName(String role) {
        return NAME.matcher(role).matches();
    }

    /** Login roles that are named like those of bindings, sorted. */
    public static List<String> all(Connection connection) throws SQLException {
        List<String> names = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT rolname FROM pg_roles WHERE rolcanlogin ORDER BY 1")) {
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
     * Creates the role, or gives the existing one a new password. The server sees only the password's SCRAM verifier.
     *
     * @param connection to the application's database, in autocommit
     * @param stillWanted asked right before the change is made to last; if not, nothing is changed
     * @throws SQLException also when it is not wanted any more
     */
    public static void ensure(Connection connection, String name, String password, BooleanSupplier stillWanted)
            throws SQLException {
        connection.setAutoCommit(false);
        lock(connection, name);
        if (!exists(connection, name)) {
            ApplicationDatabase.execute(
                    connection, "CREATE ROLE " + name + " LOGIN INHERIT IN ROLE " + ApplicationDatabase.OWNER);
            ApplicationDatabase.execute(connection, "ALTER ROLE " + name + " SET role TO " + ApplicationDatabase.OWNER);
        }
        connection.unwrap(PGConnection.class).alterUserPassword(name, password.toCharArray(), "scram-sha-256");
        if (!stillWanted.getAsBoolean()) {
            connection.rollback();
            throw new SQLException("the caller does not wait for role " + name + " any more", "57014");
        }
        connection.commit();
    }

    /** Ends the role's sessions, hands what it owns to the owner and removes it; an absent role is fine. */
    public static void drop(Connection connection, String name) throws SQLException {
        connection.setAutoCommit(false);
        // A bind that is still at work ends before this goes on.
        lock(connection, name);
        if (!exists(connection, name)) {
            connection.rollback();
            return;
        }
        ApplicationDatabase.execute(connection, "ALTER ROLE " + name + " NOLOGIN");
        connection.commit();
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT pg_terminate_backend(pid, ?) FROM pg_stat_activity WHERE usename = ?")) {
            statement.setInt(1, TERMINATION_MS);
            statement.setString(2, name);
            statement.execute();
        }
        lock(connection, name);
        if (exists(connection, name)) {
            ApplicationDatabase.execute(connection, "REASSIGN OWNED BY " + name + " TO " + ApplicationDatabase.OWNER);
            ApplicationDatabase.execute(connection, "DROP OWNED BY " + name);
            ApplicationDatabase.execute(connection, "DROP ROLE " + name);
        }
        connection.commit();
    }

    private static boolean exists(Connection connection, String name) throws SQLException {
        return ApplicationDatabase.exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = ?", name);
    }

    private static void lock(Connection connection, String name) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))")) {
            statement.setString(1, name);
            statement.execute();
        }
    }
}
