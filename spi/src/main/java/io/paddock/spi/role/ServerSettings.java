package io.paddock.spi.role;

import io.paddock.spi.parameter.Parameter.Application;
import io.paddock.spi.parameter.Parameters;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.TreeMap;

/**
 * Settings of the server as a whole that a reload brings into force. They are kept in the data directory (ALTER SYSTEM), so that they
 * survive restart, a new machine and a larger disk, and go before those of the job's configuration.
 */
public final class ServerSettings {

    private ServerSettings() {}

    /**
     * Makes the settings those that are given; all others that users may set become those of the plan.
     *
     * @param connection in autocommit, since ALTER SYSTEM is not made in transactions
     * @return when the server was told to read them
     */
    public static OffsetDateTime apply(Connection connection, Map<String, Object> settings) throws SQLException {
        Map<String, String> stored = stored(connection);
        for (String name : Parameters.names(Application.SERVER)) {
            Object value = settings.get(name);
            if (value == null && stored.containsKey(name)) {
                ApplicationDatabase.execute(connection, "ALTER SYSTEM RESET " + name);
            } else if (value != null && !value.toString().equals(stored.get(name))) {
                ApplicationDatabase.execute(
                        connection,
                        "ALTER SYSTEM SET " + name + " TO "
                                + ApplicationDatabase.literal(connection, value.toString()));
            }
        }
        for (String name : Parameters.names(Application.KEEPER)) {
            // With the role it comes to all nodes, and stays through a failover; a keeper looks every second.
            boolean on = "on".equals(settings.get(name));
            if (!on
                    && !ApplicationDatabase.exists(
                            connection,
                            "SELECT FROM pg_catalog.pg_roles WHERE rolname = ?::pg_catalog.name",
                            "repmgr")) {
                // An instance of a release that had no keepers.
                continue;
            }
            ApplicationDatabase.execute(
                    connection,
                    "ALTER ROLE repmgr " + (on ? "SET paddock." + name + " TO 'on'" : "RESET paddock." + name));
        }
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT pg_catalog.clock_timestamp(), pg_catalog.pg_reload_conf()")) {
            row.next();
            return row.getObject(1, OffsetDateTime.class);
        }
    }

    /** Whether a new session of the server has read its configuration since then. */
    public static boolean areInForce(Connection session, OffsetDateTime since) throws SQLException {
        try (PreparedStatement statement =
                session.prepareStatement("SELECT pg_catalog.pg_conf_load_time() >= ?::pg_catalog.timestamptz")) {
            statement.setObject(1, since);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    private static Map<String, String> stored(Connection connection) throws SQLException {
        Map<String, String> stored = new TreeMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT name, setting FROM pg_catalog.pg_file_settings"
                        + " WHERE sourcefile = pg_catalog.current_setting('data_directory') || '/postgresql.auto.conf'"
                        + " AND name IS NOT NULL AND error IS NULL")) {
            while (rows.next()) {
                stored.put(rows.getString(1), rows.getString(2));
            }
        }
        return stored;
    }
}
