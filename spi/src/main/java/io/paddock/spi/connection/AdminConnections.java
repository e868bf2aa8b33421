package io.paddock.spi.connection;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Opens connections as the administrator, to the primary, over TLS with the instance's CA and the server's name checked. */
@Component
public class AdminConnections {

    private static final String CONNECT_SECONDS = "2";
    private static final String SOCKET_SECONDS = "4";

    /** @throws SQLException when no primary answers in time or refuses */
    public Connection open(Server server, String database) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", server.adminUsername());
        properties.setProperty("password", server.adminPassword());
        properties.setProperty("sslmode", "verify-full");
        properties.setProperty("sslfactory", "org.postgresql.ssl.SingleCertValidatingFactory");
        properties.setProperty("sslfactoryarg", server.ca());
        properties.setProperty("targetServerType", "primary");
        properties.setProperty("connectTimeout", CONNECT_SECONDS);
        properties.setProperty("socketTimeout", SOCKET_SECONDS);
        properties.setProperty("ApplicationName", "paddock");
        String hosts =
                server.hosts().stream().map(host -> host + ":" + server.port()).collect(Collectors.joining(","));
        return DriverManager.getConnection("jdbc:postgresql://" + hosts + "/" + database, properties);
    }
}
