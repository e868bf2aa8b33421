package io.paddock.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** An application that is unbound from a cluster is out of all of its nodes, whatever it does to stay. */
@Tag("security")
class UnboundApplicationTest {

    /** "Within 2 s", and some for a machine that does other things as well. */
    private static final Duration OUT = Duration.ofSeconds(8);

    private static final Platform PLATFORM = Platform.shared();

    private static String id;
    private static Cluster cluster;

    private final List<Connection> held = new ArrayList<>();

    @BeforeAll
    static void create() {
        Broker broker = PLATFORM.broker();
        id = broker.create(Broker.CLUSTER_SMALL, Map.of());
        broker.awaitReady(id);
        cluster = new Cluster(PLATFORM, id, broker.bind(id, "stays").body().path("credentials"));
        cluster.awaitHealthy();
    }

    @AfterAll
    static void delete() {
        PLATFORM.broker().delete(id);
        PLATFORM.broker().awaitGone(id);
    }

    @AfterEach
    void close() throws SQLException {
        for (Connection session : held) {
            session.close();
        }
    }

    @Test
    @Tag("verify")
    void itsSessionsEndOnAllNodes() throws SQLException {
        JsonNode credentials = bind("leaves");
        for (Cluster.Node node : cluster.nodes().values()) {
            hold(credentials, node, Map.of());
        }

        assertThat(PLATFORM.broker().unbind(id, "leaves").status()).isEqualTo(200);

        assertOut(credentials);
    }

    @Test
    void aSessionThatHidesWhileItStartsEnds() throws Exception {
        JsonNode credentials = bind("hides");
        List<CompletableFuture<Connection>> hidden = new ArrayList<>();
        for (Cluster.Node node : cluster.nodes().values()) {
            hidden.add(CompletableFuture.supplyAsync(() -> {
                try {
                    return connect(credentials, node, Map.of("options", "-c post_auth_delay=300"));
                } catch (SQLException ended) {
                    throw new IllegalStateException(ended);
                }
            }));
        }
        for (Cluster.Node node : cluster.nodes().values()) {
            Platform.await("it has begun", () -> !hiddenOn(node).equals("0"));
        }

        assertThat(PLATFORM.broker().unbind(id, "hides").status()).isEqualTo(200);

        try {
            Platform.await(
                    "hidden sessions have ended", OUT, () -> hidden.stream().allMatch(CompletableFuture::isDone));
        } catch (AssertionError late) {
            throw new AssertionError(hidden + "\n" + cluster.logs(), late);
        }
        assertThat(hidden).allMatch(CompletableFuture::isCompletedExceptionally);
    }

    private static String hiddenOn(Cluster.Node node) {
        return node.run(
                        "cd /; . /var/vcap/jobs/postgres/bin/env; as_vcap psql -Atc \"select count(distinct pid) from pg_locks l where locktype = \\$\\$object\\$\\$"
                                + " and mode = \\$\\$RowExclusiveLock\\$\\$ and not exists (select from pg_stat_activity a where a.pid = l.pid)\"")
                .output()
                .strip();
    }

    /** A query on a standby holds up what that one has to apply, so that it does not learn who has no access any more. */
    @Test
    void aStandbyThatIsHeldUpLearnsItAllTheSame() throws SQLException {
        JsonNode credentials = bind("holds-up");
        Database.execute(
                cluster.credentials(), "create table if not exists held (n int)", "insert into held values (1)");
        List<Cluster.Node> standbys = cluster.standbys();
        for (Cluster.Node standby : standbys) {
            // Of another application, which stays.
            Connection reader = hold(cluster.credentials(), standby, Map.of());
            Platform.await("the table is there", () -> Database.answers(cluster.credentials()) && canRead(standby));
            reader.setAutoCommit(false);
            reader.createStatement().execute("select * from held");
            hold(credentials, standby, Map.of());
        }
        Database.execute(cluster.credentials(), "truncate held");

        assertThat(PLATFORM.broker().unbind(id, "holds-up").status()).isEqualTo(200);

        for (Connection session : held) {
            if (held.indexOf(session) % 2 == 1) {
                Platform.await("it has ended", OUT, () -> hasEnded(session));
            }
        }
    }

    private static boolean canRead(Cluster.Node node) {
        try (Connection session = connect(cluster.credentials(), node, Map.of())) {
            session.createStatement().execute("select * from held");
            return true;
        } catch (SQLException notYet) {
            return false;
        }
    }

    @Test
    void afterAFailoverItDoesNotWrite() throws SQLException {
        JsonNode credentials = bind("waits");
        for (Cluster.Node standby : cluster.standbys()) {
            hold(credentials, standby, Map.of());
        }
        Cluster.Node before = cluster.primary();

        PLATFORM.broker().unbind(id, "waits");
        before.signalPostgres("KILL");

        assertOut(credentials);
        cluster.awaitPrimaryOtherThan(before);
        cluster.awaitHealthy();
        for (Cluster.Node node : cluster.nodes().values()) {
            assertThatThrownBy(() -> connect(credentials, node, Map.of())).isInstanceOf(SQLException.class);
        }
    }

    /** On clusters too, although nobody was primary when the first node had started. */
    @Test
    @Tag("verify")
    void applicationsGetIntoNoOtherDatabase() {
        for (String database : List.of("postgres", "template1", "repmgr", "template0")) {
            ObjectNode other = cluster.credentials().deepCopy().asObject();
            other.put("dbname", database);
            assertThatThrownBy(() -> Database.connect(other))
                    .as(database)
                    .isInstanceOf(SQLException.class)
                    .hasMessageMatching("(?s).*(permission denied for database|not currently accepting connections).*");
        }
    }

    private static JsonNode bind(String binding) {
        return PLATFORM.broker().bind(id, binding).body().path("credentials");
    }

    private void assertOut(JsonNode credentials) {
        for (Connection session : held) {
            Platform.await("the session has ended", OUT, () -> hasEnded(session));
        }
        for (Cluster.Node node : cluster.nodes().values()) {
            Platform.await("nobody gets in at " + node, OUT, () -> {
                try (Connection again = connect(credentials, node, Map.of())) {
                    return again.isClosed();
                } catch (SQLException refused) {
                    return true;
                }
            });
        }
    }

    private static boolean hasEnded(Connection session) {
        try {
            session.createStatement().execute("select 1");
            return false;
        } catch (SQLException ended) {
            return true;
        }
    }

    private Connection hold(JsonNode credentials, Cluster.Node node, Map<String, String> more) throws SQLException {
        Connection session = connect(credentials, node, more);
        held.add(session);
        return session;
    }

    private static Connection connect(JsonNode credentials, Cluster.Node node, Map<String, String> more)
            throws SQLException {
        ObjectNode own = credentials.deepCopy().asObject();
        own.putArray("hosts").add(node.address());
        Map<String, String> properties = new HashMap<>(more);
        properties.put("targetServerType", "any");
        return Database.connect(own, properties);
    }
}
