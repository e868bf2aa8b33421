package io.paddock.spi.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.spi.boundary.TenantsServer;
import io.paddock.spi.role.BindingRole;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a running server has in use and can't do without after a restart; {@link TenantsServer} allows ten prepared transactions. */
class FindObstaclesTest {

    private static final String PREPARE = "PREPARE TRANSACTION 'one'";

    private static TenantsServer server;

    @BeforeAll
    static void start() throws IOException, SQLException {
        server = new TenantsServer();
        server.verify(Map.of());
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @Test
    void nothingIsInTheWayOfAServerThatIsNotUsed() {
        assertThat(server.obstacles(
                        Map.of("max_prepared_transactions", 0, "max_connections", 10, "max_locks_per_transaction", 10)))
                .isEmpty();
    }

    @Test
    void preparedTransactionsAreCountedAndNamed() throws SQLException {
        try (Connection administration = server.administration()) {
            TenantsServer.execute(
                    administration, "BEGIN", "PREPARE TRANSACTION 'a'", "BEGIN", "PREPARE TRANSACTION 'b'");
            try {
                assertThat(server.obstacles(Map.of("max_prepared_transactions", 2)))
                        .isEmpty();
                assertThat(server.obstacles(Map.of("max_prepared_transactions", 1)))
                        .singleElement()
                        .asString()
                        .contains("can't be 1 now", "2 prepared transactions are open: 'a', 'b'");
            } finally {
                TenantsServer.execute(administration, "ROLLBACK PREPARED 'a'", "ROLLBACK PREPARED 'b'");
            }
        }
    }

    /** Each of the settings that the room for locks depends on. */
    @Test
    void locksOfPreparedTransactionsMustHaveRoom() throws SQLException {
        try (Connection administration = server.administration()) {
            TenantsServer.execute(
                    administration,
                    "BEGIN",
                    "SELECT pg_catalog.pg_advisory_xact_lock(i) FROM pg_catalog.generate_series(1, 4000) i",
                    PREPARE);
            try {
                assertThat(server.obstacles(Map.of("max_locks_per_transaction", 64)))
                        .isEmpty();
                for (Map<String, Object> less : List.<Map<String, Object>>of(
                        Map.of("max_locks_per_transaction", 10), Map.of("max_connections", 10))) {
                    assertThat(server.obstacles(less))
                            .as("%s", less)
                            .singleElement()
                            .asString()
                            .contains("prepared transactions ('one') hold 4001 locks", "ROLLBACK PREPARED");
                }
            } finally {
                TenantsServer.execute(administration, "ROLLBACK PREPARED 'one'");
            }
        }
    }

    @Test
    void connectionsOfApplicationsAreCounted() throws SQLException {
        String password = server.bind("b");
        try (Connection one = server.connectAs("app", BindingRole.name("b"), password, "");
                Connection another = server.connectAs("app", BindingRole.name("b"), password, "")) {
            assertThat(server.obstacles(Map.of("max_connections", 10))).isEmpty();
            assertThat(server.obstacles(Map.of("max_connections", 4)))
                    .singleElement()
                    .asString()
                    .contains("can't be 4 now: 2 connections of applications are open");
        }
    }
}
