package io.paddock.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The boundary from the network to data: whoever reaches every port and has no credential reads and writes nothing. Each attack is tried with the
 * credential that it lacks as well, so that none of them fails for another reason.
 */
@Tag("security")
class NetworkToDataTest {

    private static final JsonMapper JSON = new JsonMapper();

    private static final Platform PLATFORM = Platform.shared();

    @TempDir
    private static Path directory;

    private static String id;
    private static String environment;

    /**
     * @param without shell variables of somebody without a credential
     * @param with those of who has one
     */
    private record Attack(String name, String command, String without, String with) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static final String SECRET = "/paddock/service-instance-$INSTANCE/admin_password";

    private static final String PSQL = "timeout 10 psql -XAt \"host=$HOST port=5432 $TLS $WHO\" -c ";
    private static final String NODE =
            "TLS=\"sslmode=require sslcert=$TLS_OF_POSTGRES/server.pem sslkey=$TLS_OF_POSTGRES/server.key\"";
    private static final String CURL =
            "curl --silent --output /dev/null --fail --insecure --max-time 10 --header 'X-Broker-API-Version: 2.17' $AS ";

    private static final List<Attack> WORST = List.of(
            new Attack(
                    "streams the log",
                    PSQL + "IDENTIFY_SYSTEM",
                    "WHO='user=repmgr replication=true' TLS=sslmode=require",
                    "WHO='user=repmgr replication=true' " + NODE),
            new Attack(
                    "enters as the nodes do",
                    PSQL + "'select 1'",
                    "WHO='user=repmgr dbname=repmgr' TLS=sslmode=require",
                    "WHO='user=repmgr dbname=repmgr' " + NODE),
            new Attack(
                    "commands the keeper",
                    // What it asks for is nonsense, which only nodes are told.
                    "curl --silent --insecure --max-time 10 $AS https://$HOST:8008/v1/hello --data '{}' | grep protocol",
                    "AS=\"--cert $TLS_OF_POSTGRES/server.pem --key $TLS_OF_POSTGRES/server.key\"",
                    "AS=\"--cert $TLS_OF_NODE/node.pem --key $TLS_OF_NODE/node.key\""));

    private static final List<Attack> OTHERS = List.of(
            new Attack(
                    "shows a certificate of its own making",
                    PSQL + "'select 1'",
                    "WHO='user=repmgr dbname=repmgr' TLS=\"sslmode=require sslcert=$MINE/mine.pem sslkey=$MINE/mine.key\"",
                    "WHO='user=repmgr dbname=repmgr' " + NODE),
            new Attack(
                    "is the administrator without a password",
                    PSQL + "'select 1'",
                    "WHO='user=paddock_admin dbname=postgres password=x' TLS=sslmode=require",
                    "WHO=\"user=paddock_admin dbname=postgres password=$ADMIN\" TLS=sslmode=require"),
            new Attack(
                    "is the administrator by a node's certificate",
                    PSQL + "'select 1'",
                    "WHO='user=paddock_admin dbname=postgres password=x' " + NODE,
                    "WHO=\"user=paddock_admin dbname=postgres password=$ADMIN\" " + NODE),
            new Attack(
                    "is an application without a password",
                    PSQL + "'select 1'",
                    "WHO=\"user=$USER_NAME dbname=app password=x\" TLS=sslmode=require",
                    "WHO=\"user=$USER_NAME dbname=app password=$USER_PASSWORD\" TLS=sslmode=require"),
            new Attack(
                    "listens to who speaks without TLS",
                    PSQL + "'select 1'",
                    "WHO=\"user=$USER_NAME dbname=app password=$USER_PASSWORD\" TLS=sslmode=disable",
                    "WHO=\"user=$USER_NAME dbname=app password=$USER_PASSWORD\" TLS=sslmode=require"),
            new Attack(
                    "is the owner, who has no password",
                    PSQL + "'select 1'",
                    "WHO='user=app dbname=app password=app' TLS=sslmode=require",
                    "WHO=\"user=$USER_NAME dbname=app password=$USER_PASSWORD\" TLS=sslmode=require"),
            new Attack("reads the catalog", CURL + "$BROKER_URL/v2/catalog", "AS=", "AS=\"-u $BROKER\""),
            new Attack(
                    "reads what a binding was given",
                    CURL + "$BROKER_URL/v2/service_instances/$INSTANCE/service_bindings/reads",
                    "AS=",
                    "AS=\"-u $BROKER\""),
            new Attack(
                    "is the operator",
                    CURL + "$BROKER_URL/operator/v1/instances",
                    "AS=\"-u $BROKER\"",
                    "AS=\"-u $OPERATOR\""),
            new Attack(
                    "asks the service provider",
                    CURL + "$SPI_URL/v1/catalog",
                    "AS=\"-u $BROKER\"",
                    "AS=\"-u paddock:$SPI_PASSWORD\""),
            new Attack(
                    "reads the manifest",
                    CURL + "$DIRECTOR_URL/deployments/service-instance-$INSTANCE",
                    "AS=",
                    "AS=\"-u admin:$DIRECTOR_PASSWORD\""),
            new Attack(
                    "reads the administrator's password",
                    CURL + "$DIRECTOR_URL/api/v1/data?name=" + SECRET,
                    "AS=",
                    "AS=\"-u admin:$DIRECTOR_PASSWORD\""),
            new Attack(
                    "reads the log of a task",
                    CURL + "\"$DIRECTOR_URL/tasks?limit=5\"",
                    "AS=\"-u admin:x\"",
                    "AS=\"-u admin:$DIRECTOR_PASSWORD\""),
            new Attack(
                    "reads the broker's state",
                    "timeout 10 psql -XAt \"host=127.0.0.1 port=$STATE_PORT dbname=postgres user=paddock $WHO\" -c 'select 1'",
                    "WHO=password=x",
                    "WHO=password=$STATE_PASSWORD"));

