package io.paddock.keeper.postgres;

import io.paddock.keeper.decision.Position;
import io.paddock.keeper.system.Log;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Settings and questions of a server that is a primary or a standby: whom it follows, who follows it, what it needs to be the same as. */
public final class Replication {

    private final Connections connections;

    public Replication(Connections connections) {
        this.connections = connections;
    }

    /**
     * A setting of which a standby needs at least as much as the primary had that wrote its log.
     *
     * @param value that the server was started with
     * @param wanted by its files; less than the value if the leash raised it
     */
    public record Capacity(int value, int wanted) {}

    /** Those settings by name. */
    public Map<String, Capacity> capacities() throws SQLException {
        Map<String, Capacity> capacities = new TreeMap<>();
        try (Connection own = connections.own();
                Statement statement = own.createStatement();
                ResultSet rows = statement.executeQuery("SELECT name, setting, coalesce((SELECT setting"
                        + " FROM pg_file_settings f WHERE f.name = s.name ORDER BY seqno DESC LIMIT 1), boot_val)"
                        + " FROM pg_settings s WHERE name IN ('max_connections', 'max_worker_processes', 'max_wal_senders',"
                        + " 'max_prepared_transactions', 'max_locks_per_transaction')")) {
            while (rows.next()) {
                capacities.put(rows.getString(1), new Capacity(rows.getInt(2), rows.getInt(3)));
            }
        }
        return capacities;
    }

    /**
     * Where in the log the history of this primary begins: where its timeline left the one before, or, if it was started as the primary
     * without a promotion by PostgreSQL, about here.
     *
     * @param before the beginning of the promotion before
     */
    public long beginning(long before) throws SQLException {
        try (Connection own = connections.own();
                Statement statement = own.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT pg_current_wal_flush_lsn(), pg_read_file('pg_wal/'"
                                + " || left(pg_walfile_name(pg_current_wal_flush_lsn()), 8) || '.history', 0, 1000000, true)")) {
            row.next();
            long left = endOfLastTimeline(row.getString(2));
            return left > before ? left : Position.of(0, row.getString(1)).lsn();
        }
    }

    /** Lines of a history file are "TIMELINE, tab, LSN where it was left, tab, reason"; the first timeline has no such file. */
    static long endOfLastTimeline(@Nullable String history) {
        return history == null
                ? 0
                : history.lines()
                        .map(line -> line.strip().split("\\s+"))
                        .filter(words -> words.length > 1 && words[0].matches("[0-9]+"))
                        .reduce((one, two) -> two)
                        .map(words -> Position.of(0, words[1]).lsn())
                        .orElse(0L);
    }

    /** PostgreSQL 15's pg_rewind reads the timeline from the last checkpoint, so there must be one after a promotion. */
    public void checkpoint(Duration patience) throws SQLException {
        connections.execute(patience, List.of("CHECKPOINT"));
    }

    public void follow(String address) throws SQLException {
        connections.execute(
                Duration.ofSeconds(10),
                List.of(
                        "ALTER SYSTEM SET primary_conninfo = '"
                                + Conninfo.to(
                                        address,
                                        connections.settings().postgresPort(),
                                        connections.settings().node(),
                                        connections.tls())
                                + "'",
                        "ALTER SYSTEM SET primary_slot_name = '"
                                + Slots.name(connections.settings().index()) + "'",
                        "SELECT pg_reload_conf()"));
    }

    /**
     * Makes the settings that were given to the primary by ALTER SYSTEM this standby's as well: they are a node's own for PostgreSQL, but
     * the instance's for its users, and must not end with a failover.
     *
     * @param primary its address
     */
    public void copySettings(String primary) throws SQLException {
        Map<String, String> wanted = systemSettings(primary);
        Map<String, String> present = systemSettings(connections.settings().address());
        List<String> statements = new ArrayList<>();
        wanted.forEach((name, value) -> {
            if (!value.equals(present.get(name))) {
                statements.add("ALTER SYSTEM SET " + name + " = '" + value.replace("'", "''") + "'");
            }
        });
        present.keySet().stream()
                .filter(name -> !wanted.containsKey(name))
                .forEach(name -> statements.add("ALTER SYSTEM RESET " + name));
        if (!statements.isEmpty()) {
            statements.add("SELECT pg_reload_conf()");
            connections.execute(Duration.ofSeconds(10), statements);
            Log.info("took over " + (statements.size() - 1) + " settings of the primary");
        }
    }

    private Map<String, String> systemSettings(String address) throws SQLException {
        Map<String, String> found = new TreeMap<>();
        try (Connection own = connections.to(address);
                Statement statement = own.createStatement();
                ResultSet rows = statement.executeQuery("SELECT quote_ident(name), setting FROM pg_file_settings"
                        + " WHERE sourcefile LIKE '%/postgresql.auto.conf'"
                        + " AND name NOT IN ('primary_conninfo', 'primary_slot_name', 'synchronous_standby_names',"
                        + " 'default_transaction_read_only')")) {
            while (rows.next()) {
                found.put(rows.getString(1), rows.getString(2));
            }
        }
        return found;
    }

    /** Names of the standbys that follow, who has written most of the log first. */
    public List<String> streamingStandbys() throws SQLException {
        List<String> names = new ArrayList<>();
        try (Connection own = connections.own();
                Statement statement = own.createStatement();
                ResultSet rows = statement.executeQuery("SELECT application_name FROM pg_stat_replication"
                        + " WHERE state = 'streaming' ORDER BY flush_lsn DESC, application_name")) {
            while (rows.next()) {
                names.add(rows.getString(1));
            }
        }
        return names;
    }

    /**
     * Lets commits wait for one of these nodes, or for none. On a standby this holds from its promotion on.
     *
     * @param nodes names without quotes in them
     * @param present what synchronous_standby_names is
     */
    public void waitForOneOf(Set<String> nodes, String present) throws SQLException {
        String names = nodes.isEmpty()
                ? ""
                : new TreeSet<>(nodes)
                        .stream().map(node -> '"' + node + '"').collect(Collectors.joining(", ", "ANY 1 (", ")"));
        if (!names.equals(present)) {
            Log.info(names.isEmpty() ? "commits wait for nobody" : "commits wait for " + names);
            connections.execute(
                    Duration.ofSeconds(10),
                    List.of("ALTER SYSTEM SET synchronous_standby_names = '" + names + "'", "SELECT pg_reload_conf()"));
        }
    }
}
