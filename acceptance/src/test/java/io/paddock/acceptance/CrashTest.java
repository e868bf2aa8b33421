package io.paddock.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What dies in the middle of work, and what comes of it. */
@Tag("survival")
class CrashTest {

    private final Platform platform = Platform.shared();
    private final Broker broker = platform.broker();

    /** {@link SurvivalTest} kills all of them as well, but not always in the middle of a creation. */
    @ParameterizedTest
    @ValueSource(strings = {"broker", "spi", "deployer", "minidirector"})
    void aServiceThatIsKilledInTheMiddleOfACreateAndStartedAgainFinishesIt(String service) {
        String id = broker.create(Map.of());
        Platform.await(
                "the director works on it",
                () -> broker.description(id).matches("(creating machine|setting up node).*"));

        platform.signal(service, "KILL");
        assertThat(platform.paddock("up").exitCode()).isZero();

        broker.awaitReady(id);
        assertThat(broker.bind(id, "b").status()).isEqualTo(201);
        assertThat(platform.below("machines"))
                .as("no machine of a lost attempt is left")
                .hasSize(instances());
        broker.delete(id);
        broker.awaitGone(id);
    }

    @Test
    @Tag("verify")
    void aWorkerThatIsPausedInACreateDoesNotResurrectWhatAnotherReplicaDeleted() {
        Replica replica = Replica.start(platform);
        try {
            String id = broker.create(Map.of());
            Platform.await(
                    "the worker is at work on it", () -> !broker.description(id).equals("waiting to start"));
            platform.signal("broker", "STOP");
            try {
                assertThat(replica.broker().delete(id).status()).isEqualTo(202);
                replica.broker().awaitGone(id);
            } finally {
                platform.signal("broker", "CONT");
            }
            // What the resumed worker may still do is over when an instance that came after it is ready.
            String later = broker.create(Map.of());
            broker.awaitReady(later);

            assertThat(platform.below("deployments")).doesNotContain("service-instance-" + id + ".json");
            assertThat(broker.state(id)).isEqualTo("gone");
            broker.delete(later);
            broker.awaitGone(later);
        } finally {
            replica.stop();
        }
    }

    @Test
    @Tag("sample")
    void whatAReplicaThatIsKilledWasAtIsDoneByTheOtherAndOnce() {
        Replica replica = Replica.start(platform);
        try {
            // So that the other one is killed in the middle of its call, which comes through all the same.
            replica.signal("STOP");
            platform.signal("deployer", "STOP");
            List<String> ids = List.of(broker.create(Map.of()), broker.create(Map.of()));
            Platform.await("both calls lie at the deployer", () -> unreadCallsOfDeployer() >= 2);
            platform.signal("broker", "KILL");
            platform.signal("deployer", "CONT");
            Platform.await(
                    "both calls come through",
                    () -> ids.stream().allMatch(id -> tasks(id).contains("create deployment")));
            replica.signal("CONT");

            for (String id : ids) {
                replica.broker().awaitReady(id);
                assertThat(replica.broker().bind(id, "b-" + id).status()).isEqualTo(201);
                assertThat(tasks(id)).containsOnlyOnce("create deployment");
            }
            ids.forEach(replica.broker()::delete);
            ids.forEach(replica.broker()::awaitGone);
        } finally {
            replica.stop();
            Platform.bash("kill -CONT " + platform.pid("deployer"));
            platform.paddock("up");
        }
    }

    /** Connections with something that it has not read yet. */
    private int unreadCallsOfDeployer() {
        String port = platform.file("settings").get("PADDOCK_DEPLOYER_PORT");
        return Integer.parseInt(
                Platform.bash("ss -tnH state established 'sport = :" + port + "' | awk '$1 > 0' | wc -l")
                        .output()
                        .strip());
    }

    private String tasks(String id) {
        return platform.director("/tasks?verbose=2\\&deployment=service-instance-" + id);
    }

    @Test
    @Tag("verify")
    void aDeleteDuringACreateLeavesNothing() {
        String id = broker.create(Map.of());
        Platform.await(
                "the director works on it",
                () -> broker.description(id).matches("(creating machine|setting up node).*"));

        assertThat(broker.delete(id).status()).isEqualTo(202);
        broker.awaitGone(id);

        assertThat(platform.below("deployments")).doesNotContain("service-instance-" + id + ".json");
        assertThat(platform.below("machines")).hasSize(instances());
    }

