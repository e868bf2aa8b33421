package io.paddock.keeper.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Things that a primary keeps for other nodes: their replication slots, and their rows in repmgr's table. */
public final class Slots {

    private static final String OWN_SLOTS = "slot_type = 'physical' AND slot_name LIKE 'repmgr\\_slot\\_%'";
    private static final String DROP_SLOTS =
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active AND " + OWN_SLOTS;

    private final Connections connections;

    public Slots(Connections connections) {
        this.connections = connections;
    }

    /** repmgr's name for the slot of a node. */
    static String name(int index) {
        return "repmgr_slot_" + (index + 1);
    }

    /**
     * Each other node's slot on a primary, so that nothing is removed that a standby still needs; none of a node that there is not any more, which
     * would hold back the log for ever.
     */
    public void keepSlots(List<Integer> standbys) throws SQLException {
        List<String> statements = new ArrayList<>(standbys.stream()
                .map(Slots::name)
                .map(slot -> "SELECT pg_create_physical_replication_slot('" + slot + "', true) WHERE NOT EXISTS"
                        + " (SELECT FROM pg_replication_slots WHERE slot_name = '" + slot + "')")
                .toList());
        statements.add(DROP_SLOTS + beside(standbys));
        connections.execute(Duration.ofSeconds(10), statements);
    }

    private static String beside(List<Integer> standbys) {
        return standbys.stream()
                .map(Slots::name)
                .map(slot -> " AND slot_name <> '" + slot + "'")
                .collect(Collectors.joining());
    }

    /** On a standby, slots from its time as the primary would hold back its log for ever. */
    public void dropSlots() throws SQLException {
        connections.execute(Duration.ofSeconds(10), List.of(DROP_SLOTS));
    }

    /** Whether something is kept for other nodes than these. */
    public boolean hasSlotsBeside(List<Integer> standbys) throws SQLException {
        try (Connection own = connections.own();
                Statement statement = own.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT FROM pg_replication_slots WHERE " + OWN_SLOTS + beside(standbys))) {
            return row.next();
        }
    }

    /** What {@code repmgr cluster show} prints: who is the primary now, and who is not there any more. */
    public void recordPrimary(List<Integer> standbys) throws SQLException {
        int id = connections.settings().index() + 1;
        String others = standbys.stream().map(index -> ", " + (index + 1)).collect(Collectors.joining());
        connections.execute(
                Duration.ofSeconds(10),
                List.of(
                        "UPDATE repmgr.nodes SET type = 'standby', upstream_node_id = " + id + " WHERE node_id <> "
                                + id,
                        "UPDATE repmgr.nodes SET type = 'primary', upstream_node_id = NULL, active = true"
                                + " WHERE node_id = " + id,
                        "DELETE FROM repmgr.nodes WHERE node_id NOT IN (" + id + others + ")"));
    }
}
