package io.paddock.spi.health;

import io.paddock.contracts.service.ProblemException;
import io.paddock.contracts.spi.ObstaclesRequest;
import io.paddock.spi.connection.AdminConnections;
import io.paddock.spi.connection.Blockers;
import io.paddock.spi.connection.DatabaseFailure;
import io.paddock.spi.connection.Server;
import io.paddock.spi.text.SpiText;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Asks a running server what only it knows, before it is restarted with other settings: what would keep it from starting, or its applications out. */
@Component
public class FindObstacles {

    private static final int NAMED = 5;
    private static final int LONGEST_NAME = 60;

    private final AdminConnections connections;

    public FindObstacles(AdminConnections connections) {
        this.connections = connections;
    }

    /**
     * @return sentences for the instance's user; empty if nothing stands in the way
     * @throws ProblemException 503 if the server can't be asked
     */
    public List<String> find(String instanceId, ObstaclesRequest request) {
        try (Connection administration = connections.open(Server.of(request.outputs()))) {
            List<String> obstacles = new ArrayList<>();
            List<String> prepared = preparedTransactions(administration);
            preparedTransactions(prepared, request.attributes()).ifPresent(obstacles::add);
            locks(administration, prepared, request.attributes()).ifPresent(obstacles::add);
            sessions(administration, request.attributes()).ifPresent(obstacles::add);
            return obstacles;
        } catch (SQLException failure) {
            throw DatabaseFailure.problem(instanceId, failure);
        }
    }

    /** Their names, quoted, the oldest first. */
    private static List<String> preparedTransactions(Connection administration) throws SQLException {
        List<String> names = new ArrayList<>();
        try (Statement statement = administration.createStatement();
                ResultSet rows =
                        statement.executeQuery("SELECT gid FROM pg_catalog.pg_prepared_xacts ORDER BY prepared, gid")) {
            while (rows.next()) {
                names.add("'" + shortened(Blockers.plain(rows.getString(1))) + "'");
            }
        }
        return names;
    }

    /** PostgreSQL does not start with more of them than its setting allows, on a standby neither. */
    private static Optional<String> preparedTransactions(List<String> open, Map<String, Object> attributes) {
        Optional<Long> wanted = number(attributes, "max_prepared_transactions");
        if (wanted.isEmpty() || open.size() <= wanted.get()) {
            return Optional.empty();
        }
        return Optional.of(
                open.size() == 1
                        ? SpiText.PREPARED_TRANSACTION_OPEN.text(wanted.get(), named(open))
                        : SpiText.PREPARED_TRANSACTIONS_OPEN.text(wanted.get(), open.size(), named(open)));
    }

    /**
     * PostgreSQL does not start either without room for the locks that prepared transactions hold. What it has beyond this number is not promised.
     *
     * @see <a href="https://www.postgresql.org/docs/15/runtime-config-locks.html#GUC-MAX-LOCKS-PER-TRANSACTION">max_locks_per_transaction</a>
     */
    private static Optional<String> locks(
            Connection administration, List<String> prepared, Map<String, Object> attributes) throws SQLException {
        if (prepared.isEmpty()) {
            return Optional.empty();
        }
        try (Statement statement = administration.createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT (SELECT pg_catalog.count(*) FROM pg_catalog.pg_locks WHERE pid IS NULL AND mode <> 'SIReadLock'),
                               pg_catalog.current_setting('max_locks_per_transaction')::pg_catalog.int8,
                               pg_catalog.current_setting('max_connections')::pg_catalog.int8,
                               pg_catalog.current_setting('max_prepared_transactions')::pg_catalog.int8,
                               pg_catalog.current_setting('autovacuum_max_workers')::pg_catalog.int8,
                               pg_catalog.current_setting('max_worker_processes')::pg_catalog.int8
                               + pg_catalog.current_setting('max_wal_senders')::pg_catalog.int8 + 1
                        """)) {
            row.next();
            long held = row.getLong(1);
            long room = row.getLong(2) * (row.getLong(3) + row.getLong(4) + row.getLong(5) + row.getLong(6));
            long wanted = number(attributes, "max_locks_per_transaction").orElse(row.getLong(2))
                    * (number(attributes, "max_connections").orElse(row.getLong(3))
                            + number(attributes, "max_prepared_transactions").orElse(row.getLong(4))
                            + number(attributes, "autovacuum_max_workers").orElse(row.getLong(5))
                            + row.getLong(6));
            return wanted < room && wanted < held
                    ? Optional.of(SpiText.LOCKS_HELD.text(named(prepared), held, wanted))
                    : Optional.empty();
        }
    }

    private static String named(List<String> transactions) {
        return transactions.stream().limit(NAMED).collect(Collectors.joining(", "))
                + (transactions.size() > NAMED ? " and " + (transactions.size() - NAMED) + " more" : "");
    }

    private static String shortened(String name) {
        return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME) + "...";
    }

    /** Those of applications; the keeper has some of the same places. */
    private static Optional<String> sessions(Connection administration, Map<String, Object> attributes)
            throws SQLException {
        Optional<Long> wanted = number(attributes, "max_connections");
        try (Statement statement = administration.createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT pg_catalog.count(*) FILTER (WHERE NOT s.is_super),
                               pg_catalog.current_setting('superuser_reserved_connections')::pg_catalog.int8
                               + pg_catalog.count(*) FILTER (WHERE s.is_super),
                               pg_catalog.current_setting('max_connections')::pg_catalog.int8
                          FROM (SELECT usesysid IN (SELECT oid FROM pg_catalog.pg_roles WHERE rolsuper) AS is_super
                                  FROM pg_catalog.pg_stat_activity
                                 WHERE backend_type = 'client backend' AND usesysid IS NOT NULL AND application_name <> 'paddock') s
                        """)) {
            row.next();
            long open = row.getLong(1);
            long reserved = row.getLong(2);
            if (wanted.isEmpty() || wanted.get() >= row.getLong(3) || open <= wanted.get() - reserved) {
                return Optional.empty();
            }
            return Optional.of(SpiText.CONNECTIONS_OPEN.text(wanted.get(), open, wanted.get() - reserved));
        }
    }

    private static Optional<Long> number(Map<String, Object> attributes, String name) {
        return Optional.ofNullable(attributes.get(name)).map(value -> Long.valueOf(value.toString()));
    }
}
