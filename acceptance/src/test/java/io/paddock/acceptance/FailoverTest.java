package io.paddock.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A cluster whose parts are killed, stopped and lost while applications write. After each fault the history of acknowledged writes must show
 * one writer at a time, and the cluster must become whole by itself.
 */
class FailoverTest {

    private static Broker broker;
    private static String instance;
    private static Cluster cluster;

    @BeforeAll
    static void create() {
        Platform platform = Platform.shared();
        broker = platform.broker();
        instance = broker.create(Broker.CLUSTER_SMALL, Map.of());
        broker.awaitReady(instance);
        cluster = new Cluster(
                platform, instance, broker.bind(instance, "app").body().path("credentials"));
    }

    @AfterAll
    static void delete() {
        cluster.resurrection(true);
        broker.delete(instance);
        broker.awaitGone(instance);
    }

    @BeforeEach
    void whole() {
        cluster.awaitHealthy();
    }

    @Test
    void credentialsNameAllHosts() {
        assertThat(cluster.credentials().path("hosts").valueStream().map(host -> host.asString()))
                .containsExactlyInAnyOrderElementsOf(cluster.nodes().values().stream()
                        .map(Cluster.Node::address)
                        .toList());
        assertThat(cluster.credentials().path("uri").asString()).contains("target_session_attrs=read-write");
    }

    @Test
    void killedPostgresIsReplaced() throws SQLException {
        isReplaced(primary -> primary.signalPostgres("KILL"));
    }

    @Test
    void stoppedPostgresIsKilledAndReplaced() throws SQLException {
        isReplaced(primary -> primary.signalPostgres("STOP"));
    }

    @Test
    void withoutItsKeeperThePrimaryIsReplaced() throws SQLException {
        isReplaced(primary -> primary.signal("STOP", "keeper"));
    }

    @Test
    void withoutKeeperAndLeashPostgresDoesNotLive() throws SQLException {
        recovers(primary -> {
            primary.signal("KILL", "postgres");
            primary.signal("KILL", "keeper");
        });
    }

    @Test
    void aLostMachineIsReplacedAndComesBack() throws SQLException {
        cluster.resurrection(false);
        isReplaced(Cluster.Node::lose);
    }

    @Test
    void withoutConsulThePrimaryGoesOn() throws SQLException {
        Cluster.Node primary = cluster.primary();
        try (Load load = Load.start(cluster.credentials(), 1)) {
            cluster.nodes().values().forEach(node -> node.signal("STOP", "consul"));
            load.awaitProbes(100);
            cluster.nodes().values().forEach(node -> node.signal("CONT", "consul"));
            load.awaitProbes(20);
            assertThat(load.lost()).isEmpty();
        }
        assertThat(cluster.primary().name()).isEqualTo(primary.name());
    }

    @Test
    void withSynchronousNothingIsLostAndSettingsStay() throws SQLException {
        broker.updated(instance, Map.of("parameters", Map.of("synchronous", true, "checkpoint_timeout", "7min")));
        Platform.await(
                "the settings are everywhere",
                () -> cluster.nodes().values().stream()
                        .allMatch(node -> node.systemSettings().contains("checkpoint_timeout = '7min'")
                                && node.systemSettings().contains("synchronous_standby_names = 'ANY 1")));
        try (Load load = Load.start(cluster.credentials(), 2)) {
            Cluster.Node before = cluster.primary();
            long begun = System.nanoTime();
            before.signalPostgres("KILL");
            load.awaitGap(begun, 100);
            load.awaitProbes(40);
            cluster.awaitHealthy();
            assertThat(load.twoWriters()).as(cluster.logs()).isEmpty();
            assertThat(load.lost()).isEmpty();
            assertThat(cluster.primary().name()).isNotEqualTo(before.name());
        }
        assertThat(Database.query(cluster.credentials(), "show checkpoint_timeout"))
                .isEqualTo("7min");
        Map<String, Object> defaults = new HashMap<>();
        defaults.put("synchronous", null);
        defaults.put("checkpoint_timeout", null);
        broker.updated(instance, Map.of("parameters", defaults));
        Platform.await(
                "nobody is waited for",
                () -> asks("show synchronous_standby_names").isEmpty());
    }

    private static String asks(String sql) {
        try {
            return Database.query(cluster.credentials(), sql);
        } catch (SQLException away) {
            return "?";
        }
    }

    @Test
    void aSwitchoverLosesNothing() throws SQLException {
        Cluster.Node before = cluster.primary();
        try (Load load = Load.start(cluster.credentials(), 2)) {
            long begun = System.nanoTime();
            before.switchOver();
            load.awaitGap(begun, 100);
            load.awaitProbes(40);
            assertThat(load.twoWriters()).as(cluster.logs()).isEmpty();
            assertThat(load.lost()).isEmpty();
        }
        assertThat(cluster.primary().name()).isNotEqualTo(before.name());
    }

    @Test
    void allThreeComeBack() throws SQLException {
        cluster.resurrection(false);
        try (Load load = Load.start(cluster.credentials(), 1)) {
            cluster.nodes().values().forEach(Cluster.Node::lose);
            cluster.repair();
            load.awaitProbes(20);
            assertThat(load.twoWriters()).isEmpty();
        }
        cluster.awaitHealthy();
    }

    /** Breaks the primary under load, and another node takes over. */
    private static void isReplaced(Consumer<Cluster.Node> fault) throws SQLException {
        Cluster.Node before = cluster.primary();
        recovers(primary -> {
            fault.accept(primary);
            Platform.await(
                    "another node is the primary",
                    () -> cluster.findPrimary()
                            .filter(node -> !node.name().equals(before.name()))
                            .isPresent());
        });
    }

    /** Breaks the primary under load: one node at a time writes, and in the end all is well again. */
    private static void recovers(Consumer<Cluster.Node> fault) throws SQLException {
        Cluster.Node before = cluster.primary();
        try (Load load = Load.start(cluster.credentials(), 2)) {
            long begun = System.nanoTime();
            fault.accept(before);
            load.awaitGap(begun, 100);
            load.awaitProbes(20);
            before.signal("CONT", "keeper");
            cluster.repair();
            cluster.awaitHealthy();
            load.awaitProbes(20);
            assertThat(load.twoWriters()).as(cluster.logs()).isEmpty();
            assertThat(load.lost().size())
                    .as("the tail of an asynchronous standby")
                    .isLessThan(200);
        }
    }
}
