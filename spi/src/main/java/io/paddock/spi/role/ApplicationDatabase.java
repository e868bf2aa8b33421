package io.paddock.spi.role;

import io.paddock.spi.parameter.Parameter.Application;
import io.paddock.spi.parameter.Parameters;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.postgresql.PGConnection;

/**
 * The one database of an instance and the role that owns it. All statements may be repeated.
 *
 * <p>Settings hang on the database, so that they go wherever it goes: restart, new machine, standby.
 */
public final class ApplicationDatabase {

    public static final String NAME = "app";
    static final String OWNER = "app_owner";

    private ApplicationDatabase() {}

    /** @param connection to another database, in autocommit, since databases are not made in transactions */
    public static void ensure(Connection connection) throws SQLException {
        if (!exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = ?", OWNER)) {
            execute(connection, "CREATE ROLE " + OWNER + " NOLOGIN");
        }
        if (!exists(connection, "SELECT 1 FROM pg_database WHERE datname = ?", NAME)) {
            execute(connection, "CREATE DATABASE " + NAME + " OWNER " + OWNER);
        }
        // Every database lets everybody in until that is revoked.
        execute(connection, "REVOKE ALL ON DATABASE " + NAME + " FROM PUBLIC");
    }

    /** Makes the database's settings those that are given; all others that users may set become PostgreSQL's default. */
    public static void apply(Connection connection, Map<String, Object> settings) throws SQLException {
        String database = "ALTER DATABASE " + NAME;
        for (String name : Parameters.names(Application.DATABASE)) {
            Object value = settings.get(name);
            execute(
                    connection,
                    value == null
                            ? database + " RESET " + name
                            : database + " SET " + name + " TO " + literal(connection, value.toString()));
        }
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
}
