package io.paddock.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The newcomer's way: up, create, bind, use, delete. */
class MainJobTest {

    private static String id;

    private final Platform platform = Platform.shared();
    private final Broker broker = platform.broker();

    @BeforeAll
    static void create() {
        Broker broker = Platform.shared().broker();
        id = broker.create(Map.of("max_connections", 33, "work_mem", "7MB"));
        broker.awaitReady(id);
    }

    @AfterAll
    static void delete() {
        Broker broker = Platform.shared().broker();
        assertThat(broker.delete(id).status()).isEqualTo(202);
        broker.awaitGone(id);
    }

    @Test
    void theLastLineThatUpPrintsConnects() {
        String line = platform.firstUp().lastLine();

        assertThat(line).startsWith("psql ");
        assertThat(Platform.bash(line + " -Atc \"select 'it works'\"").output()).isEqualTo("it works\n");
    }

    @Test
    void upOnceMoreSaysWhatRunsAndStartsNothing() {
        long before = platform.pid("broker");

        Platform.Result again = platform.paddock("up");

        assertThat(again.exitCode()).isZero();
        assertThat(again.output()).contains("Running already: state-db minidirector deployer spi broker");
        assertThat(again.lastLine()).startsWith("psql ");
        assertThat(platform.pid("broker")).isEqualTo(before);
    }

    @Test
    void aServiceThatDiesIsStartedAgain() throws IOException {
        platform.restart(Map.of("PADDOCK_RESTARTS_AFTER", "0"), "spi");
        long before = platform.pid("spi");

        platform.signal("spi", "KILL");

        String ready = "curl -fs http://127.0.0.1:" + platform.file("settings").get("PADDOCK_SPI_PORT")
                + "/actuator/health/readiness";
        Platform.await("another one runs", () -> platform.pid("spi") != before);
        Platform.await("it answers", () -> Platform.bash(ready).exitCode() == 0);
        // From here on it stays dead, as the other tests want it.
        Files.createFile(platform.home().resolve("run/spi.stopped"));
        platform.restart(Map.of(), "spi");
    }

    @Test
    void theBrokersRoleIsNoAdministratorOfTheStateDatabase() {
        assertThat(platform.stateDatabase("select rolsuper or rolcreaterole from pg_roles where rolname = 'broker'"))
                .isEqualTo("f");
        assertThat(
                        platform.stateDatabase(
                                "select count(*) from pg_stat_activity where backend_type = 'client backend' and application_name <> 'psql' and usename = 'paddock'"))
                .isEqualTo("0");
    }

