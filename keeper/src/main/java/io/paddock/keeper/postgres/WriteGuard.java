package io.paddock.keeper.postgres;

import io.paddock.keeper.leash.Leash;
import io.paddock.keeper.system.Log;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Ends writes while the disk is full. */
public final class WriteGuard {

    private final Connections connections;
    private final Leash leash;
    /** The last thing seen or done about writes, since that start of the server. */
    private Optional<Boolean> refuses = Optional.empty();

    private long startsThen;

    public WriteGuard(Connections connections, Leash leash) {
        this.connections = connections;
        this.leash = leash;
    }

    /** Lets transactions be read-only unless a session says otherwise, which is how room can be made; or not any more. */
    public void refuseWrites(boolean refuse) throws SQLException {
        long starts = leash.status().map(Leash.Status::starts).orElse(0L);
        if (refuses.equals(Optional.of(refuse)) && startsThen == starts) {
            return;
        }
        String present;
        try (Connection own = connections.own();
                Statement statement = own.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT setting FROM pg_file_settings"
                                + " WHERE name = 'default_transaction_read_only' AND sourcefile LIKE '%/postgresql.auto.conf'")) {
            present = rows.next() ? rows.getString(1) : "";
        }
        if (refuse != present.equals("on")) {
            connections.execute(
                    Duration.ofSeconds(10),
                    List.of(
                            refuse
                                    ? "ALTER SYSTEM SET default_transaction_read_only = 'on'"
                                    : "ALTER SYSTEM RESET default_transaction_read_only",
                            "SELECT pg_reload_conf()"));
            Log.info(refuse ? "transactions are read-only now" : "transactions may write again");
        }
        refuses = Optional.of(refuse);
        startsThen = starts;
    }

    /** Ends the sessions whose transaction has written something. */
    public void disconnectWriters() throws SQLException {
        connections.execute(
                Duration.ofSeconds(10),
                List.of(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                + " WHERE backend_type = 'client backend' AND backend_xid IS NOT NULL AND usename <> current_user"));
        Log.info("disconnected those who were writing");
    }
}
