package io.paddock.spi.credential;

import io.paddock.contracts.service.ProblemException;
import io.paddock.contracts.spi.AccountsRequest;
import io.paddock.contracts.spi.BindingCredentials;
import io.paddock.contracts.spi.BindingRequest;
import io.paddock.spi.connection.AdminConnections;
import io.paddock.spi.connection.Server;
import io.paddock.spi.role.ApplicationDatabase;
import io.paddock.spi.role.BindingRole;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
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
        drop(instanceId, BindingRole.name(bindingId), request);
    }

    /** Roles of bindings that are not among the given ones. @throws ProblemException 503 if the database can't be reached */
    public List<String> leftover(String instanceId, AccountsRequest request) {
        Set<String> known = request.bindings().stream().map(BindingRole::name).collect(Collectors.toSet());
        try (Connection connection = connections.open(Server.of(request.outputs()), ApplicationDatabase.NAME)) {
            return BindingRole.all(connection).stream()
                    .filter(role -> !known.contains(role))
                    .toList();
        } catch (SQLException failure) {
            throw unavailable(instanceId, failure);
        }
    }

    /** @throws ProblemException 404 for a role that is no binding's, 503 if the database can't be reached */
    public void remove(String instanceId, String role, BindingRequest request) {
        if (!BindingRole.isName(role)) {
            throw ProblemException.notFound("An account of a binding named '" + role + "'");
        }
        drop(instanceId, role, request);
    }

    private void drop(String instanceId, String role, BindingRequest request) {
        try (Connection connection = connections.open(Server.of(request.outputs()), ApplicationDatabase.NAME)) {
            BindingRole.drop(connection, role);
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
