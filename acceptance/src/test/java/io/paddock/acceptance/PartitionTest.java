package io.paddock.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A cluster in network namespaces, whose packets vanish. As root it must be possible to have them, and so this fails where it is not; other
 * users can't.
 */
@Tag("failover")
class PartitionTest {

    /** A primary that its applications reach, but no standby, goes on for three seconds. */
    private static final int LOST_IN_A_CUT = 200_000;

    private static Platform platform;
    private static Broker broker;
    private static String instance;
    private static Cluster cluster;

    @BeforeAll
    static void create() {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can make network namespaces");
        platform = Platform.ofNamespaces();
        broker = platform.broker();
        instance = broker.create(Broker.CLUSTER_SMALL, Map.of());
        broker.awaitReady(instance);
        cluster = new Cluster(
                platform, instance, broker.bind(instance, "app").body().path("credentials"));
    }

    @AfterAll
    static void delete() {
        if (platform != null) {
            platform.takeDown();
        }
    }

    @BeforeEach
    void whole() {
        cluster.awaitHealthy();
    }

    @AfterEach
    void reconnect() {
        if (cluster != null) {
            cluster.nodes().values().forEach(Cluster.Node::reconnect);
        }
    }

    @Test
    @Tag("sample")
    void aPrimaryThatOnlyApplicationsReachStopsBeforeAnotherOneStarts() throws SQLException {
        isReplaced(false);
    }

    @Test
    @Tag("sample")
    void aPrimaryThatNobodyReachesIsReplaced() throws SQLException {
        isReplaced(true);
    }

    @Test
    void aStandbyThatIsCutOffChangesNothing() throws SQLException {
        Cluster.Node primary = cluster.primary();
        Cluster.Node standby = cluster.standbys().get(0);
        try (Load load = Load.start(cluster.credentials(), 2)) {
            cluster.cutOff(standby, false);
            load.awaitProbes(200);
            standby.reconnect();
            cluster.awaitHealthy();
            assertThat(load.twoWriters()).as(cluster.logs()).isEmpty();
            assertThat(load.lost()).isEmpty();
        }
        assertThat(cluster.primary().name()).isEqualTo(primary.name());
    }

    @ParameterizedTest
    @EnumSource(
            value = Growth.Moment.class,
            names = {"FIRST_FOLLOWS", "LOCK"})
    void aGrowthWhosePrimaryIsCutOffForAWhileEndsWell(Growth.Moment moment) throws SQLException {
        Growth.End end = new Growth(platform).under(Growth.Fault.PRIMARY_CUT_OFF, moment);

        assertThat(end.writers()).as(end.logs()).isEmpty();
        assertThat(end.lost())
                .as(end.logs())
                .hasSizeLessThanOrEqualTo(moment == Growth.Moment.LOCK ? LOST_IN_A_CUT : 0);
    }

    @Test
    void anUpdateWhosePrimaryIsCutOffForAWhileEndsWell() throws SQLException {
        Map<String, ?> wanted = Map.of("parameters", Map.of("max_connections", 90));
        try (Load load = Load.start(cluster.credentials(), 2)) {
            broker.update(instance, wanted);
            broker.awaitNode(instance, 2);
            Cluster.Node primary = cluster.primary();
            long begun = System.nanoTime();
            cluster.cutOff(primary, true);
            load.awaitGap(begun, 1000);
            primary.reconnect();
            if (!broker.ended(instance).path("state").asString().equals("succeeded")) {
                broker.updated(instance, wanted);
            }
            cluster.awaitHealthy();
            load.awaitProbes(20);
            assertThat(load.twoWriters()).as(cluster.logs()).isEmpty();
            assertThat(load.lost()).as(cluster.logs()).hasSizeLessThanOrEqualTo(LOST_IN_A_CUT);
        }
        assertThat(Database.query(cluster.credentials(), "show max_connections"))
                .isEqualTo("90");
    }

    private static void isReplaced(boolean applicationsToo) throws SQLException {
        Cluster.Node before = cluster.primary();
        try (Load load = Load.start(cluster.credentials(), 2)) {
            long begun = System.nanoTime();
            cluster.cutOff(before, applicationsToo);
            load.awaitGap(begun, 1000);
            load.awaitProbes(20);
            assertThat(cluster.primary().name()).isNotEqualTo(before.name());
            before.reconnect();
            cluster.awaitHealthy();
            load.awaitProbes(20);
            assertThat(load.twoWriters()).as(cluster.logs()).isEmpty();
        }
    }
}
