package io.paddock.spi.role;

import io.paddock.spi.connection.Blockers;
import io.paddock.spi.parameter.Parameter.Application;
import io.paddock.spi.parameter.Parameters;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.postgresql.PGConnection;

/**
 * The one database of an instance and the role that owns it. All statements may be repeated, and change nothing that is as it should be.
 *
 * <p>Settings hang on the database, so that they go wherever it goes: restart, new machine, standby.
 */
public final class ApplicationDatabase {

    public static final String NAME = "app";
    static final String OWNER = "app_owner";

    private static final String DATABASES = "pg_catalog.pg_database";

    /** A database lets everybody in until that is revoked. */
    private static final String OPEN_DATABASES = """
            SELECT d.datname FROM pg_catalog.pg_database d
             WHERE d.datallowconn
               AND (d.datacl IS NULL OR EXISTS (SELECT FROM pg_catalog.aclexplode(d.datacl) a WHERE a.grantee = 0))
            """;

    private static final String IS_CLOSED_TO_APPLICATIONS = """
            SELECT FROM pg_catalog.pg_database d
             WHERE d.datname = ?::pg_catalog.name
               AND (NOT d.datallowconn OR d.datconnlimit <> -1
                    OR EXISTS (SELECT FROM (VALUES ('CONNECT'), ('CREATE'), ('TEMPORARY')) wanted (privilege)
                                WHERE NOT EXISTS (SELECT FROM pg_catalog.aclexplode(
                                        coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a
                                    WHERE a.grantee = 'app_owner'::pg_catalog.regrole
                                      AND a.privilege_type = wanted.privilege)))
            """;

    /**
     * An application acts as the owner, but its sessions are its login role's: without these it could neither see its own queries nor cancel them.
     * What the administrator does is in sight then, so {@link io.paddock.spi.connection.AdminConnections} has it not shown, and servers of releases that
     * show something say nothing of {@code paddock.hides_administration}.
     */
    private static final List<String> HARMLESS = List.of("pg_signal_backend", "pg_read_all_stats");

    private static final String HIDES_ADMINISTRATION =
            "SELECT WHERE pg_catalog.current_setting('paddock.hides_administration', true) = ?::pg_catalog.text";

    private static final String HAS_ALL_THAT_IS_HARMLESS = """
            SELECT FROM pg_catalog.pg_auth_members m
             WHERE m.member = ?::pg_catalog.regrole
               AND m.roleid IN ('pg_signal_backend'::pg_catalog.regrole, 'pg_read_all_stats'::pg_catalog.regrole)
            HAVING pg_catalog.count(*) = 2
            """;

    private ApplicationDatabase() {}

    /** @param connection to another database, in autocommit, since databases are not made in transactions */
    public static void ensure(Connection connection, Blockers blockers) throws SQLException {
        if (!exists(connection, "SELECT FROM pg_catalog.pg_roles WHERE rolname = ?::pg_catalog.name", OWNER)) {
            execute(connection, "CREATE ROLE " + OWNER + " NOLOGIN");
        }
        if (!exists(connection, "SELECT FROM pg_catalog.pg_database WHERE datname = ?::pg_catalog.name", NAME)) {
            // It takes as long as the disk takes, and goes on when its caller has given up: a repeat finds it.
            execute(connection, "SET statement_timeout = 0");
            execute(connection, "SET client_connection_check_interval = 0");
            execute(connection, "CREATE DATABASE " + NAME + " OWNER " + OWNER);
            execute(connection, "RESET statement_timeout");
            execute(connection, "RESET client_connection_check_interval");
        }
        List<String> open = openDatabases(connection);
        if (!open.isEmpty()) {
            // Applications get into their own database only: from another one they could drop it.
            Transactions.run(connection, () -> {
                Transactions.lock(connection, blockers, DATABASES);
                for (String name : open) {
                    execute(connection, "REVOKE ALL ON DATABASE " + identifier(connection, name) + " FROM PUBLIC");
                }
            });
        }
        open(connection, blockers);
    }

    private static List<String> openDatabases(Connection connection) throws SQLException {
        List<String> names = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(OPEN_DATABASES)) {
            while (rows.next()) {
                names.add(rows.getString(1));
            }
        }
        return names;
    }

    /** The owner may close its database to itself: what a binding's role needs is there again after each bind and each update. */
    static void open(Connection connection, Blockers blockers) throws SQLException {
        if (exists(connection, HIDES_ADMINISTRATION, "on") && !exists(connection, HAS_ALL_THAT_IS_HARMLESS, OWNER)) {
            Transactions.run(connection, () -> {
                Transactions.lock(connection, blockers, BindingRole.ROLES);
                execute(connection, "GRANT " + String.join(", ", HARMLESS) + " TO " + OWNER);
            });
        }
        if (exists(connection, IS_CLOSED_TO_APPLICATIONS, NAME)) {
            Transactions.run(connection, () -> {
                Transactions.lock(connection, blockers, DATABASES);
                execute(connection, "ALTER DATABASE " + NAME + " WITH ALLOW_CONNECTIONS true CONNECTION LIMIT -1");
                execute(connection, "GRANT ALL ON DATABASE " + NAME + " TO " + OWNER);
            });
        }
    }

    /** Makes the database's settings those that are given; all others that users may set become PostgreSQL's default. */
    public static void apply(Connection connection, Blockers blockers, Map<String, Object> settings)
            throws SQLException {
        List<String> changes = changes(connection, settings);
        if (!changes.isEmpty()) {
            Transactions.run(connection, () -> {
                Transactions.lock(connection, blockers, "pg_catalog.pg_db_role_setting");
                for (String change : changes) {
                    execute(connection, "ALTER DATABASE " + NAME + " " + change);
                }
            });
        }
    }

    private static List<String> changes(Connection connection, Map<String, Object> settings) throws SQLException {
        List<String> changes = new ArrayList<>();
        Map<String, String> present = settings(connection);
        for (String name : Parameters.names(Application.DATABASE)) {
            Object value = settings.get(name);
            String now = present.get(name.toLowerCase(Locale.ROOT));
            if (value == null && now != null) {
                changes.add("RESET " + name);
            } else if (value != null && !value.toString().equals(now)) {
                changes.add("SET " + name + " TO " + literal(connection, value.toString()));
            }
        }
        return changes;
    }

    /** By name, in lower case. */
    private static Map<String, String> settings(Connection connection) throws SQLException {
        Map<String, String> settings = new TreeMap<>();
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT s.setconfig FROM pg_catalog.pg_db_role_setting s
                  JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
                 WHERE s.setrole = 0 AND d.datname = ?::pg_catalog.name
                """)) {
            statement.setString(1, NAME);
            try (ResultSet row = statement.executeQuery()) {
                if (row.next()) {
                    Array stored = row.getArray(1);
                    for (String setting : (String[]) stored.getArray()) {
                        int end = setting.indexOf('=');
                        settings.put(setting.substring(0, end).toLowerCase(Locale.ROOT), setting.substring(end + 1));
                    }
                }
            }
        }
        return settings;
    }

    static boolean exists(Connection connection, String query, String name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            statement.setString(1, name);
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next();
            }
        }
    }

    static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    static String literal(Connection connection, String text) throws SQLException {
        return "'" + connection.unwrap(PGConnection.class).escapeLiteral(text) + "'";
    }

    static String identifier(Connection connection, String name) throws SQLException {
        return connection.unwrap(PGConnection.class).escapeIdentifier(name);
    }
}
