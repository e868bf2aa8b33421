package io.paddock.keeper.consul;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paddock.keeper.decision.Lock;
import io.paddock.keeper.decision.Members;
import io.paddock.keeper.decision.Timing;
import io.paddock.keeper.system.IssuedNode;
import io.paddock.keeper.system.Settings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The boundary from the network to what the lock's servers know: a real one, as the keeper configures it. */
@Tag("security")
@Tag("verify")
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccessTest {

    private static final String NODE = "postgres-0";
    private static final String OTHER = "postgres-1";
    private static final String LOCK = "/v1/kv/paddock/primary";

    @TempDir
    private static Path directory;

    private HttpClient http;
    private IssuedNode issued;
    private Access.Tokens tokens;
    private URI agent;
    private @Nullable Process server;
    private Consul consul;

    @BeforeAll
    void start() throws Exception {
        issued = IssuedNode.in(directory, NODE, "127.83.7.1");
        tokens = Access.Tokens.read(issued.secrets());
        http = HttpClient.newBuilder().sslContext(issued.node().context()).build();
        agent = URI.create("https://127.83.7.1:" + ConsulAgent.HTTPS);
        Settings settings = new Settings(
                NODE, "0b0d6a0e-6f8c-4c83-9d40-6c9f4f1c7a55", 0, true, "d", "postgres", "127.83.7.1", 1, 1, 3, 1, 1);
        Path place = Files.createDirectories(directory.resolve("consul"));
        new ConsulAgent(
                        place,
                        settings,
                        issued.node(),
                        Files.readString(issued.secrets().resolve("gossip.key")),
                        tokens)
                .run(Map.of(NODE, "127.83.7.1"), true);
        server = new ProcessBuilder(
                        program(),
                        "agent",
                        "-config-file",
                        place.resolve("agent.json").toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("consul.log").toFile())
                .start();
        consul = consul(NODE, tokens);
        await(() -> consul.read(Duration.ZERO).lock().state() == Lock.State.FREE);
        await(() -> {
            consul.access().ensureIntroduced();
            return consul.access().isIntroduced();
        });
    }

    private static String program() {
        for (String place : new String[] {
            "/usr/bin",
            "/usr/local/bin",
            "/usr/local/lib/paddock/consul/usr/bin",
            System.getProperty("user.dir") + "/../.paddock/consul/usr/bin"
        }) {
            if (Files.isExecutable(Path.of(place, "consul"))) {
                return place + "/consul";
            }
        }
        throw new AssertionError("there is no consul; ./paddock verify unpacks it");
    }

    private Consul consul(String node, Access.Tokens of) {
        return new Consul(http, agent, node, of, Timing.DEFAULT);
    }

    @AfterAll
    void stop() throws InterruptedException {
        if (server != null) {
            server.destroyForcibly().waitFor();
        }
    }

    @BeforeEach
    void close() throws IOException, InterruptedException {
        consul.access().close(true);
    }

    private interface Check {
        boolean holds() throws IOException, InterruptedException;
    }

    private static void await(Check check) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (true) {
            try {
                if (check.holds()) {
                    return;
                }
            } catch (IOException notYet) {
                // Until there is a leader.
            }
            assertThat(System.nanoTime()).isLessThan(until);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    @Test
    void aNodeDoesAllThatItHasTo() throws IOException, InterruptedException {
        String session = consul.createSession();
        assertThat(consul.renew(session)).isTrue();
        assertThat(consul.acquire(session)).isTrue();
        Consul.Reading held = consul.read(Duration.ZERO);
        assertThat(held.lock().holder()).isEqualTo(NODE);
        assertThat(consul.count(held, 0)).contains(1);
        assertThat(consul.writeMembers(new Members(1, Set.of(NODE, OTHER)), consul.read(Duration.ZERO)))
                .isTrue();
        consul.release(session);
        consul.destroy(session);

        assertThat(consul.read(Duration.ZERO).lock().state()).isEqualTo(Lock.State.FREE);
        assertThat(consul.read(Duration.ZERO).members()).isPresent();
    }

    @Test
    void aNodeThatIsNotKnownYetIntroducesItself() throws IOException, InterruptedException {
        Access.Tokens joining =
                Access.Tokens.read(IssuedNode.in(directory, OTHER, "127.83.7.2").secrets());
        Consul newcomer = consul(OTHER, joining);

        assertThat(newcomer.createSession()).isNotEmpty();
        assertThat(newcomer.access().isIntroduced()).isTrue();
        assertThat(joining.node()).isNotEqualTo(tokens.node());
        assertThat(joining.management()).isEqualTo(tokens.management());
    }

    @Test
    void nodesOfAnEarlierReleaseAreLetInAsLongAsThereAreSome() throws IOException, InterruptedException {
        consul.access().close(false);
        assertThat(status("GET", "/v1/kv/paddock?recurse&consistent", "", "")).isIn(200, 404);
        assertThat(status("PUT", "/v1/session/create", "{\"NodeChecks\": []}", ""))
                .isEqualTo(200);

        consul.access().close(true);
        assertThat(status("GET", "/v1/kv/paddock?recurse&consistent", "", "")).isEqualTo(403);
        assertThat(status("PUT", "/v1/session/create", "{\"NodeChecks\": []}", ""))
                .isEqualTo(403);
    }

    @Test
    void whoIsRefusedDoesNotTakeTheLockForFree() {
        Access.Tokens wrong =
                new Access.Tokens("00000000-1111-1111-1111-000000000000", "00000000-2222-2222-2222-000000000000");
        assertThatThrownBy(() -> consul(OTHER, wrong).read(Duration.ZERO))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("403");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            reads the lock                 | GET    | /v1/kv/paddock/primary                 |
            lists the keys                 | GET    | /v1/kv/?keys                           |
            takes the lock                 | PUT    | /v1/kv/paddock/primary                 | me
            makes itself a voter           | PUT    | /v1/kv/paddock/members                 | me
            deletes everything             | DELETE | /v1/kv/?recurse                        |
            writes in a transaction        | PUT    | /v1/txn                                | [{"KV": {"Verb": "set", "Key": "paddock/promotion", "Value": "eA=="}}]
            begins a session               | PUT    | /v1/session/create                     | {"NodeChecks": []}
            ends the server                | PUT    | /v1/agent/leave                        |
            ends another server            | PUT    | /v1/agent/force-leave/postgres-1       |
            takes the server out of use    | PUT    | /v1/agent/maintenance?enable=true      |
            takes a server out of the quorum | DELETE | /v1/operator/raft/peer?address=127.83.7.1:8300 |
            changes the quorum's rules     | PUT    | /v1/operator/autopilot/configuration   | {"CleanupDeadServers": true}
            takes all with it              | GET    | /v1/snapshot                           |
            brings its own in              | PUT    | /v1/snapshot                           | x
            reads the gossip's keys        | GET    | /v1/operator/keyring                   |
            becomes the administrator      | PUT    | /v1/acl/bootstrap                      |
            makes a policy                 | PUT    | /v1/acl/policy                         | {"Name": "mine", "Rules": ""}
            makes a token                  | PUT    | /v1/acl/token                          | {"Description": "mine"}
            reads the configuration        | GET    | /v1/agent/self                         |
            reads the log                  | GET    | /v1/agent/monitor?loglevel=trace       |
            takes a node out of the catalog | PUT   | /v1/catalog/deregister                 | {"Node": "postgres-0"}
            shouts                         | PUT    | /v1/event/fire/x                       |
            """)
    void aCertificateAloneOpensNothing(String attack, String method, String path, String body)
            throws IOException, InterruptedException {
        String session = consul.createSession();
        consul.acquire(session);

        int refused = status(method, path, body == null ? "" : body, "");

        assertThat(refused).as(attack).isEqualTo(refusal(path));
        assertThat(consul.read(Duration.ZERO).lock().holder()).isEqualTo(NODE);
        consul.release(session);
        consul.destroy(session);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            keeps something of its own   | PUT    | /v1/kv/mine                            | x
            reads what is not the lock's | GET    | /v1/kv/?keys                           |
            ends another server          | PUT    | /v1/agent/force-leave/postgres-1       |
            changes the quorum's rules   | PUT    | /v1/operator/autopilot/configuration   | {"CleanupDeadServers": true}
            takes all with it            | GET    | /v1/snapshot                           |
            reads the gossip's keys      | GET    | /v1/operator/keyring                   |
            lists the tokens             | GET    | /v1/acl/tokens                         |
            makes a policy               | PUT    | /v1/acl/policy                         | {"Name": "mine", "Rules": ""}
            changes its policy           | PUT    | /v1/acl/token                          | {"Policies": []}
            registers another node       | PUT    | /v1/catalog/register                   | {"Node": "postgres-1", "Address": "127.83.7.9"}
            shouts                       | PUT    | /v1/event/fire/x                       |
            """)
    void aNodesTokenOpensTheLockAndNothingElse(String attack, String method, String path, String body)
            throws IOException, InterruptedException {
        int refused = status(method, path, body == null ? "" : body, tokens.node());

        assertThat(refused).as(attack).isEqualTo(refusal(path));
    }

    private static int refusal(String path) {
        return path.endsWith("/keyring") ? 500 : path.endsWith("/txn") ? 409 : 403;
    }

    private int status(String method, String path, String body, String token) throws IOException, InterruptedException {
        return new ConsulHttp(http, agent).send(method, path, body, token).statusCode();
    }

    /** What lies in a directory that the processes of the job postgres see. */
    @Test
    void nothingOfThisLiesWherePostgresCanReadIt() throws IOException {
        Path seen = issued.directory().resolve("postgres");
        List<String> secrets = new ArrayList<>();
        for (String name :
                List.of("node.key", "node.pk8", "gossip.key", "consul-node.token", "consul-management.token")) {
            secrets.add(text(issued.secrets().resolve(name)));
        }
        try (var files = Files.walk(seen)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(text(file)).as(file.toString()).doesNotContain(secrets);
            }
        }
        assertThat(Base64.getDecoder().decode(Files.readString(issued.secrets().resolve("gossip.key"))))
                .hasSize(32);
    }

    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    }

    @Test
    void whoDoesNotKnowYetThatItIsKnownAsksAsItself() throws IOException, InterruptedException {
        // As a keeper that was started again, while servers of an earlier release keep others from being introduced.
        Consul again = consul(NODE, tokens);

        assertThat(again.read(Duration.ZERO).lock().state()).isNotEqualTo(Lock.State.UNKNOWN);
        assertThat(again.access().isIntroduced()).isFalse();
    }

    /** A link in place of the certificates' directory leads nobody to what keeper and Consul have. */
    @Test
    void aLinkInPlaceOfADirectoryIsNotFollowed() throws IOException, InterruptedException {
        Path mine = Files.createDirectories(directory.resolve("linked/postgres"));
        Path secrets = Files.createDirectories(directory.resolve("linked/keeper/tls"));
        Files.createSymbolicLink(mine.resolve("tls"), secrets);

        IssuedNode linked = IssuedNode.in(directory, "linked", "127.83.7.3");

        assertThat(Files.isSymbolicLink(mine.resolve("tls"))).isFalse();
        try (var files = Files.list(linked.secrets())) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .contains("gossip.key", "node.pem")
                    .doesNotContain("server.pem");
        }
    }
}