    @Test
    @Tag("verify")
    void aProcessThatDiesIsStartedAgainAndLosesNothing() throws SQLException {
        String id = broker.create(Map.of());
        broker.awaitReady(id);
        JsonNode credentials = broker.bind(id, "b").body().path("credentials");
        Database.execute(credentials, "create table t (id int)", "insert into t values (1)");

        Platform.bash("kill -9 " + postgresOf(id).orElseThrow());
        Platform.await("PostgreSQL answers again", () -> Database.answers(credentials));

        assertThat(Database.query(credentials, "select count(*) from t")).isEqualTo("1");
        broker.delete(id);
        broker.awaitGone(id);
    }

    @Test
    @Tag("verify")
    void aMachineThatDiesIsResurrectedWithItsDiskUnlessThatIsPaused() throws SQLException {
        String id = broker.create(Map.of());
        broker.awaitReady(id);
        JsonNode credentials = broker.bind(id, "b").body().path("credentials");
        Database.execute(credentials, "create table t (id int)", "insert into t values (1)");

        resurrection(false);
        killMachine(id);
        assertThat(Database.answers(credentials)).isFalse();
        String tasks = platform.director("/tasks?verbose=2");
        Platform.await(
                "the health monitor has looked",
                () -> !platform.paddock("status").output().isEmpty());
        assertThat(platform.director("/tasks?verbose=2"))
                .as("nobody repairs it")
                .isEqualTo(tasks);

        resurrection(true);
        Platform.await("the machine is back", () -> Database.answers(credentials));
        assertThat(Database.query(credentials, "select count(*) from t")).isEqualTo("1");
        broker.delete(id);
        broker.awaitGone(id);
    }

    @Test
    @Tag("sample")
    void instancesLiveOnWhileTheDirectorIsAwayAndAreFoundAgain() {
        String id = broker.create(Map.of());
        broker.awaitReady(id);
        JsonNode credentials = broker.bind(id, "b").body().path("credentials");
        String before = postgresOf(id).orElseThrow();

        platform.signal("minidirector", "KILL");
        assertThat(Database.answers(credentials)).isTrue();
        assertThat(broker.bind(id, "while-away").status())
                .as("the config server is away as well")
                .isEqualTo(503);
        platform.paddock("up");

        assertThat(postgresOf(id)).hasValue(before);
        assertThat(broker.bind(id, "while-away").status()).isEqualTo(201);
        broker.delete(id);
        broker.awaitGone(id);
    }

    @Test
    @Tag("sample")
    void aResurrectionThatIsCutOffIsTakenUpAgain() {
        String id = broker.create(Map.of());
        broker.awaitReady(id);
        JsonNode credentials = broker.bind(id, "b").body().path("credentials");

        killMachine(id);
        Platform.await(
                "the resurrection has begun",
                () -> platform.director("/tasks?verbose=2\\&state=processing").contains("scan and fix"));
        platform.signal("minidirector", "KILL");
        platform.paddock("up");

        Platform.await("the machine is back", () -> Database.answers(credentials));
        broker.delete(id);
        broker.awaitGone(id);
    }

    @Test
    @Tag("verify")
    void downAndUpKeepTheDataOfEveryInstance() throws SQLException {
        String one = broker.create(Map.of());
        String two = broker.create(Map.of());
        broker.awaitReady(one);
        broker.awaitReady(two);
        List<JsonNode> all = List.of(
                broker.bind(one, "b1").body().path("credentials"),
                broker.bind(two, "b2").body().path("credentials"));
        for (JsonNode credentials : all) {
            Database.execute(credentials, "create table t (id int)", "insert into t values (1)");
        }

        assertThat(platform.paddock("down").exitCode()).isZero();
        assertThat(all).noneMatch(Database::answers);
        assertThat(platform.paddock("up").exitCode()).isZero();

        for (JsonNode credentials : all) {
            Platform.await("it is back", () -> Database.answers(credentials));
            assertThat(Database.query(credentials, "select count(*) from t")).isEqualTo("1");
        }
        for (String id : List.of(one, two)) {
            broker.delete(id);
            broker.awaitGone(id);
        }
    }

