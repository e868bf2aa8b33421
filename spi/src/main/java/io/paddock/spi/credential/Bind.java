package io.paddock.spi.credential;

import io.paddock.contracts.service.ProblemException;
import io.paddock.contracts.spi.AccountsRequest;
import io.paddock.contracts.spi.BindingCredentials;
import io.paddock.contracts.spi.BindingRequest;
import io.paddock.contracts.spi.RemainingAccount;
import io.paddock.spi.connection.AdminConnections;
import io.paddock.spi.connection.DatabaseFailure;
import io.paddock.spi.connection.Server;
import io.paddock.spi.role.ApplicationDatabase;
import io.paddock.spi.role.BindingRole;
import io.paddock.spi.role.RevokedRole;
import io.paddock.spi.text.SpiText;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/** Makes and removes the login roles of bindings. */
@Component
public class Bind {

    private static final Logger LOG = LoggerFactory.getLogger(Bind.class);

    /** Limits what follows a bind or unbind in the application's database, while its caller waits. */
    private static final Duration FIRST_TRY = Duration.ofMillis(700);

    /** As many as may hang in databases whose owners let nobody in. */
    private static final ExecutorService HELPERS =
            new ThreadPoolExecutor(0, 8, 30, TimeUnit.SECONDS, new SynchronousQueue<>(), work -> {
                Thread thread = new Thread(work, "in-application-database");
                thread.setDaemon(true);
                return thread;
            });

    private final AdminConnections connections;
    private final Clock clock;

    public Bind(AdminConnections connections, Clock clock) {
        this.connections = connections;
        this.clock = clock;
    }

    /** @throws ProblemException 503 if the database can't be reached, or not in time */
    public BindingCredentials bind(String instanceId, String bindingId, BindingRequest request) {
        Server server = Server.of(request.outputs());
        String role = BindingRole.name(bindingId);
        String password = BindingRole.randomPassword();
        try (Connection administration = connections.open(server)) {
            BindingRole.ensure(administration, connections.blockers(server), role, password, () -> isWanted(request));
        } catch (SQLException failure) {
            throw DatabaseFailure.problem(instanceId, failure);
        }
        firstTry(
                () -> share(instanceId, server),
                "instance " + instanceId + ": what role " + role + " makes as itself is shared with the next bind");
        return ConnectionCredentials.of(server, ApplicationDatabase.NAME, role, password);
    }

    /** Does so for all bindings that lack it: those that an earlier release made, and those where it failed. */
    private void share(String instanceId, Server server) {
        try (Connection administration = connections.open(server)) {
            Set<Integer> starting = BindingRole.starting(administration);
            try (Connection application = connections.enter(server, ApplicationDatabase.NAME, administration)) {
                BindingRole.share(application);
            } catch (SQLException failure) {
                BindingRole.endStarting(administration, starting);
                throw failure;
            }
        } catch (SQLException away) {
            LOG.warn("instance {}: what roles make as themselves is not shared: {}", instanceId, away.getMessage());
        }
    }

    /** @throws ProblemException 503 if the database can't be reached, or not in time */
    public void unbind(String instanceId, String bindingId, BindingRequest request) {
        remove(instanceId, BindingRole.name(bindingId), request);
    }

    /** Roles of bindings that are not among the given ones. @throws ProblemException 503 if the database can't be reached */
    public List<String> leftover(String instanceId, AccountsRequest request) {
        Set<String> known = request.bindings().stream().map(BindingRole::name).collect(Collectors.toSet());
        try (Connection administration = connections.open(Server.of(request.outputs()))) {
            return BindingRole.all(administration).stream()
                    .filter(role -> !known.contains(role))
                    .toList();
        } catch (SQLException failure) {
            throw DatabaseFailure.problem(instanceId, failure);
        }
    }

    /** @throws ProblemException 404 for a role that is no binding's, 503 if the database can't be reached, or not in time */
    public void removeAccount(String instanceId, String role, BindingRequest request) {
        if (!BindingRole.isName(role)) {
            throw new ProblemException(
                    HttpStatus.NOT_FOUND, SpiText.UNKNOWN_ACCOUNT.text(role), role + " is no binding's role");
        }
        remove(instanceId, role, request);
    }

