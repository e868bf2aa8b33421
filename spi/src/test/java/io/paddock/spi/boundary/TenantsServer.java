package io.paddock.spi.boundary;

import io.paddock.contracts.Outputs;
import io.paddock.contracts.spi.AccountsRequest;
import io.paddock.contracts.spi.BindingRequest;
import io.paddock.contracts.spi.ObstaclesRequest;
import io.paddock.contracts.spi.RemainingAccount;
import io.paddock.contracts.spi.Verification;
import io.paddock.contracts.spi.VerificationRequest;
import io.paddock.spi.connection.AdminConnections;
import io.paddock.spi.connection.Blockers;
import io.paddock.spi.connection.Server;
import io.paddock.spi.credential.Bind;
import io.paddock.spi.health.FindObstacles;
import io.paddock.spi.health.VerifyInstance;
import io.paddock.spi.role.ApplicationDatabase;
import io.paddock.spi.role.BindingRole;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** A real PostgreSQL with what the SPI does on it, and an application that attacks. Only its administrator needs no password and no TLS. */
public final class TenantsServer implements AutoCloseable {

    static final String INSTANCE = "an-instance";
    static final String ADMINISTRATOR = "postgres";

    private final EmbeddedPostgres postgres;
    private final Clock clock = Clock.systemUTC();
    private final AdminConnections connections = new AdminConnections() {
        @Override
        protected Connection connect(Server server, String database, String options) throws SQLException {
            Properties properties = new Properties();
            properties.setProperty("options", options);
            return DriverManager.getConnection(postgres.getJdbcUrl(ADMINISTRATOR, database), properties);
        }
    };
    private final Bind bind;
    private final VerifyInstance verify;

    public TenantsServer() throws IOException, SQLException {
        postgres = EmbeddedPostgres.builder()
                .setServerConfig("password_encryption", "scram-sha-256")
                .setServerConfig("max_prepared_transactions", "10")
                .setServerConfig("fsync", "off")
                .start();
        try (Connection admin = unguarded("postgres")) {
            Files.writeString(
                    Path.of(text(admin, "SHOW hba_file")),
                    "host all postgres all trust\nhost all all all scram-sha-256\n");
            execute(admin, "SELECT pg_reload_conf()");
        }
        bind = new Bind(connections, clock);
        verify = new VerifyInstance(connections, clock);
    }

    @Override
    public void close() throws IOException {
        postgres.close();
    }

    public Verification verify(Map<String, Object> settings) {
        return verify.verify(
                INSTANCE,
                new VerificationRequest(outputs(), settings, clock.instant().plusSeconds(60)));
    }

    public List<String> obstacles(Map<String, Object> attributes) {
        return new FindObstacles(connections).find(INSTANCE, new ObstaclesRequest(outputs(), attributes));
    }

    /** @return the password */
    public String bind(String binding) {
        return String.valueOf(bind.bind(INSTANCE, binding, request(Duration.ofSeconds(30)))
                .credentials()
                .get("password"));
    }

    public void unbind(String binding) {
        unbind(binding, Duration.ofSeconds(30));
    }

    void unbind(String binding, Duration patience) {
        bind.unbind(INSTANCE, binding, request(patience));
    }

    List<RemainingAccount> cleanUp() {
        return bind.cleanUp(INSTANCE, request(Duration.ofSeconds(60)));
    }

    List<String> leftover(String... bindings) {
        return bind.leftover(INSTANCE, new AccountsRequest(outputs(), List.of(bindings)));
    }

    private BindingRequest request(Duration patience) {
        return new BindingRequest(outputs(), clock.instant().plus(patience));
    }

    private Outputs outputs() {
        return new Outputs(
                Map.of("hosts", List.of("localhost"), "port", postgres.getPort(), "admin_username", ADMINISTRATOR),
                Map.of("admin_password", "none", "ca", "none"));
    }

    /** A session of the administrator as the SPI makes them. */
    public Connection administration() throws SQLException {
        return connections.open(server());
    }

    /** The same in the application's database. */
    public Connection guarded() throws SQLException {
        try (Connection administration = administration()) {
            return connections.enter(server(), ApplicationDatabase.NAME, administration);
        }
    }

    public Blockers blockers() {
        return connections.blockers(server());
    }

    private Server server() {
        return Server.of(outputs());
    }

    /** One that pins nothing. */
    public Connection unguarded(String database) throws SQLException {
        return DriverManager.getConnection(postgres.getJdbcUrl(ADMINISTRATOR, database));
    }

    /** The session of an application. */
    Connection connect(String binding, String password, String options) throws SQLException {
        return connect(ApplicationDatabase.NAME, binding, password, options);
    }

    Connection connect(String database, String binding, String password, String options) throws SQLException {
        return connectAs(database, BindingRole.name(binding), password, options);
    }

    public Connection connectAs(String database, String role, String password, String options) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", role);
        properties.setProperty("password", password);
        properties.setProperty("options", options);
        return DriverManager.getConnection(
                "jdbc:postgresql://localhost:" + postgres.getPort() + "/" + database, properties);
    }

    public static void execute(Connection connection, String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    public static String text(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
        }
    }
}
