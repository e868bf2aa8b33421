package io.paddock.spi.health;

import io.paddock.contracts.spi.Verification;
import io.paddock.contracts.spi.VerificationRequest;
import io.paddock.spi.connection.AdminConnections;
import io.paddock.spi.connection.Server;
import io.paddock.spi.role.ApplicationDatabase;
import io.paddock.spi.role.ServerSettings;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import org.springframework.stereotype.Component;

/** Makes a deployed server ready for bindings, and asks it a question to see that it is. */
@Component
public class VerifyInstance {

    private static final String MAINTENANCE_DATABASE = "postgres";

    private final AdminConnections connections;

    VerifyInstance(AdminConnections connections) {
        this.connections = connections;
    }

    public Verification verify(String instanceId, VerificationRequest request) {
        Server server = Server.of(request.outputs());
        try {
            OffsetDateTime reloaded;
            try (Connection connection = connections.open(server, MAINTENANCE_DATABASE)) {
                ApplicationDatabase.ensure(connection);
                ApplicationDatabase.apply(connection, request.liveSettings());
                reloaded = ServerSettings.apply(connection, request.liveSettings());
            }
            try (Connection connection = connections.open(server, ApplicationDatabase.NAME);
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT current_setting('server_version')")) {
                row.next();
                if (!ServerSettings.areInForce(connection, reloaded)) {
                    return new Verification(false, "the server has not read its settings yet");
                }
                return new Verification(true, "PostgreSQL " + row.getString(1) + " answers");
            }
        } catch (SQLException failure) {
            return new Verification(false, "SQLSTATE " + failure.getSQLState() + ", " + failure.getMessage());
        }
    }
}
