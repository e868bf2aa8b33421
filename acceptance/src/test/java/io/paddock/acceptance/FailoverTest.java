package io.paddock.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
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
@Tag("failover")
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
    @Tag("verify")
    void credentialsNameAllHosts() {
        assertThat(cluster.credentials().path("hosts").valueStream().map(host -> host.asString()))
                .containsExactlyInAnyOrderElementsOf(cluster.nodes().values().stream()
                        .map(Cluster.Node::address)
                        .toList());
        assertThat(cluster.credentials().path("uri").asString()).contains("target_session_attrs=read-write");
    }

    @Test
    @Tag("verify")
    void killedPostgresIsReplaced() throws SQLException {
        isReplaced(primary -> primary.signalPostgres("KILL"));
    }

    @Test
    void stoppedPostgresIsKilledAndReplaced() throws SQLException {
        isReplaced(primary -> primary.signalPostgres("STOP"));
    }

    /** Sessions go on, but nobody can connect. */
    @Test
    void aStoppedPostmasterIsKilledAndReplaced() throws SQLException {
        isReplaced(primary -> primary.signalPostmaster("STOP"));
    }

    @Test
    @Tag("sample")
    void withoutItsKeeperThePrimaryIsReplaced() throws SQLException {
        isReplaced(primary -> primary.signal("STOP", "keeper"));
    }

    @Test
    void aKeeperThatIsKilledIsStartedAgain() throws SQLException {
        Cluster.Node primary = cluster.primary();
        whileWriting(TAIL, load -> {
            String killed = primary.pid("keeper");
            primary.signal("KILL", "keeper");
            Platform.await(
                    "it runs again",
                    () -> !primary.pid("keeper").equals(killed)
                            && primary.ask("/health").isPresent());
        });
    }

    @Test
    void withoutKeeperAndLeashPostgresDoesNotLive() throws SQLException {
        Cluster.Node primary = cluster.primary();
        whileWriting(TAIL, load -> {
            long begun = System.nanoTime();
            primary.signal("KILL", "postgres");
            primary.signal("KILL", "keeper");
            load.awaitGap(begun, 100);
        });
    }

    @Test
    void aPrimaryWhoseKeeperAndLeashAreFrozenGoesOnAndIsReplacedWhenTheyThaw() throws SQLException {
        Cluster.Node primary = cluster.primary();
        whileWriting(TAIL, load -> {
            primary.signal("STOP", "postgres");
            primary.signal("STOP", "keeper");
            load.awaitProbes(200);
            long begun = System.nanoTime();
            cluster.thaw();
            load.awaitGap(begun, 100);
        });
    }

    @Test
    @Tag("sample")
    void aLostMachineIsReplacedAndComesBack() throws SQLException {
        cluster.resurrection(false);
        isReplaced(Cluster.Node::lose);
    }

    @Test
    void withoutBothStandbysNothingIsWrittenAndNothingLost() throws SQLException {
        cluster.resurrection(false);
        Cluster.Node primary = cluster.primary();
        whileWriting(0, load -> {
            long begun = System.nanoTime();
            cluster.standbys().forEach(Cluster.Node::lose);
            Platform.await("the primary has stopped", () -> !primary.is("primary"));
            cluster.repair();
            load.awaitGap(begun, 1000);
        });
        assertThat(cluster.primary().name()).isEqualTo(primary.name());
    }

    @Test
    void twoFailoversInARowWithTheFirstPrimaryReturningInBetween() throws SQLException {
        cluster.resurrection(false);
        Cluster.Node first = cluster.primary();
        whileWriting(2 * TAIL, load -> {
            first.lose();
            Cluster.Node second = cluster.awaitPrimaryOtherThan(first);
            cluster.awaitSuccessors(second, 1);
            cluster.resurrection(true);
            second.signalPostgres("KILL");
            cluster.awaitPrimaryOtherThan(second);
            cluster.repair();
        });
    }

    @Test
    void aNodeThatWasAwayForTwoPromotionsComesBackWithItsOldTimeline() throws SQLException {
        cluster.resurrection(false);
        Cluster.Node first = cluster.primary();
        whileWriting(TAIL, load -> {
            first.lose();
            Cluster.Node second = cluster.awaitPrimaryOtherThan(first);
            cluster.awaitSuccessors(second, 1);
            second.switchOver();
            cluster.awaitPrimaryOtherThan(second);
            cluster.repair();
        });
    }

    @Test
    void aFirstNodeWithAnEmptyDiskIsCloned() throws SQLException {
        cluster.resurrection(false);
        Cluster.Node first = cluster.nodes().get("postgres-0");
        whileWriting(TAIL, load -> {
            first.loseWithDisk();
            cluster.repair();
        });
    }

    @Test
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
        Cluster.Node recreated = cluster.findNode(first.name()).orElseThrow();
        for (int i = 0; i < 100; i++) {
            assertThat(recreated.is("primary")).isFalse();
        }
        assertThat(recreated.hasData()).isFalse();

        cluster.thaw();
        cluster.awaitHealthy();
        assertThat(Database.query(cluster.credentials(), "select count(*) from founded"))
                .isEqualTo(rows);
    }

    @Test
    void theLastNodeThatHasDataTakesOverWhenAnOperatorSaysSo() throws SQLException {
        Database.execute(
                cluster.credentials(), "create table if not exists kept (id int)", "insert into kept values (1)");
        String rows = Database.query(cluster.credentials(), "select count(*) from kept");
        cluster.resurrection(false);
        Cluster.Node last = cluster.standbys().get(0);
        assertThat(last.takeOver()).contains("there is a primary");
        cluster.nodes().values().stream()
                .filter(node -> !node.name().equals(last.name()))
                .forEach(Cluster.Node::loseWithDisk);
        cluster.resurrection(true);
        Platform.await("it takes over", () -> last.takeOver().contains("is a cluster of one now"));
        cluster.awaitHealthy();
        assertThat(Database.query(cluster.credentials(), "select count(*) from kept"))
                .isEqualTo(rows);
        Platform.await(
                "all have a vote again",
                () -> cluster.nodes().values().stream().allMatch(node -> node.metric("paddock_voters") == 3));
    }

    @Test
    @Tag("sample")
    void withoutConsulThePrimaryGoesOn() throws SQLException {
        Cluster.Node primary = cluster.primary();
        whileWriting(0, load -> {
            cluster.nodes().values().forEach(node -> node.signal("STOP", "consul"));
            load.awaitProbes(100);
            cluster.thaw();
        });
        assertThat(cluster.primary().name()).isEqualTo(primary.name());
    }

    @Test
    @Tag("sample")
    void withSynchronousNothingIsLostAndSettingsStay() throws SQLException {
        broker.updated(instance, Map.of("parameters", Map.of("synchronous", true, "checkpoint_timeout", "7min")));
        Platform.await(
                "the settings are everywhere",
                () -> cluster.nodes().values().stream()
                        .allMatch(node -> node.systemSettings().contains("checkpoint_timeout = '7min'")
                                && node.systemSettings().contains("synchronous_standby_names = 'ANY 1")));
        Cluster.Node before = cluster.primary();
        whileWriting(0, load -> {
            before.signalPostgres("KILL");
            cluster.awaitPrimaryOtherThan(before);
            load.awaitProbes(40);
        });
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

    /** Whoever was the server's user left settings that run commands, where the keeper's secrets can be read. */
    @Test
    void aFormerPrimarysDataRunNoCommandWhenTheyAreRewound() throws SQLException {
        Cluster.Node primary = cluster.primary();
        primary.run(
                "cd /var/vcap/store/postgres/current && printf \"restore_command = %btouch /var/vcap/store/postgres/ran; false%b\\n\" \"\\x27\" \"\\x27\" >>postgresql.auto.conf;"
                        + " : >recovery.signal; chown vcap:vcap recovery.signal");
        primary.signalPostgres("KILL");
        cluster.awaitPrimaryOtherThan(primary);
        cluster.awaitHealthy();

        assertThat(cluster.findNode(primary.name()).orElseThrow().keeperLog()).contains("repmgr/bin/rejoin took");
        assertThat(primary.run("ls /var/vcap/store/postgres/ran").exitCode()).isNotZero();
    }

    /** Another copy of the data mends what is wrong with the data, and nothing else. */
    @Test
    void aStandbyWhoseServerEndsWheneverItIsStartedFailsPostStartAndSaysWhy() throws IOException, SQLException {
        Cluster.Node standby = cluster.standbys().get(0);
        Path settings = standby.vcap().resolve("data/jobs/postgres/config/postgresql.conf");
        String content = Files.readString(settings);
        try {
            Files.writeString(settings, content + "shared_preload_libraries = 'nonsense'\n");
            standby.signalPostgres("KILL");
            Platform.await("its end is seen", () -> !standby.ask("/replica").equals(Optional.of(200)));

            Platform.Result failed = standby.run("/var/vcap/jobs/postgres/bin/post-start");

            assertThat(failed.exitCode()).as(failed.output()).isEqualTo(1);
            assertThat(failed.output())
                    .contains("PostgreSQL does not start: FATAL: could not access file \"nonsense\"");
            assertThat(standby.keeperLog()).contains("could not be started as a standby 3 times");
        } finally {
            Files.writeString(settings, content);
        }
        cluster.awaitHealthy();
    }

    @Test
    @Tag("verify")
    void aSwitchoverLosesNothing() throws SQLException {
        Cluster.Node before = cluster.primary();
        whileWriting(0, load -> {
            before.switchOver();
            cluster.awaitPrimaryOtherThan(before);
        });
    }

    @Test
    void allThreeComeBack() throws SQLException {
        cluster.resurrection(false);
        whileWriting(TAIL, load -> {
            cluster.nodes().values().forEach(Cluster.Node::lose);
            cluster.repair();
        });
    }

    /** Breaks the primary under load: another node takes over, and then all is made well again. */
    private static void isReplaced(Consumer<Cluster.Node> fault) throws SQLException {
        Cluster.Node before = cluster.primary();
        Map<Path, Long> rewound = cluster.timesSaid("has more of the log");
        whileWriting(TAIL, load -> {
            fault.accept(before);
            cluster.awaitPrimaryOtherThan(before);
            load.awaitProbes(20);
            cluster.thaw();
            cluster.repair();
        });
        Map<Path, Long> rewoundSince = cluster.timesSaid("has more of the log");
        rewoundSince.keySet().retainAll(rewound.keySet());
        rewound.keySet().retainAll(rewoundSince.keySet());
        assertThat(rewoundSince)
                .as("standbys that had to be rewound, though the furthest was promoted")
                .isEqualTo(rewound);
    }

    private interface Fault {
        void happens(Load load) throws SQLException;
    }

    /**
     * Something happens while applications write. In the end one node writes and two follow; at no time two wrote.
     *
     * @param lost so many acknowledged writes may be lost
     */
    private static void whileWriting(int lost, Fault fault) throws SQLException {
        try (Load load = Load.start(cluster.credentials(), 2)) {
            fault.happens(load);
            cluster.awaitHealthy();
            load.awaitProbes(20);
            assertThat(load.twoWriters()).as(cluster.logs()).isEmpty();
            assertThat(load.lost()).hasSizeLessThanOrEqualTo(lost);
        }
    }
}
