package io.paddock.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;

/** The nodes of a cluster are updated one after the other while applications write with synchronous commits: nothing may be lost. */
@Tag("update")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RollingUpdateTest {

    private static final int SWITCHOVERS = 2;
    private static final int ANY = Integer.MAX_VALUE;

    private static Broker broker;
    private static String instance;
    private static Cluster cluster;

    @BeforeAll
    static void create() {
        Platform platform = Platform.shared();
        broker = platform.broker();
        instance = broker.create(Broker.CLUSTER_SMALL, Map.of("synchronous", true));
        broker.awaitReady(instance);
        JsonNode credentials = broker.bind(instance, "app").body().path("credentials");
        cluster = new Cluster(platform, instance, credentials);
    }

    @AfterAll
    static void delete() {
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
    @Tag("sample")
    @Order(1)
    void moreConnectionsAndThenFewer() throws SQLException {
        whileWriting(SWITCHOVERS, () -> broker.updated(instance, Map.of("parameters", Map.of("max_connections", 140))));
        allHave("max_connections", "140");

        // A standby must not have less than its primary had: the one that is promoted last starts anew for that.
        whileWriting(SWITCHOVERS + 1, () -> {
            broker.updated(instance, Map.of("parameters", Map.of("max_connections", 60)));
            allHave("max_connections", "60");
        });
        broker.updated(instance, Map.of("parameters", Collections.singletonMap("max_connections", null)));
        allHave("max_connections", "100");
    }

    @Test
    @Order(2)
    void keepersOfTwoProtocolsMeet() throws SQLException {
        for (int protocol : List.of(1, 2, 3)) {
            whileWriting(
                    SWITCHOVERS,
                    () -> assertThat(cluster.deploy("", manifest -> withProtocol(manifest, protocol)))
                            .isEqualTo("done"));
            assertThat(cluster.nodes().values())
                    .allSatisfy(node -> assertThat(
                                    node.keeperLog().substring(node.keeperLog().lastIndexOf("speaks protocol")))
                            .startsWith("speaks protocol " + protocol));
        }
    }

    private static String withProtocol(String manifest, int protocol) {
        Map<String, Object> changed = new Yaml().load(manifest);
        Map<?, ?> group = (Map<?, ?>) ((List<?>) changed.get("instance_groups")).get(0);
        for (Object entry : (List<?>) group.get("jobs")) {
            @SuppressWarnings("unchecked")
            Map<String, Object> job = (Map<String, Object>) entry;
            if (job.get("name").equals("keeper")) {
                job.put("properties", Map.of("keeper", Map.of("protocol", protocol)));
            }
        }
        return new Yaml().dump(changed);
    }

    @Test
    @Order(3)
    void aNodeWhoseKeeperIsFrozenIsRestartedAllTheSame() throws SQLException {
        for (Cluster.Node node : List.of(cluster.primary(), cluster.standbys().get(0))) {
            whileWriting(SWITCHOVERS, () -> {
                node.signal("STOP", "keeper");
                assertThat(cluster.change(node, "restart")).isEqualTo("done");
            });
        }
    }

    /** As for a new stemcell. */
    @Test
    @Order(4)
    void everyMachineIsMadeAnew() throws SQLException {
        Set<Path> before = machines();
        whileWriting(
                SWITCHOVERS,
                () -> assertThat(cluster.deploy("?recreate=true", manifest -> manifest))
                        .isEqualTo("done"));
        assertThat(machines()).doesNotContainAnyElementsOf(before);
    }

    private static Set<Path> machines() {
        return cluster.nodes().values().stream().map(Cluster.Node::vcap).collect(Collectors.toSet());
    }

    @ParameterizedTest
    @Order(5)
    @EnumSource(Killed.class)
    void whateverIsKilledTheUpdateEndsOrARepeatHeals(Killed killed) throws SQLException {
        Map<String, ?> wanted = Map.of("parameters", Map.of("max_connections", 110 + killed.ordinal()));
        whileWriting(ANY, () -> {
            broker.update(instance, wanted);
            broker.awaitNode(instance, 2);
            killed.kill.run();
            JsonNode end = broker.ended(instance);
            if (!end.path("state").asString().equals("succeeded")) {
                assertThat(end.path("instance_usable").asBoolean(false))
                        .as(end + "\n" + cluster.logs())
                        .isTrue();
                broker.updated(instance, wanted);
            }
        });
        allHave("max_connections", String.valueOf(110 + killed.ordinal()));
    }

    /** What is killed in the middle of an update. */
    enum Killed {
        PRIMARY(() -> cluster.primary().signalPostgres("KILL")),
        MACHINE_OF_THE_PRIMARY(() -> cluster.primary().lose()),
        MACHINE_OF_A_STANDBY(() -> cluster.standbys().get(0).lose()),
        DIRECTOR(() -> {
            Platform.shared().signal("minidirector", "KILL");
            Platform.shared().paddock("up");
        }),
        UPDATE(() -> cluster.cancelTasks());

        private final Runnable kill;

        Killed(Runnable kill) {
            this.kill = kill;
        }
    }

    /** What a growth that is taken back late does, here with a primary that is to be deleted. */
    @Test
    @Order(6)
    void cutDownToOneNodeByItsOperatorItKeepsEveryRowAndGrowsAgain() throws SQLException {
        cluster.primary().switchOver("postgres-2".equals(cluster.primary().name()) ? "postgres-1" : "postgres-2");
        cluster.awaitHealthy();
        try (Load load = Load.start(cluster.credentials(), 2)) {
            assertThat(cluster.deploy("", manifest -> withNodes(manifest, 1))).isEqualTo("done");
            assertThat(cluster.nodes()).containsOnlyKeys("postgres-0");
            assertThat(cluster.primary().metric("paddock_voters")).isEqualTo(1);
            load.awaitProbes(20);
            assertThat(cluster.deploy("", manifest -> withNodes(manifest, 3))).isEqualTo("done");
            cluster.awaitHealthy();
            load.awaitProbes(20);
            assertThat(load.twoWriters()).as(cluster.logs()).isEmpty();
            assertThat(load.lost()).as(cluster.logs()).isEmpty();
        }
    }

    private static String withNodes(String manifest, int nodes) {
        return manifest.replaceFirst("(?m)^( *)instances: \\d+$", "$1instances: " + nodes);
    }

    @Test
    @Tag("verify")
    @Order(7)
    void toTheLargerPlan() throws SQLException {
        whileWriting(SWITCHOVERS, () -> {
            broker.update(
                    instance,
                    Map.of(
                            "plan_id",
                            Broker.CLUSTER_LARGE,
                            "parameters",
                            Collections.singletonMap("max_connections", null)));
            assertThat(broker.description(instance))
                    .contains("the servers restart one after the other with plan cluster-large");
            broker.awaitReady(instance);
        });
        allHave("shared_buffers", "2GB");
        allHave("max_connections", "200");
    }

    private static void allHave(String setting, String value) {
        for (Cluster.Node node : cluster.nodes().values()) {
            Platform.await(
                    node + " has " + setting + " " + value,
                    () -> node.setting(setting).equals(value));
        }
    }

    private interface Update {
        void happens() throws SQLException;
    }

    /** @param interruptions at most so many times the writers are interrupted */
    private static void whileWriting(int interruptions, Update update) throws SQLException {
        cluster.awaitHealthy();
        try (Load load = Load.start(cluster.credentials(), 2)) {
            long promotions = cluster.primary().metric("paddock_promotion");
            update.happens();
            cluster.awaitHealthy();
            load.awaitProbes(20);

            assertThat(cluster.primary().metric("paddock_promotion") - promotions)
                    .as("promotions\n" + cluster.logs())
                    .isLessThanOrEqualTo(interruptions);
            assertThat(load.interruptions())
                    .as("interruptions\n" + cluster.logs())
                    .isLessThanOrEqualTo(interruptions);
            assertThat(load.twoWriters()).as(cluster.logs()).isEmpty();
            assertThat(load.lost()).as(cluster.logs()).isEmpty();
        }
    }
}
