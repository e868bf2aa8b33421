package io.paddock.acceptance;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** A database as an application sees it that checks whom it talks to. */
final class Database {

    private Database() {}

    static Connection connect(JsonNode credentials) throws SQLException {
        return connect(credentials, Map.of());
    }

    /** The primary among all hosts. */
    static Connection connect(JsonNode credentials, Map<String, String> more) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", credentials.path("username").asString());
        properties.setProperty("password", credentials.path("password").asString());
        properties.setProperty("sslmode", credentials.path("sslmode").asString());
        properties.setProperty("sslfactory", "org.postgresql.ssl.SingleCertValidatingFactory");
        properties.setProperty("sslfactoryarg", credentials.path("ca").asString());
        properties.setProperty("connectTimeout", "2");
        properties.setProperty("targetServerType", "primary");
        properties.setProperty("hostRecheckSeconds", "0");
        properties.putAll(more);
        String hosts = credentials
                .path("hosts")
                .valueStream()
                .map(host -> host.asString() + ":" + credentials.path("port").asInt())
                .collect(Collectors.joining(","));
        return DriverManager.getConnection(
                "jdbc:postgresql://" + hosts + "/" + credentials.path("dbname").asString(), properties);
    }

    /** Runs the statements in one session and returns the first value that the last one answers. */
    static String query(JsonNode credentials, String... statements) throws SQLException {
        try (Connection connection = connect(credentials);
                Statement statement = connection.createStatement()) {
            for (String sql : List.of(statements).subList(0, statements.length - 1)) {
                statement.execute(sql);
            }
            try (ResultSet rows = statement.executeQuery(statements[statements.length - 1])) {
                return rows.next() ? rows.getString(1) : "";
            }
        }
    }

    static void execute(JsonNode credentials, String... statements) throws SQLException {
        try (Connection connection = connect(credentials);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    static boolean answers(JsonNode credentials) {
        try {
            return query(credentials, "select 1").equals("1");
        } catch (SQLException away) {
            return false;
        }
    }
}