    @Test
    void whatClientsNeedStandsInOneFileThatCanBeSourced() throws IOException {
        assertThat(platform.file("env"))
                .containsKeys(
                        "BROKER_URL",
                        "BROKER_USERNAME",
                        "BROKER_PASSWORD",
                        "BOSH_ENVIRONMENT",
                        "BOSH_CLIENT",
                        "BOSH_CLIENT_SECRET",
                        "BOSH_CA_CERT");
        for (String file : List.of("env", "secrets", "settings")) {
            assertThat(PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(platform.home().resolve(file))))
                    .isEqualTo("rw-------");
        }
        assertThat(Platform.bash(
                                ". " + platform.home().resolve("env")
                                        + "; curl -fsS --cacert \"$BOSH_CA_CERT\" -u \"$BOSH_CLIENT:$BOSH_CLIENT_SECRET\" $BOSH_ENVIRONMENT/deployments")
                        .output())
                .contains("service-instance-");
    }

    @Test
    void anInstanceTakesItsParametersAndItsBindingsWorkTogether() throws SQLException {
        JsonNode one = credentials(id, "one");
        JsonNode two = credentials(id, "two");

        assertThat(Database.query(one, "show max_connections")).isEqualTo("33");
        assertThat(Database.query(one, "show work_mem")).isEqualTo("7MB");
        assertThat(Database.query(one, "show data_checksums")).isEqualTo("on");
        assertThat(Database.query(one, "show wal_level")).isEqualTo("logical");
        assertThat(Platform.bash("psql '" + one.path("uri").asString().replace("=require", "=disable")
                                + "' -Atc 'select 1'")
                        .output())
                .as("without TLS nobody gets in")
                .contains("no encryption");
        Database.execute(one, "create table t (id int)", "insert into t values (1)");
        Database.execute(two, "alter table t add column name text", "insert into t values (2, 'x')");

        broker.unbind(id, "one");
        assertThat(Database.query(two, "select count(*) from t")).isEqualTo("2");
        assertThatThrownBy(() -> Database.query(one, "select 1")).isInstanceOf(SQLException.class);
    }

    @Test
    @Tag("security")
    @Tag("verify")
    void aBindingIsRotatedWithoutAMomentInWhichNoneIsValid() throws SQLException {
        JsonNode old = credentials(id, "old");
        Database.execute(old, "create table rotated (id int)");

        Broker.Answer rotated = broker.send(
                "PUT",
                "/v2/service_instances/" + id + "/service_bindings/new",
                Map.of("predecessor_binding_id", "old"));

        assertThat(rotated.status()).as(rotated.toString()).isEqualTo(201);
        JsonNode successor = rotated.body().path("credentials");
        assertThat(successor.path("username")).isNotEqualTo(old.path("username"));
        assertThat(Database.query(old, "select 1")).isEqualTo("1");
        Database.execute(successor, "insert into rotated values (7)");
        assertThat(broker.unbind(id, "old").status()).isEqualTo(200);
        assertThat(Database.query(successor, "select id from rotated")).isEqualTo("7");
        assertThatThrownBy(() -> Database.query(old, "select 1")).isInstanceOf(SQLException.class);
    }

    @Test
    void theCredentialsHaveAllFieldsAndTheUriConnects() {
        JsonNode credentials = credentials(id, "all");

        assertThat(credentials.propertyNames())
                .containsExactlyInAnyOrder(
                        "uri", "jdbcUrl", "host", "hosts", "port", "dbname", "username", "password", "sslmode", "ca");
        assertThat(credentials.path("port").asInt()).isEqualTo(5432);
        assertThat(credentials.path("uri").asString())
                .contains("sslmode=require", "connect_timeout=")
                .as("a full disk must not keep readers out of the only server")
                .doesNotContain("target_session_attrs");
        assertThat(Platform.bash("psql '" + credentials.path("uri").asString() + "' -Atc 'select 1'")
                        .output())
                .isEqualTo("1\n");
    }

    @Test
    void deleteLeavesNothingBehindButTheRowOfTheOperation() throws IOException {
        String gone = broker.create(Map.of());
        broker.awaitReady(gone);
        JsonNode credentials = credentials(gone, "b");
        String deployment = "service-instance-" + gone;
        String host = credentials.path("host").asString();
        List<String> machinesBefore = platform.below("machines");
        String operation = broker.delete(gone).body().path("operation").asString();
        broker.awaitGone(gone);

        assertThat(platform.below("machines")).hasSize(machinesBefore.size() - 1);
        assertThat(platform.below("disks")).hasSameSizeAs(platform.below("machines"));
        assertThat(platform.below("deployments")).doesNotContain(deployment + ".json");
        assertThat(Files.readString(platform.home().resolve("minidirector/variables.json")))
                .doesNotContain(deployment);
        assertThat(Platform.bash("pgrep -f 'postgres: " + deployment.substring(0, 40) + "'")
                        .output())
                .isEmpty();
        try (Socket socket = new Socket()) {
            assertThatThrownBy(() -> socket.connect(new InetSocketAddress(host, 5432), 1000))
                    .isInstanceOf(IOException.class);
        }
        assertThat(platform.stateDatabase("select count(*) from service_instance where id = '" + gone + "'"))
                .isEqualTo("0");
        assertThat(platform.stateDatabase("select count(*) from service_binding where instance_id = '" + gone + "'"))
                .isEqualTo("0");
        assertThat(platform.stateDatabase(
                        "select state || ': ' || description from operation where id = '" + operation + "'"))
                .isEqualTo("SUCCEEDED: The service instance is deleted");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"max_connections\": 9}",
                "{\"max_connections\": 151}",
                "{\"fsync\": \"off\"}",
                "{\"timezone\": \"Mars\"}"
            })
    void refusedParametersChangeNothing(String parameters) {
        String rows = platform.stateDatabase("select count(*) from operation");

        Platform.Result result =
                platform.paddock("create-service", "postgresql", "single-small", "refused", "-c", parameters);

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.output()).contains("FAILED", "Invalid parameters");
        assertThat(platform.stateDatabase("select count(*) from operation")).isEqualTo(rows);
    }

    @Test
    void unknownPlansAndBrokenJsonGetAClear400() {
        assertThat(broker.provision("x", "nope", Map.of()).status()).isEqualTo(400);
        assertThat(broker.send("PUT", "/v2/service_instances/x?accepts_incomplete=true", "{")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void theCommandLineGoesTheWholeWay() {
        assertThat(platform.paddock("marketplace").output())
                .contains("postgresql", "single-small, single-large, cluster-small, cluster-large");
        assertThat(platform.paddock("marketplace", "-e", "postgresql").output()).contains("single-large", "free");

        Platform.Result created = platform.paddock("create-service", "postgresql", "single-small", "cli-db", "--wait");
        assertThat(created.exitCode()).isZero();
        assertThat(created.output()).contains("setting up node 1 of 1", "The service instance is ready", "OK");
        assertThat(platform.paddock("create-service", "postgresql", "single-small", "cli-db")
                        .exitCode())
                .isEqualTo(1);
        assertThat(platform.paddock("bind-service", "my-app", "cli-db").output())
                .contains("VCAP_SERVICES", "\"jdbcUrl\"");
        assertThat(platform.paddock("services").output())
                .containsPattern("cli-db +postgresql +single-small +my-app +create succeeded");
        assertThat(platform.paddock("service", "cli-db").output()).contains("succeeded", "my-app");
        assertThat(platform.paddock("service-key", "cli-db", "k").exitCode())
                .as("there is no such key")
                .isEqualTo(1);
        assertThat(platform.paddock("create-service-key", "cli-db", "k").exitCode())
                .isZero();
        Platform.Result key = platform.paddock("service-key", "cli-db", "k", "--psql");
        assertThat(Platform.bash(key.lastLine() + " -Atc 'select 1'").output()).isEqualTo("1\n");
        assertThat(platform.paddock("unbind-service", "my-app", "cli-db").exitCode())
                .isZero();

        assertThat(platform.paddock("delete-service", "cli-db").exitCode())
                .as("nobody can be asked")
                .isEqualTo(1);
        assertThat(platform.paddock("delete-service", "cli-db", "-f", "--wait").exitCode())
                .isZero();
        assertThat(platform.paddock("service", "cli-db").exitCode()).isEqualTo(1);
        assertThat(platform.paddock("delete-service", "cli-db", "-f").output()).contains("did not exist");
        assertThat(platform.paddock("no-such-command").exitCode()).isEqualTo(1);
        assertThat(platform.paddock("create-service").exitCode()).isEqualTo(2);
    }

    @Test
    @Tag("security")
    @Tag("verify")
    void noSecretStandsInALogOrAProcessList() throws IOException {
        String password = credentials(id, "secret").path("password").asString();

        List<String> secrets =
                new java.util.ArrayList<>(platform.file("secrets").values());
        secrets.add(password);
        String processes =
                Platform.bash("cat /proc/[0-9]*/cmdline | tr '\\0' ' '").output();
        StringBuilder logs = new StringBuilder();
        try (var files = Files.walk(platform.home())) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".log")).toList()) {
                logs.append(Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1));
            }
        }
        for (String secret : secrets) {
            assertThat(processes).doesNotContain(secret);
            assertThat(logs.toString()).doesNotContain(secret);
        }
    }

    private JsonNode credentials(String id, String binding) {
        Broker.Answer answer = broker.bind(id, binding);
        assertThat(answer.status()).isEqualTo(201);
        return answer.body().path("credentials");
    }
}