    /** Deployments, each of one machine. */
    private int instances() {
        return platform.below("deployments").size();
    }

    private Optional<String> postgresOf(String id) {
        return machineOf(id)
                .map(machine -> HostProcesses.executable(machine, "postgres"))
                .filter(pid -> !pid.isEmpty());
    }

    private Optional<Path> machineOf(String id) {
        return platform.below("machines").stream()
                .map(cid -> platform.home().resolve("minidirector/machines/" + cid))
                .filter(machine ->
                        Platform.bash("grep -qsx service-instance-" + id + " " + machine + "/vcap/instance/deployment")
                                        .exitCode()
                                == 0)
                .findFirst();
    }

    private void killMachine(String id) {
        Platform.bash("sh " + Platform.MACHINE + " kill " + machineOf(id).orElseThrow());
    }

    private void resurrection(boolean on) {
        platform.director(
                "/resurrection -X PUT -H Content-Type:application/json -d '{\"resurrection_paused\":" + !on + "}'");
    }

    /** A second broker on the same state database, bound to it as on Cloud Foundry. */
    private record Replica(Process process, Broker broker) {

        static Replica start(Platform platform) {
            Map<String, String> secrets = platform.file("secrets");
            Map<String, String> settings = platform.file("settings");
            int port = Platform.freePort();
            Map<String, String> environment = new HashMap<>();
            environment.put("SERVER_PORT", Integer.toString(port));
            environment.put("SPRING_SECURITY_USER_NAME", "paddock");
            environment.put("SPRING_SECURITY_USER_PASSWORD", secrets.get("BROKER_PASSWORD"));
            // As on Cloud Foundry: manifest.yml takes the database from a binding.
            environment.put("VCAP_APPLICATION", "{}");
            environment.put(
                    "VCAP_SERVICES",
                    "{\"postgresql\": [{\"name\": \"paddock-state\", \"credentials\": {\"jdbcUrl\": \"jdbc:postgresql://127.0.0.1:"
                            + settings.get("PADDOCK_DB_PORT") + "/postgres?user=paddock&password="
                            + secrets.get("STATE_DB_PASSWORD") + "\"}}]}");
            environment.put("SPRING_DATASOURCE_URL", "${vcap.services.paddock-state.credentials.jdbcUrl}");
            environment.put("BROKER_REMOTE_SPI_URL", "http://127.0.0.1:" + settings.get("PADDOCK_SPI_PORT"));
            environment.put("BROKER_REMOTE_SPI_USERNAME", "paddock");
            environment.put("BROKER_REMOTE_SPI_PASSWORD", secrets.get("SPI_PASSWORD"));
            environment.put("BROKER_REMOTE_DEPLOYER_URL", "http://127.0.0.1:" + settings.get("PADDOCK_DEPLOYER_PORT"));
            environment.put("BROKER_REMOTE_DEPLOYER_USERNAME", "paddock");
            environment.put("BROKER_REMOTE_DEPLOYER_PASSWORD", secrets.get("DEPLOYER_PASSWORD"));
            environment.put("BROKER_ENCRYPTION_ACTIVEKEY", "local");
            environment.put("BROKER_ENCRYPTION_KEYS_LOCAL", secrets.get("ENCRYPTION_KEY"));
            Path jar = Platform.ROOT.resolve("broker/target/app/broker.jar");
            Process process = Platform.start(
                    environment,
                    platform.home().resolve("log/replica.log"),
                    List.of(System.getProperty("java.home") + "/bin/java", "-Xmx160m", "-jar", jar.toString()));
            Broker broker = new Broker("http://127.0.0.1:" + port, "paddock", secrets.get("BROKER_PASSWORD"));
            Platform.await(
                    "the replica answers",
                    () -> Platform.bash("curl -fs http://127.0.0.1:" + port + "/actuator/health/readiness")
                                    .exitCode()
                            == 0);
            return new Replica(process, broker);
        }

        void signal(String signal) {
            Platform.bash("kill -" + signal + " " + process.pid());
        }

        void stop() {
            process.destroyForcibly();
        }
    }
}
