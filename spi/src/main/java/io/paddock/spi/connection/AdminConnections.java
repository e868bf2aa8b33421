package io.paddock.spi.connection;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/**
 * Opens sessions of the administrator, on the primary, over TLS with the instance's CA and the server's name checked.
 *
 * <p>The application owns its database: it may define functions, operators and settings there. So what concerns roles and databases is done
 * in the database {@code postgres}, into which no application gets; and wherever a session is, its start-up packet pins all settings
 * that decide how its statements are read, awaited and ended, since what stands there goes before the settings of the database.
 */
@Component
public class AdminConnections {

    /** Where roles and databases are administered. */
    private static final String MAINTENANCE_DATABASE = "postgres";

    private static final String CONNECT_SECONDS = "2";
    private static final String SOCKET_SECONDS = "4";
    private static final Duration STATEMENT = Duration.ofMillis(1_800);
    private static final Duration LOCK = Duration.ofMillis(1_200);

    private static final String TOO_MANY_CONNECTIONS = "53300";
    /** Applications may use up all connections but the administrator's few, and of these another session may have the last one for a moment. */
    private static final Duration FULL = Duration.ofMillis(800);

    private static final Duration PAUSE = Duration.ofMillis(50);

    /**
     * A session where roles and databases are administered.
     *
     * @throws SQLException when no primary answers in time or refuses
     */
    public Connection open(Server server) throws SQLException {
        return connect(server, MAINTENANCE_DATABASE, options(server.adminUsername()));
    }

    /**
     * A session in the application's database.
     *
     * @param administration a session of the same server, which tells what there is to pin
     * @throws SQLException when no primary answers in time or refuses
     */
    public Connection enter(Server server, String database, Connection administration) throws SQLException {
        String options = options(server.adminUsername());
        boolean limitsTransactions = administration.getMetaData().getDatabaseMajorVersion() >= 17;
        return connect(server, database, limitsTransactions ? options + " -c transaction_timeout=0" : options);
    }

    protected Connection connect(Server server, String database, String options) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", server.adminUsername());
        properties.setProperty("password", server.adminPassword());
        properties.setProperty("sslmode", "verify-full");
        properties.setProperty("sslfactory", "org.postgresql.ssl.SingleCertValidatingFactory");
        properties.setProperty("sslfactoryarg", server.ca());
        properties.setProperty("targetServerType", "primary");
        // The driver remembers who was a standby, ten seconds by default: a failover is quicker.
        properties.setProperty("hostRecheckSeconds", "0");
        properties.setProperty("connectTimeout", CONNECT_SECONDS);
        properties.setProperty("socketTimeout", SOCKET_SECONDS);
        properties.setProperty("ApplicationName", "paddock");
        properties.setProperty("options", options);
        String hosts =
                server.hosts().stream().map(host -> host + ":" + server.port()).collect(Collectors.joining(","));
        long end = System.nanoTime() + FULL.toNanos();
        while (true) {
            try {
                return DriverManager.getConnection("jdbc:postgresql://" + hosts + "/" + database, properties);
            } catch (SQLException failure) {
                if (!TOO_MANY_CONNECTIONS.equals(failure.getSQLState()) || System.nanoTime() > end) {
                    throw failure;
                }
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
    }

    /** Finds sessions that block the administrator's on this server. */
    public Blockers blockers(Server server) {
        return new Blockers(this, server);
    }

    /**
     * The part of the start-up packet that pins a session's settings, for a superuser.
     *
     * @see <a href="https://www.postgresql.org/docs/15/protocol-message-formats.html">StartupMessage, options</a>
     */
    private static String options(String administrator) {
        return Stream.of(
                        // Whose functions, operators and libraries are used, and with whose rights.
                        "search_path=pg_catalog,pg_temp",
                        "session_authorization=" + administrator,
                        "role=none",
                        "local_preload_libraries=",
                        "session_preload_libraries=",
                        "default_tablespace=",
                        "temp_tablespaces=",
                        "default_table_access_method=heap",
                        // How text is read.
                        "standard_conforming_strings=on",
                        "transform_null_equals=off",
                        "quote_all_identifiers=off",
                        "row_security=on",
                        // What a transaction is.
                        "default_transaction_read_only=off",
                        "default_transaction_isolation=read committed",
                        "default_transaction_deferrable=off",
                        "exit_on_error=off",
                        "synchronous_commit=on",
                        // When it ends: before its caller has given up, and by itself if nobody is there any more.
                        "statement_timeout=" + STATEMENT.toMillis(),
                        "lock_timeout=" + LOCK.toMillis(),
                        "idle_session_timeout=30s",
                        "idle_in_transaction_session_timeout=10s",
                        "client_connection_check_interval=500",
                        "tcp_user_timeout=0",
                        "tcp_keepalives_idle=60",
                        "tcp_keepalives_interval=10",
                        "tcp_keepalives_count=3",
                        "temp_file_limit=-1",
                        "jit=off",
                        "client_min_messages=warning",
                        // No statement with a secret is shown or logged.
                        "track_activities=off",
                        "log_statement=none",
                        "log_min_duration_statement=-1",
                        "log_min_duration_sample=-1",
                        "log_transaction_sample_rate=0",
                        "log_min_error_statement=panic")
                .map(setting -> "-c " + setting.replace("\\", "\\\\").replace(" ", "\\ "))
                .collect(Collectors.joining(" "));
    }
}
