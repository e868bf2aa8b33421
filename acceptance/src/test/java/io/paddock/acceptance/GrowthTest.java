package io.paddock.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A single node becomes a cluster, whatever happens meanwhile. */
class GrowthTest {

    /** What an asynchronous standby may lack in such a load. */
    private static final int TAIL = 200;

    private static final Map<String, String> ANY_SERVER = Map.of("targetServerType", "any");

    private final Platform platform = Platform.shared();
    private final Broker broker = platform.broker();
    private final Growth growth = new Growth(platform);

    @Test
    @Tag("update")
    @Tag("verify")
    void twoNodesJoinWithoutARestartADisconnectOrALostRow() throws SQLException {
        String id = broker.create(Map.of("work_mem", "9MB"));
        broker.awaitReady(id);
        JsonNode before = broker.bind(id, "before").body().path("credentials");
        Cluster single = new Cluster(platform, id, before);
        String process = single.nodes().get(Growth.SINGLE).postmaster();
        Database.execute(before, "create table kept as select generate_series(1, 1000) as n");
        try (Load load = Load.start(before, 2);
                Connection session = Database.connect(before)) {
            broker.update(id, Map.of("plan_id", Broker.CLUSTER_SMALL));
            assertThat(broker.description(id)).contains("without downtime: 2 more servers join the one that runs");
            broker.awaitReady(id);
            load.awaitProbes(20);

            assertThat(load.errors()).isZero();
            assertThat(session.isValid(5)).as("the session goes on").isTrue();
            assertThat(load.lost()).isEmpty();
        }
        assertThat(broker.description(id)).contains("bind your applications again");
        assertThat(single.nodes().get(Growth.SINGLE).postmaster()).isEqualTo(process);

        JsonNode after = broker.bind(id, "after").body().path("credentials");
        Cluster cluster = new Cluster(platform, id, after);
        assertThat(after.path("hosts").size()).isEqualTo(3);
        cluster.awaitHealthy();
        cluster.primary().signalPostgres("KILL");
        assertThat(cluster.awaitPrimaryOtherThan(cluster.nodes().get(Growth.SINGLE))
                        .name())
                .isNotEqualTo(Growth.SINGLE);
        cluster.awaitHealthy();

        assertThat(Database.query(after, "select count(*) from kept")).isEqualTo("1000");
        assertThat(Database.query(after, "show work_mem")).isEqualTo("9MB");
        Database.execute(after, "insert into kept values (1001)");
        oldCredentialsAreGoodForReadingWhatTheyFindAndForAllThatTheyAreTold(before, after);

        Broker.Answer answer = broker.update(id, Map.of("plan_id", Broker.SMALL));
        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.body().path("description").asString())
                .contains("from cluster-small to single-small: a cluster of 3 servers does not become a single one");
        broker.delete(id);
        broker.awaitGone(id);
    }

    /** They name the first server only, which has become a standby: without another binding nobody can know the others. */
    private static void oldCredentialsAreGoodForReadingWhatTheyFindAndForAllThatTheyAreTold(
            JsonNode before, JsonNode after) throws SQLException {
        try (Connection session = Database.connect(before, ANY_SERVER)) {
            Platform.await("the standby has it", () -> {
                try (var rows = session.createStatement().executeQuery("select max(n) from kept")) {
                    return rows.next() && rows.getInt(1) == 1001;
                } catch (SQLException unread) {
                    return false;
                }
            });
        }
        ObjectNode told = before.deepCopy().asObject();
        told.set("hosts", after.path("hosts"));
        Database.execute(told, "insert into kept values (1002)");
    }

    @Test
    @Tag("update")
    void aSingleNodeBecomesALargerCluster() throws SQLException {
        String id = broker.create(Map.of());
        broker.awaitReady(id);
        JsonNode before = broker.bind(id, "before").body().path("credentials");
        try (Load load = Load.start(before, 2)) {
            broker.update(id, Map.of("plan_id", Broker.CLUSTER_LARGE));
            assertThat(broker.description(id)).contains("downtime while the disk is copied");
            broker.awaitReady(id);
            JsonNode after = broker.bind(id, "after").body().path("credentials");
            load.rebind(after);
            Cluster cluster = new Cluster(platform, id, after);
            cluster.awaitHealthy();
            load.awaitProbes(20);
            assertThat(load.lost()).isEmpty();
            assertThat(cluster.nodes().values())
                    .allSatisfy(
                            node -> assertThat(node.setting("shared_buffers")).isEqualTo("2GB"));
        }
        broker.delete(id);
        broker.awaitGone(id);
    }

    @Test
    @Tag("update")
    @Tag("sample")
    void aGrowthThatIsCancelledWhenTheNewNodesHaveGotTheirVoteIsTakenBackAndARepeatHeals() throws SQLException {
        endsWell(Growth.Fault.CANCELLED, Growth.Moment.VOTE);
    }

    @ParameterizedTest
    @Tag("survival")
    @MethodSource("faults")
    void itEndsInTheWantedPlanOrTheOldOneWhatever(Growth.Fault fault, Growth.Moment moment) throws SQLException {
        endsWell(fault, moment);
    }

    static Stream<Arguments> faults() {
        Set<Growth.Moment> all = EnumSet.allOf(Growth.Moment.class);
        Map<Growth.Fault, Set<Growth.Moment>> moments = new EnumMap<>(Map.of(
                Growth.Fault.JOINER_KILLED,
                EnumSet.complementOf(EnumSet.of(Growth.Moment.MACHINES)),
                Growth.Fault.JOINER_LOST,
                EnumSet.of(Growth.Moment.SECOND_IS_CLONING, Growth.Moment.VOTE),
                Growth.Fault.PRIMARY_KILLED,
                all,
                Growth.Fault.KEEPER_KILLED,
                EnumSet.of(Growth.Moment.FIRST_IS_CLONING, Growth.Moment.VOTE),
                Growth.Fault.PRIMARY_LOST,
                EnumSet.of(Growth.Moment.SECOND_IS_CLONING, Growth.Moment.VOTE),
                Growth.Fault.PRIMARY_LOST_WITH_DISK,
                EnumSet.of(Growth.Moment.LOCK),
                Growth.Fault.DIRECTOR_KILLED,
                EnumSet.of(Growth.Moment.FIRST_IS_CLONING, Growth.Moment.BOTH_FOLLOW, Growth.Moment.LOCK),
                Growth.Fault.CANCELLED,
                EnumSet.of(Growth.Moment.FIRST_IS_CLONING, Growth.Moment.FIRST_FOLLOWS, Growth.Moment.LOCK)));
        return moments.entrySet().stream()
                .flatMap(entry -> entry.getValue().stream().map(moment -> Arguments.of(entry.getKey(), moment)));
    }

    /** Only when the others have their vote, or are about to get it, can they take over, and lack a tail. */
    private void endsWell(Growth.Fault fault, Growth.Moment moment) throws SQLException {
        int lost = fault.hitsThePrimary() && moment.compareTo(Growth.Moment.BOTH_FOLLOW) >= 0 ? TAIL : 0;
        Growth.End end = growth.under(fault, moment);

        assertThat(end.writers()).as(end.logs()).isEmpty();
        assertThat(end.lost()).as(end.logs()).hasSizeLessThanOrEqualTo(lost);
    }
}
