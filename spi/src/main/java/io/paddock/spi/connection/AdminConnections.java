package io.paddock.spi.connection;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** Opens connections as the administrator, to the primary, over TLS with the instance's CA and the server's name checked. */
@Component
public class AdminConnections {

    private static final String CONNECT_SECONDS = "2";
    private static final String SOCKET_SECONDS = "4";

    /** What users set for their database is not meant for the administrator; and no statement with a secret is logged. */
    private static final String OPTIONS = Stream.of(
                    "statement_timeout=0",
                    "lock_timeout=0",
                    "idle_session_timeout=0",
                    "idle_in_transaction_session_timeout=0",
                    "default_transaction_read_only=off",
                    "log_statement=none",
                    "log_min_duration_statement=-1")
            .map(setting -> "-c " + setting)
            .collect(Collectors.joining(" "));

    /** @throws SQLException when no primary answers in time or refuses */
    public Connection open(Server server, String database) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", server.adminUsername());
        properties.setProperty("password", server.adminPassword());
        properties.setProperty("sslmode", "verify-full");
        properties.setProperty("sslfactory", "org.postgresql.ssl.SingleCertValidatingFactory");
        properties.setProperty("sslfactoryarg", server.ca());
        properties.setProperty("targetServerType", "primary");
        // The driver remembers who was a standby, ten seconds by default: a failover is quicker.
        properties.setProperty("hostRecheckSeconds", "0");
        properties.setProperty("connectTimeout", CONNECT_SECONDS);
        properties.setProperty("socketTimeout", SOCKET_SECONDS);
        properties.setProperty("ApplicationName", "paddock");
        properties.setProperty("options", OPTIONS);
        String hosts =
                server.hosts().stream().map(host -> host + ":" + server.port()).collect(Collectors.joining(","));
        return DriverManager.getConnection("jdbc:postgresql://" + hosts + "/" + database, properties);
    }
}
