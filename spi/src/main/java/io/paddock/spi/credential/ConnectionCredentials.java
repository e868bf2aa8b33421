package io.paddock.spi.credential;

import io.paddock.contracts.spi.BindingCredentials;
import io.paddock.contracts.spi.BindingCredentials.Endpoint;
import io.paddock.spi.connection.Server;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What an application is given. The URIs ask for TLS without checking the server, since a URI can't carry a CA; who checks uses
 * {@code ca} and {@code sslmode}, which stand beside them.
 */
final class ConnectionCredentials {

    /** Beside it, hostRecheckSeconds: PgJDBC takes a standby for one for ten seconds by default, and a failover is quicker. */
    private static final int CONNECT_SECONDS = 5;

    private ConnectionCredentials() {}

    static BindingCredentials of(Server server, String database, String username, String password) {
        String addresses =
                server.hosts().stream().map(host -> host + ":" + server.port()).collect(Collectors.joining(","));
        // A single server is the right one also while a full disk makes it read-only.
        boolean isCluster = server.hosts().size() > 1;
        Map<String, Object> credentials = new LinkedHashMap<>();
        credentials.put(
                "uri",
                "postgresql://" + username + ":" + password + "@" + addresses + "/" + database
                        + "?sslmode=require" + (isCluster ? "&target_session_attrs=read-write" : "")
                        + "&connect_timeout=" + CONNECT_SECONDS);
        credentials.put(
                "jdbcUrl",
                "jdbc:postgresql://" + addresses + "/" + database + "?user=" + username + "&password=" + password
                        + "&sslmode=require"
                        + (isCluster ? "&targetServerType=primary&hostRecheckSeconds=1" : "") + "&connectTimeout="
                        + CONNECT_SECONDS);
        credentials.put("host", server.hosts().get(0));
        credentials.put("hosts", server.hosts());
        credentials.put("port", server.port());
        credentials.put("dbname", database);
        credentials.put("username", username);
        credentials.put("password", password);
        credentials.put("sslmode", "verify-full");
        credentials.put("ca", server.ca());
        return new BindingCredentials(
                credentials,
                server.hosts().stream()
                        .map(host -> new Endpoint(host, List.of(Integer.toString(server.port()))))
                        .toList());
    }
}