    /**
     * Goes on with roles whose access has ended, but that are not gone.
     *
     * @return those that are still there, with what is in the way
     * @throws ProblemException 503 if the database can't be reached
     */
    public List<RemainingAccount> cleanUp(String instanceId, BindingRequest request) {
        Server server = Server.of(request.outputs());
        try (Connection administration = connections.open(server)) {
            List<RemainingAccount> remaining = new ArrayList<>();
            List<String> roles = new ArrayList<>(BindingRole.revoked(administration));
            // One that can't be removed must not keep the others from that.
            Collections.shuffle(roles);
            for (int i = 0; i < roles.size(); i++) {
                String role = roles.get(i);
                Duration left = Duration.between(clock.instant(), request.notAfter());
                Instant end = clock.instant().plus(left.dividedBy(roles.size() - i));
                cleanUp(server, administration, role, () -> clock.instant().isBefore(end))
                        .ifPresent(inTheWay -> remaining.add(new RemainingAccount(role, inTheWay)));
            }
            remaining.sort(Comparator.comparing(RemainingAccount::account));
            return remaining;
        } catch (SQLException failure) {
            throw DatabaseFailure.problem(instanceId, failure);
        }
    }

    /** Access ends, or the caller is told that it has not; the rest is tried once, and left to {@link #cleanUp} if that does not succeed. */
    private void remove(String instanceId, String role, BindingRequest request) {
        Server server = Server.of(request.outputs());
        boolean existed;
        try (Connection administration = connections.open(server)) {
            existed = BindingRole.revoke(administration, connections.blockers(server), role, () -> isWanted(request));
        } catch (SQLException failure) {
            throw DatabaseFailure.problem(instanceId, failure);
        }
        if (existed) {
            cleanUpFirst(instanceId, server, role);
        }
    }

    private void cleanUpFirst(String instanceId, Server server, String role) {
        firstTry(
                () -> {
                    Instant end = clock.instant().plus(FIRST_TRY);
                    try (Connection administration = connections.open(server)) {
                        cleanUp(
                                        server,
                                        administration,
                                        role,
                                        () -> clock.instant().isBefore(end))
                                .ifPresent(inTheWay -> LOG.warn(
                                        "instance {}: role {} has no access any more, but is still there: {}",
                                        instanceId,
                                        role,
                                        inTheWay));
                    } catch (SQLException away) {
                        LOG.warn("instance {}: role {} is still there: {}", instanceId, role, away.getMessage());
                    }
                },
                "instance " + instanceId + ": role " + role + " has no access any more, and is removed later");
    }

    /**
     * Does work in the application's database, whose owner may let nobody in: the caller waits for it no longer than it usually takes.
     *
     * @param late what the operator reads if it goes on, or had no place
     */
    private static void firstTry(Runnable work, String late) {
        try {
            HELPERS.submit(work).get(FIRST_TRY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException | TimeoutException later) {
            LOG.info(late);
        } catch (ExecutionException unexpected) {
            LOG.error(late, unexpected);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private Optional<String> cleanUp(Server server, Connection administration, String role, BooleanSupplier hasTime) {
        try {
            Set<Integer> starting = BindingRole.starting(administration);
            try (Connection application = connections.enter(server, ApplicationDatabase.NAME, administration)) {
                return new RevokedRole(administration, application, connections.blockers(server), role, hasTime)
                        .remove();
            } catch (SQLException failure) {
                BindingRole.endStarting(administration, starting);
                throw failure;
            }
        } catch (SQLException failure) {
            return isGone(administration, role)
                    ? Optional.empty()
                    : Optional.of("SQLSTATE " + failure.getSQLState() + ", " + failure.getMessage());
        }
    }

    /** Somebody else may have been faster with the rest. */
    private static boolean isGone(Connection administration, String role) {
        try {
            return !BindingRole.exists(administration, role);
        } catch (SQLException unknown) {
            return false;
        }
    }

    private boolean isWanted(BindingRequest request) {
        return !clock.instant().isAfter(request.notAfter());
    }
}
