package io.paddock.spi.health;

import io.paddock.contracts.service.ProblemException;
import io.paddock.contracts.spi.Verification;
import io.paddock.contracts.spi.VerificationRequest;
import io.paddock.spi.connection.AdminConnections;
import io.paddock.spi.connection.Blockers;
import io.paddock.spi.connection.Server;
import io.paddock.spi.role.ApplicationDatabase;
import io.paddock.spi.role.ServerSettings;
import io.paddock.spi.text.SpiText;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.OffsetDateTime;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/** Makes a deployed server ready for bindings, and asks it a question to see that it is. */
@Component
public class VerifyInstance {

    private final AdminConnections connections;
    private final Clock clock;

    public VerifyInstance(AdminConnections connections, Clock clock) {
        this.connections = connections;
        this.clock = clock;
    }

    /** @throws ProblemException 410 if the caller's lease ran out before anything was changed, or half-way: a repeat mends that */
    public Verification verify(String instanceId, VerificationRequest request) {
        Server server = Server.of(request.outputs());
        Blockers blockers = connections.blockers(server);
        inTime(instanceId, request);
        try (Connection administration = connections.open(server)) {
            inTime(instanceId, request);
            ApplicationDatabase.ensure(administration, blockers);
            ApplicationDatabase.apply(administration, blockers, request.liveSettings());
            inTime(instanceId, request);
            OffsetDateTime reloaded = ServerSettings.apply(administration, request.liveSettings());
            // Not in the application's database: its owner can keep everybody waiting there.
            try (Connection another = connections.open(server);
                    Statement statement = another.createStatement();
                    ResultSet row = statement.executeQuery("SELECT pg_catalog.current_setting('server_version')")) {
                row.next();
                if (!ServerSettings.areInForce(another, reloaded)) {
                    return new Verification(false, "the server has not read its settings yet");
                }
                return new Verification(true, "PostgreSQL " + row.getString(1) + " answers");
            }
        } catch (SQLException failure) {
            return new Verification(false, "SQLSTATE " + failure.getSQLState() + ", " + failure.getMessage());
        }
    }

    private void inTime(String instanceId, VerificationRequest request) {
        if (clock.instant().isAfter(request.notAfter())) {
            throw new ProblemException(
                    HttpStatus.GONE,
                    SpiText.SLOW.text(),
                    "instance " + instanceId + ": the lease of the caller ended at " + request.notAfter());
        }
    }
}
