package io.paddock.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A cluster whose parts are killed, stopped and lost while applications write. After each fault the history of acknowledged writes must show
 * one writer at a time, and the cluster must become whole by itself.
 */
class FailoverTest {

    /** What an asynchronous standby may lack in such a load. */
    private static final int TAIL = 200;

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

    @AfterEach
    void heal() {
        cluster.thaw();
        cluster.resurrection(true);
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
    @Tag("long")
    void stoppedPostgresIsKilledAndReplaced() throws SQLException {
        isReplaced(primary -> primary.signalPostgres("STOP"));
    }

    @Test
    void withoutItsKeeperThePrimaryIsReplaced() throws SQLException {
        isReplaced(primary -> primary.signal("STOP", "keeper"));
    }

    @Test
    @Tag("long")
    void aKeeperThatIsKilledIsStartedAgain() throws SQLException {
        Cluster.Node before = cluster.primary();
        try (Load load = Load.start(cluster.credentials(), 2)) {
            String killed = before.pid("keeper");
            before.signal("KILL", "keeper");
            Platform.await(
                    "it runs again",
                    () -> !before.pid("keeper").equals(killed)
                            && before.ask("/health").isPresent());
            cluster.awaitHealthy();
            load.awaitProbes(20);
            assertThat(load.twoWriters()).as(cluster.logs()).isEmpty();
            assertThat(load.lost()).hasSizeLessThan(TAIL);
        }
    }

    @Test
    @Tag("long")
    void withoutKeeperAndLeashPostgresDoesNotLive() throws SQLException {
        recovers(primary -> {
            primary.signal("KILL", "postgres");
            primary.signal("KILL", "keeper");
        });
    }

    @Test
    @Tag("long")
    void aPrimaryWhoseKeeperAndLeashAreFrozenGoesOnAndIsReplacedWhenTheyThaw() throws SQLException {
        Cluster.Node before = cluster.primary();
        try (Load load = Load.start(cluster.credentials(), 2)) {
            before.signal("STOP", "postgres");
            before.signal("STOP", "keeper");
            load.awaitProbes(200);
            long begun = System.nanoTime();
            cluster.thaw();
            load.awaitGap(begun, 100);
            cluster.awaitHealthy();
            load.awaitProbes(20);
            assertThat(load.twoWriters()).as(cluster.logs()).isEmpty();
            assertThat(load.lost()).hasSizeLessThan(TAIL);
        }
    }

    @Test
    @Tag("long")
    void withoutBothStandbysNothingIsWrittenAndNothingLost() throws SQLException {
        cluster.resurrection(false);
        Cluster.Node primary = cluster.primary();
        try (Load load = Load.start(cluster.credentials(), 2)) {
            long begun = System.nanoTime();
            cluster.standbys().forEach(Cluster.Node::lose);
            Platform.await("the primary has stopped", () -> !primary.is("primary"));
            cluster.repair();
            load.awaitGap(begun, 1000);
            load.awaitProbes(20);
            assertThat(load.twoWriters()).as(cluster.logs()).isEmpty();
            assertThat(load.lost()).isEmpty();
        }
        assertThat(cluster.primary().name()).isEqualTo(primary.name());
    }

    @Test
    void twoFailoversInARowWithTheFirstPrimaryReturningInBetween() throws SQLException {
        cluster.resurrection(false);
        Cluster.Node first = cluster.primary();
        try (Load load = Load.start(cluster.credentials(), 2)) {
            first.lose();
            Cluster.Node second = cluster.awaitPrimaryOtherThan(first);
            cluster.awaitStandbys(1);
            cluster.resurrection(true);
            second.signalPostgres("KILL");
            cluster.awaitPrimaryOtherThan(second);
            cluster.repair();
            cluster.awaitHealthy();
            load.awaitProbes(20);
            assertThat(load.twoWriters()).as(cluster.logs()).isEmpty();
            assertThat(load.lost()).hasSizeLessThan(2 * TAIL);
        }
    }

    @Test
    @Tag("long")
    void aNodeThatWasAwayForTwoPromotionsComesBackWithItsOldTimeline() throws SQLException {
        cluster.resurrection(false);
        Cluster.Node first = cluster.primary();
        try (Load load = Load.start(cluster.credentials(), 2)) {
            first.lose();
            Cluster.Node second = cluster.awaitPrimaryOtherThan(first);
            cluster.awaitStandbys(1);
            second.switchOver();
            cluster.awaitPrimaryOtherThan(second);
            cluster.repair();
            cluster.awaitHealthy();
            load.awaitProbes(20);
            assertThat(load.twoWriters()).as(cluster.logs()).isEmpty();
            assertThat(load.lost()).hasSizeLessThan(TAIL);
        }
    }

    @Test
    @Tag("long")
    void aFirstNodeWithAnEmptyDiskIsCloned() throws SQLException {
        cluster.resurrection(false);
        Cluster.Node first = cluster.nodes().get("postgres-0");
        try (Load load = Load.start(cluster.credentials(), 2)) {
            first.loseWithDisk();
            cluster.repair();
            cluster.awaitHealthy();
            load.awaitProbes(20);
            assertThat(load.twoWriters()).as(cluster.logs()).isEmpty();
            assertThat(load.lost()).hasSizeLessThan(TAIL);
        }
    }

    @Test
    @Tag("long")
    void aFirstNodeWithAnEmptyDiskThatReachesNobodyWaitsAndFoundsNothing() throws SQLException {
        Database.execute(
                cluster.credentials(), "create table if not exists founded (id int)", "insert into founded values (1)");
        String rows = Database.query(cluster.credentials(), "select count(*) from founded");
        cluster.resurrection(false);
        Cluster.Node first = cluster.nodes().get("postgres-0");
        cluster.nodes().values().stream()
                .filter(node -> !node.name().equals(first.name()))
                .forEach(Cluster.Node::freeze);
        first.loseWithDisk();
        cluster.resurrection(true);
        Platform.await(
                "it is back and waits",
                () -> cluster.findNode(first.name())
                        .filter(node -> !node.vcap().equals(first.vcap())
                                && node.keeperLog().contains("waits for the other nodes"))
                        .isPresent());
        for (int i = 0; i < 100; i++) {
            assertThat(cluster.nodes().get(first.name()).is("primary")).isFalse();
        }
        assertThat(cluster.nodes().get(first.name()).hasData()).isFalse();

        cluster.thaw();
        cluster.awaitHealthy();
        assertThat(Database.query(cluster.credentials(), "select count(*) from founded"))
                .isEqualTo(rows);
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
            cluster.thaw();
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
    @Tag("long")
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
        recovers(primary -> {
            fault.accept(primary);
            cluster.awaitPrimaryOtherThan(primary);
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
            cluster.thaw();
            cluster.repair();
            cluster.awaitHealthy();
            load.awaitProbes(20);
            assertThat(load.twoWriters()).as(cluster.logs()).isEmpty();
            assertThat(load.lost()).hasSizeLessThan(TAIL);
            // The furthest standby was promoted, so that the other one had nothing to take back.
            assertThat(cluster.nodes().values())
                    .noneMatch(node -> node.keeperLog().contains("has more of the log"));
        }
    }
}
