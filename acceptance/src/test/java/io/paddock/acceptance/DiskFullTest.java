package io.paddock.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * Disks without room: a node's disk becomes a file system of 1 GiB, which something else fills up to some 300 MiB, and the application writes
 * the rest. Only root can make such a disk.
 */
@Tag("failover")
class DiskFullTest {

    private static final int DISK = 1024;
    private static final int LEFT = 300;
    private static final String FILLER = "create table filler (data text)";
    /** Some megabytes. */
    private static final String FILL =
            "insert into filler select md5(n::text) || md5((n + 1)::text) from generate_series(1, 20000) n";

    private static final String READ_ONLY = "25006";
    /** A driver that asks for a primary takes one that is read-only for a standby. */
    private static final Map<String, String> READS = Map.of("targetServerType", "any");
    /** What somebody who makes room tells PostgreSQL. */
    private static final Map<String, String> WRITES = Map.of("options", "-c default_transaction_read_only=off");

    private final Platform platform = Platform.shared();
    private final Broker broker = platform.broker();
    private String instance;
    private JsonNode credentials;
    private Cluster cluster;

    @BeforeEach
    void isRoot() {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can mount a file system");
    }

    private void create(String plan) {
        instance = broker.create(plan, Map.of());
        broker.awaitReady(instance);
        credentials = broker.bind(instance, "app").body().path("credentials");
        cluster = new Cluster(platform, instance, credentials);
    }

    @AfterEach
    void delete() {
        if (instance != null) {
            cluster.giveDisksBack();
            cluster.resurrection(true);
            broker.delete(instance);
            broker.awaitGone(instance);
        }
    }

    @Test
    @Tag("sample")
    void aPrimaryHandsOverToANodeThatHasRoom() throws SQLException {
        create(Broker.CLUSTER_SMALL);
        String full = cluster.primary().name();
        cluster.limitDisk(full, DISK);
        cluster.awaitHealthy();
        if (!cluster.primary().name().equals(full)) {
            cluster.primary().switchOver(full);
            cluster.awaitHealthy();
        }
        cluster.nodes().get(full).fillDisk(LEFT);

        try (Load load = Load.start(credentials, 1)) {
            Database.execute(credentials, FILLER);
            Platform.await("the disk is full", () -> {
                takes(FILL);
                return cluster.nodes().get(full).metric("paddock_disk_full") == 1;
            });
            cluster.awaitPrimaryOtherThan(cluster.nodes().get(full));
            load.awaitProbes(20);
            assertThat(load.twoWriters()).as(cluster.logs()).isEmpty();
            assertThat(load.lost()).isEmpty();
        }
        assertThat(cluster.nodes().get(full).metric("paddock_disk_full")).isEqualTo(1);
        cluster.nodes().get(full).makeRoom();
        cluster.awaitHealthy();
    }

    @Test
    @Tag("verify")
    void withoutRoomAnywhereTheServerIsReadOnlyUntilThereIsRoomAgain() throws SQLException {
        create(Broker.SMALL);
        Cluster.Node node = cluster.limitDisk("postgres-0", DISK);
        Platform.await("the database answers", () -> Database.answers(credentials));
        Database.execute(credentials, "create table kept (id int)", "insert into kept values (1)");
        node.fillDisk(LEFT);

        Database.execute(credentials, FILLER);
        try (Connection early = Database.connect(credentials);
                Statement statement = early.createStatement()) {
            early.setAutoCommit(false);
            statement.execute(FILL);
            Platform.await("writes are refused", () -> !takes(FILL));
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 1000; i++) {
                            statement.execute(FILL);
                        }
                    })
                    .as("who began in time may go on, but not to the end of the disk")
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            failure -> assertThat(failure.getSQLState()).isIn("57P01", "57P02", "08006", "53100"));
        }
        Platform.await("the server reads", this::reads);
        try (Connection connection = Database.connect(credentials, READS);
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeQuery("select 1 from filler limit 1").next())
                    .isTrue();
            assertThatThrownBy(() -> statement.execute("insert into kept values (2)"))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            failure -> assertThat(failure.getSQLState()).isEqualTo(READ_ONLY));
        }
        Broker.Answer bound = broker.bind(instance, "another");
        assertThat(bound.status()).isEqualTo(201);
        assertThat(Platform.bash("psql '"
                                + bound.body().path("credentials").path("uri").asString()
                                + "' -Atc 'select count(*) from kept'")
                        .output())
                .as("a new reader, by the URI that it was given")
                .isEqualTo("1\n");
        try (Connection reader = DriverManager.getConnection(
                bound.body().path("credentials").path("jdbcUrl").asString())) {
            assertThat(reader.isValid(5)).isTrue();
        }

        try (Connection connection = Database.connect(credentials, WRITES);
                Statement statement = connection.createStatement()) {
            statement.execute("drop table filler");
        }
        Platform.await("writes are taken again", () -> takes("insert into kept values (3)"));
        assertThat(Database.query(credentials, "select string_agg(id::text, ' ') from kept"))
                .isEqualTo("1 3");
    }

    @Test
    void whenSomethingElseTakesAllRoomTheBallastKeepsTheServerReadableAndNothingAcknowledgedIsLost()
            throws SQLException {
        create(Broker.SMALL);
        Cluster.Node node = cluster.limitDisk("postgres-0", DISK);
        Platform.await("the ballast is laid", () -> node.holdsBallast());
        Database.execute(credentials, "create table kept (id int)", "insert into kept values (1)");

        try (Load load = Load.start(credentials, 2)) {
            node.fillDisk(0);
            Platform.await("the ballast is dropped", () -> !node.holdsBallast());
            Platform.await("the server reads", this::reads);
            Platform.await("it does not write", () -> !takes("insert into kept values (2)"));
            node.makeRoom();
            load.awaitProbes(20);
            assertThat(load.lost()).isEmpty();
        }
        Platform.await("the ballast is laid again", () -> node.holdsBallast());
    }

    private boolean reads() {
        try (Connection connection = Database.connect(credentials, READS)) {
            return connection.isValid(1);
        } catch (SQLException away) {
            return false;
        }
    }

    private boolean takes(String write) {
        try {
            Database.execute(credentials, write);
            return true;
        } catch (SQLException refused) {
            return false;
        }
    }
}