    static Stream<Attack> worst() {
        return WORST.stream();
    }

    static Stream<Attack> others() {
        return OTHERS.stream();
    }

    @BeforeAll
    static void create() throws IOException {
        Broker broker = PLATFORM.broker();
        id = broker.create(Map.of());
        broker.awaitReady(id);
        JsonNode credentials = broker.bind(id, "reads").body().path("credentials");
        Cluster.Node node = new Cluster(PLATFORM, id, credentials)
                .nodes()
                .values()
                .iterator()
                .next();
        Map<String, String> env = PLATFORM.file("env");
        Map<String, String> secrets = PLATFORM.file("secrets");
        Platform.Result copied = Platform.bash("sh " + Platform.MACHINE + " enter "
                + node.vcap().getParent() + " tar -C /var/vcap/store -cf - postgres/tls keeper/tls | tar -C "
                + directory
                + " --no-same-owner -xf - && openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=postgres -keyout "
                + directory + "/mine.key -out " + directory + "/mine.pem 2>/dev/null");
        assertThat(copied.exitCode()).as(copied.output()).isZero();
        environment = String.join(
                "\n",
                "HOST=" + node.address(),
                "TLS_OF_POSTGRES=" + directory.resolve("postgres/tls"),
                "TLS_OF_NODE=" + directory.resolve("keeper/tls"),
                "MINE=" + directory,
                "ADMIN="
                        + JSON.readTree(PLATFORM.director("/api/v1/data?name=" + SECRET.replace("$INSTANCE", id)))
                                .path("data")
                                .path(0)
                                .path("value")
                                .asString(),
                "USER_NAME=" + credentials.path("username").asString(),
                "USER_PASSWORD=" + credentials.path("password").asString(),
                "INSTANCE=" + id,
                "BROKER_URL=" + env.get("BROKER_URL"),
                "BROKER=" + env.get("BROKER_USERNAME") + ":" + env.get("BROKER_PASSWORD"),
                "OPERATOR=" + env.get("OPERATOR_USERNAME") + ":" + env.get("OPERATOR_PASSWORD"),
                "SPI_URL=http://127.0.0.1:" + PLATFORM.port("SPI"),
                "SPI_PASSWORD=" + secrets.get("SPI_PASSWORD"),
                "DIRECTOR_URL=" + env.get("BOSH_ENVIRONMENT"),
                "DIRECTOR_PASSWORD=" + env.get("BOSH_CLIENT_SECRET"),
                "STATE_PORT=" + PLATFORM.port("DB"),
                "STATE_PASSWORD=" + secrets.get("STATE_DB_PASSWORD"));
    }

    @AfterAll
    static void delete() {
        PLATFORM.broker().delete(id);
        PLATFORM.broker().awaitGone(id);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("worst")
    @Tag("verify")
    void theWorst(Attack attack) {
        assertNeedsItsCredential(attack);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("others")
    void others(Attack attack) {
        assertNeedsItsCredential(attack);
    }

    private static void assertNeedsItsCredential(Attack attack) {
        Platform.Result without = run(attack.without(), attack.command());
        assertThat(without.exitCode()).as("without: " + without.output()).isNotZero();
        Platform.Result with = run(attack.with(), attack.command());
        assertThat(with.exitCode()).as("with: " + with.output()).isZero();
    }

    private static Platform.Result run(String variables, String command) {
        return Platform.bash("set -o pipefail\n" + environment + "\n" + variables + "\n" + command);
    }
}
