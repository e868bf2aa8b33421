package io.paddock.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import tools.jackson.databind.JsonNode;

/**
 * An installation that the earlier release made is taken over by these sources, as by {@code git pull && ./paddock up}: state, services,
 * machines that run, and then the instances, one after the other, under load. Each test goes on from where the one before it ended.
 */
@Tag("update")
@Tag("sample")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class EarlierReleaseTest {

    private static final Map<String, Object> OF_SINGLES = Map.of("work_mem", "7MB", "max_connections", 44);
    private static final Map<String, Object> OF_THE_CLUSTER =
            Map.of("work_mem", "9MB", "max_connections", 66, "synchronous", true);

    private static final EarlierRelease earlier = new EarlierRelease();
    private static Platform platform;
    private static Broker broker;

    private static Instance single;
    /** Its machine is lost. */
    private static Instance lost;
    /** It is started again by {@code up}. */
    private static Instance stopped;

    private static Instance cluster;

    /** A service instance that the earlier release made, with a binding and 1000 rows. */
    private record Instance(String id, JsonNode credentials, Cluster nodes) {

        static Instance create(String plan, Map<String, ?> parameters) throws SQLException {
            String id = broker.create(plan, parameters);
            broker.awaitReady(id);
            Broker.Answer bound = broker.bind(id, "app-" + id);
            assertThat(bound.status()).as(bound.toString()).isEqualTo(201);
            JsonNode credentials = bound.body().path("credentials");
            Database.execute(credentials, "create table kept as select generate_series(1, 1000) as n");
            return new Instance(id, credentials, new Cluster(platform, id, credentials));
        }

        /** The process ids of what runs on its nodes. */
        Map<String, List<String>> processes() {
            Map<String, List<String>> processes = new TreeMap<>();
            nodes.nodes()
                    .forEach((name, node) ->
                            processes.put(name, List.of(node.postmaster(), node.pid("postgres"), node.pid("keeper"))));
            return processes;
        }

        /** The director's tasks for it. */
        String tasks() {
            return platform.director("/tasks?verbose=2\\&deployment=service-instance-" + id);
        }

        void isWhole() throws SQLException {
            Platform.await("it answers", () -> Database.answers(credentials));
            assertThat(Database.query(credentials, "select count(*) from kept")).isEqualTo("1000");
        }

        Map<String, ?> parameters() {
            Map<String, Object> stored = new TreeMap<>();
            broker.fetch(id)
                    .body()
                    .path("parameters")
                    .properties()
                    .forEach(parameter -> stored.put(
                            parameter.getKey(),
                            parameter.getValue().isNumber()
                                    ? parameter.getValue().intValue()
                                    : parameter.getValue().isBoolean()
                                            ? parameter.getValue().booleanValue()
                                            : parameter.getValue().asString()));
            return stored;
        }
    }

    @BeforeAll
    static void makeWithTheEarlierRelease() throws SQLException {
        platform = Platform.of(earlier.checkOut());
        earlier.keepBuilt();
        broker = platform.broker();
        single = Instance.create(Broker.SMALL, OF_SINGLES);
        lost = Instance.create(Broker.SMALL, Map.of());
        stopped = Instance.create(Broker.SMALL, Map.of());
        cluster = Instance.create(Broker.CLUSTER_SMALL, OF_THE_CLUSTER);
        cluster.nodes().awaitHealthy();
    }

    @AfterAll
    static void takeDown() {
        if (platform != null) {
            platform.takeDown();
        }
    }

    @Test
    @Order(1)
    void theServicesAreReplacedWhileTheDatabasesGoOn() throws SQLException {
        List<Instance> all = List.of(single, lost, stopped, cluster);
        List<Map<String, List<String>>> processes =
                all.stream().map(Instance::processes).toList();
        List<String> tasks = all.stream().map(Instance::tasks).toList();
        long earlierBroker = platform.pid("broker");
        try (Load ofSingle = Load.start(single.credentials(), 0);
                Load ofCluster = Load.start(cluster.credentials(), 0)) {
            earlier.pull();
            Platform.Result up = platform.paddock("up");
            assertThat(up.exitCode()).as(up.output()).isZero();
            assertThat(platform.pid("broker")).isNotEqualTo(earlierBroker);
            for (Load load : List.of(ofSingle, ofCluster)) {
                load.awaitProbes(40);
                assertThat(load.errors()).as(cluster.nodes().logs()).isZero();
                assertThat(load.lost()).isEmpty();
            }
        }
        assertThat(all.stream().map(Instance::processes)).isEqualTo(processes);
        assertThat(all.stream().map(Instance::tasks)).isEqualTo(tasks);
    }

    @Test
    @Order(2)
    void whatWasStoredIsKnownAndBindingsComeAndGo() throws SQLException {
        assertThat(single.parameters()).isEqualTo(OF_SINGLES);
        assertThat(cluster.parameters()).isEqualTo(OF_THE_CLUSTER);
        for (Instance instance : List.of(single, cluster)) {
            assertThat(broker.bind(instance.id(), "app-" + instance.id()).body().path("credentials"))
                    .isEqualTo(instance.credentials());
            JsonNode another = broker.bind(instance.id(), "another-" + instance.id())
                    .body()
                    .path("credentials");
            assertThat(Database.query(another, "select count(*) from kept")).isEqualTo("1000");
            Database.execute(another, "alter table kept add column by_another text");
            assertThat(broker.unbind(instance.id(), "another-" + instance.id()).status())
                    .isEqualTo(200);
            assertThatThrownBy(() -> Database.query(another, "select 1")).isInstanceOf(SQLException.class);
        }
    }

    @Test
    @Order(3)
    void aLiveParameterRestartsNothing() throws SQLException {
        Map<String, List<String>> processes = cluster.processes();
        broker.updated(cluster.id(), Map.of("parameters", Map.of("work_mem", "10MB")));
        assertThat(Database.query(cluster.credentials(), "show work_mem")).isEqualTo("10MB");
        assertThat(cluster.processes()).isEqualTo(processes);
    }

    @Test
    @Order(4)
    void aProcessThatDiesIsStartedAgain() throws SQLException {
        Cluster.Node node = single.nodes().nodes().get(Growth.SINGLE);
        for (String process : List.of("keeper", "postgres")) {
            String killed = node.pid(process);
            node.signal("KILL", process);
            Platform.await(
                    process + " runs again",
                    () -> !node.pid(process).isEmpty() && !node.pid(process).equals(killed));
            Platform.await("the keeper says so", () -> node.ask("/primary").equals(Optional.of(200)));
            single.isWhole();
        }
    }

    @Test
    @Order(5)
    void aMachineWhoseFirstProcessDiesIsRecreated() throws SQLException {
        Cluster.Node node = lost.nodes().nodes().get(Growth.SINGLE);
        Path server = Path.of("/proc", node.postmaster());

        // The others of such a machine live on then, and its disk must not get a second server.
        node.killFirstProcess();

        Platform.await("its server has ended", Platform.OPERATION, () -> !Files.exists(server));
        lost.isWhole();
    }

    @Test
    @Order(6)
    void aSingleNodeIsUpdated() throws SQLException {
        try (Load load = Load.start(single.credentials(), 2)) {
            broker.updated(single.id(), upgrade(Map.of("max_connections", 55)));
            load.awaitProbes(20);
            assertThat(load.lost()).isEmpty();
        }
        single.isWhole();
        assertThat(Database.query(single.credentials(), "show max_connections")).isEqualTo("55");
        assertThat(Database.query(single.credentials(), "show work_mem")).isEqualTo("7MB");
    }

    @Test
    @Order(7)
    void aClusterIsUpdatedAndLosesItsPrimaryWhileHalfOfItsNodesAreNew() throws SQLException {
        Map<String, List<String>> before = cluster.processes();
        Map<String, ?> wanted = upgrade(Map.of("max_connections", 77));
        try (Load load = Load.start(cluster.credentials(), 2)) {
            assertThat(broker.update(cluster.id(), wanted).status()).isEqualTo(202);
            Platform.await("one node is new", Platform.OPERATION, () -> updatedNodes(before) > 0);
            cluster.nodes().primary().signalPostgres("KILL");
            assertThat(updatedNodes(before)).as("new nodes").isLessThan(3);
            JsonNode end = broker.ended(cluster.id());
            if (!end.path("state").asString().equals("succeeded")) {
                assertThat(end.path("instance_usable").asBoolean(false))
                        .as(end + "\n" + cluster.nodes().logs())
                        .isTrue();
                broker.updated(cluster.id(), wanted);
            }
            cluster.nodes().awaitHealthy();
            load.awaitProbes(20);
            assertThat(load.twoWriters()).as(cluster.nodes().logs()).isEmpty();
            assertThat(load.lost()).as(cluster.nodes().logs()).isEmpty();
        }
        cluster.isWhole();
        assertThat(cluster.nodes().nodes().values())
                .allSatisfy(node -> assertThat(node.setting("max_connections")).isEqualTo("77"));
        assertThat(Database.query(cluster.credentials(), "show work_mem")).isEqualTo("10MB");
        assertThat(broker.bind(cluster.id(), "after").status()).isEqualTo(201);
        // As if all nodes had been new for long.
        cluster.nodes()
                .nodes()
                .values()
                .forEach(node -> node.run("touch -d \"-1 hour\" /var/vcap/store/postgres/tls/server.pem"));
        Platform.await(
                "whoever shows no token is shut out of Consul",
                () -> cluster.nodes().logs().contains("the lock's servers are closed to whoever shows no token"));
        Cluster.Node primary = cluster.nodes().primary();
        primary.signalPostgres("KILL");
        cluster.nodes().awaitPrimaryOtherThan(primary);
        cluster.nodes().awaitHealthy();
    }

    /** Nodes whose keeper was started again by the update and is well. */
    private static long updatedNodes(Map<String, List<String>> before) {
        return cluster.nodes().nodes().values().stream()
                .filter(node -> !before.get(node.name()).get(2).equals(node.pid("keeper"))
                        && node.ask("/health").isPresent())
                .count();
    }

    @Test
    @Order(8)
    void downAndUpKeepTheMachinesOfBothReleases() throws SQLException {
        assertThat(platform.paddock("down").exitCode()).isZero();
        assertThat(Stream.of(stopped, single, cluster).map(Instance::credentials))
                .noneMatch(Database::answers);
        Platform.Result up = platform.paddock("up");
        assertThat(up.exitCode()).as(up.output()).isZero();
        for (Instance instance : List.of(stopped, lost, single, cluster)) {
            instance.isWhole();
        }
        cluster.nodes().awaitHealthy();
    }

    @Test
    @Order(9)
    void deletingThemLeavesNothing() throws IOException {
        List<Instance> all = List.of(stopped, lost, single, cluster);
        all.forEach(
                instance -> assertThat(broker.delete(instance.id()).status()).isEqualTo(202));
        all.forEach(instance -> broker.awaitGone(instance.id()));
        assertThat(platform.paddock("delete-service", "db", "-f", "--wait").exitCode())
                .isZero();

        assertThat(platform.below("machines")).isEmpty();
        assertThat(platform.below("disks")).isEmpty();
        assertThat(platform.below("deployments")).isEmpty();
        assertThat(Files.readString(platform.home().resolve("minidirector/variables.json")))
                .doesNotContain("service-instance-");
        assertThat(platform.stateDatabase(
                        "select (select count(*) from service_instance) + (select count(*) from service_binding)"))
                .isEqualTo("0");
    }

    /** These parameters, and the versions that the catalog offers now: the platform's users ask for those themselves. */
    private static Map<String, ?> upgrade(Map<String, ?> parameters) {
        String offered = broker.send("GET", "/v2/catalog", null)
                .body()
                .at("/services/0/plans/0/maintenance_info/version")
                .asString("");
        return Map.of("parameters", parameters, "maintenance_info", Map.of("version", offered));
    }
}
