package io.paddock.keeper.postgres;

import io.paddock.keeper.system.NodeTls;
import io.paddock.keeper.system.Settings;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.postgresql.Driver;

/** Connections as repmgr's role, which shows the node's certificate, to the PostgreSQL of this node and of the others. */
public final class Connections {

    private static final String ANSWER_SECONDS = "2";

    private final Settings settings;
    private final NodeTls tls;

    public Connections(Settings settings, NodeTls tls) {
        this.settings = settings;
        this.tls = tls;
    }

    Settings settings() {
        return settings;
    }

    NodeTls tls() {
        return tls;
    }

    /** To this node's server. */
    Connection own() throws SQLException {
        return to(settings.address());
    }

    Connection to(String address) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", "repmgr");
        properties.setProperty("sslmode", "verify-ca");
        properties.setProperty("sslcert", tls.certificate().toString());
        properties.setProperty("sslkey", tls.key().toString());
        properties.setProperty("sslrootcert", tls.ca().toString());
        properties.setProperty("connectTimeout", ANSWER_SECONDS);
        properties.setProperty("loginTimeout", ANSWER_SECONDS);
        properties.setProperty("socketTimeout", ANSWER_SECONDS);
        properties.setProperty("ApplicationName", "keeper");
        // What the keeper writes must not wait for a standby that is away; and nobody else's settings are the keeper's.
        properties.setProperty(
                "options",
                "-c search_path=pg_catalog,pg_temp -c role=none -c local_preload_libraries= -c session_preload_libraries="
                        + " -c synchronous_commit=local -c default_transaction_read_only=off -c statement_timeout=0"
                        + " -c lock_timeout=0 -c idle_session_timeout=0 -c log_statement=none");
        Connection opened = new Driver()
                .connect("jdbc:postgresql://" + address + ":" + settings.postgresPort() + "/repmgr", properties);
        if (opened == null) {
            throw new SQLException("no connection to " + address);
        }
        return opened;
    }

    /** Runs statements on a connection of their own, each for itself: ALTER SYSTEM refuses a transaction. */
    void execute(Duration patience, List<String> statements) throws SQLException {
        try (Connection own = own();
                Statement statement = own.createStatement()) {
            own.setNetworkTimeout(Runnable::run, (int) patience.toMillis());
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
