package io.paddock.spi.credential;

import io.paddock.contracts.service.ProblemException;
import io.paddock.contracts.spi.BindingCredentials;
import io.paddock.contracts.spi.BindingRequest;
import io.paddock.spi.connection.AdminConnections;
import io.paddock.spi.connection.Server;
import io.paddock.spi.role.ApplicationDatabase;
import io.paddock.spi.role.BindingRole;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import org.springframework.stereotype.Component;

/** Makes and removes the login roles of bindings. */
@Component
public class Bind {

    private final AdminConnections connections;
    private final Clock clock;

    Bind(AdminConnections connections, Clock clock) {
        this.connections = connections;
        this.clock = clock;
    }

    /** @throws ProblemException 503 if the database can't be reached, or not in time */
    public BindingCredentials bind(String instanceId, String bindingId, BindingRequest request) {
        Server server = Server.of(request.outputs());
        String role = BindingRole.name(bindingId);
        String password = BindingRole.randomPassword();
        try (Connection connection = connections.open(server, ApplicationDatabase.NAME)) {
            BindingRole.ensure(
                    connection, role, password, () -> !clock.instant().isAfter(request.notAfter()));
        } catch (SQLException failure) {
            throw unavailable(instanceId, failure);
        }
        return ConnectionCredentials.of(server, ApplicationDatabase.NAME, role, password);
    }

    /** @throws ProblemException 503 if the database can't be reached */
    public void unbind(String instanceId, String bindingId, BindingRequest request) {
        try (Connection connection = connections.open(Server.of(request.outputs()), ApplicationDatabase.NAME)) {
            BindingRole.drop(connection, BindingRole.name(bindingId));
        } catch (SQLException failure) {
            throw unavailable(instanceId, failure);
        }
    }

    private static ProblemException unavailable(String instanceId, SQLException failure) {
        return ProblemException.unavailable(
                "The database does not answer now; please try again",
                "instance " + instanceId + ": SQLSTATE " + failure.getSQLState() + ", " + failure.getMessage(),
                failure);
    }
}
