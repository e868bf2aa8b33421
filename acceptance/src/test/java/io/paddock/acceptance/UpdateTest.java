package io.paddock.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Updates of a single node through the whole platform. */
@Tag("update")
class UpdateTest {

    private final Platform platform = Platform.shared();
    private final Broker broker = platform.broker();
    private String id;
    private JsonNode credentials;

    @BeforeEach
    void instance() {
        id = broker.create(Map.of());
        broker.awaitReady(id);
        credentials = broker.bind(id, "app").body().path("credentials");
    }

    @AfterEach
    void delete() {
        broker.delete(id);
        broker.awaitGone(id);
    }

    @Test
    @Tag("verify")
    void aChangeToTheLargerPlanKeepsEveryRowRoleAndCredentialAndLosesNothingAcknowledged() throws SQLException {
        Database.execute(credentials, "create table kept as select generate_series(1, 1000) as n");
        try (Load load = Load.start(credentials, 2)) {
            Broker.Answer accepted = broker.update(id, Map.of("plan_id", Broker.LARGE));
            assertThat(accepted.status()).isEqualTo(202);
            assertThat(broker.description(id)).contains("downtime while the disk is copied");
            broker.awaitReady(id);
            load.awaitProbes(10);

            assertThat(load.lost()).isEmpty();
        }
        assertThat(Database.query(credentials, "select count(*) from kept")).isEqualTo("1000");
        assertThat(Database.query(credentials, "show shared_buffers")).isEqualTo("2GB");
        assertThat(broker.fetch(id).body().path("plan_id").asString()).isEqualTo(Broker.LARGE);
        assertThat(broker.bind(id, "other").status()).isEqualTo(201);
        assertThat(broker.bind(id, "app").body().path("credentials")).isEqualTo(credentials);
    }

    @Test
    @Tag("sample")
    void aSmallerDiskIsRefusedBeforeTheDirectorIsTouched() {
        broker.updated(id, Map.of("plan_id", Broker.LARGE));
        String tasks = platform.director("/tasks?deployment=service-instance-" + id);

        Broker.Answer answer = broker.update(id, Map.of("plan_id", Broker.SMALL));

        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.body().path("description").asString()).endsWith("a disk never shrinks");
        assertThat(platform.director("/tasks?deployment=service-instance-" + id))
                .isEqualTo(tasks);
        assertThat(Database.answers(credentials)).isTrue();
    }

    @Test
    @Tag("verify")
    void aLiveParameterNeedsNoRestartAndSurvivesRestartRecreationAndPlanChange() throws SQLException {
        try (Connection session = Database.connect(credentials)) {
            broker.updated(
                    id,
                    Map.of(
                            "parameters",
                            Map.of("work_mem", "9MB", "checkpoint_timeout", "15min", "autovacuum_naptime", "45s")));

            assertThat(session.isValid(5)).as("the session goes on").isTrue();
        }
        assertLiveParameters();
        restart();
        assertLiveParameters();
        recreate();
        assertLiveParameters();
        broker.updated(id, Map.of("plan_id", Broker.LARGE));
        assertLiveParameters();
        assertThat(broker.fetch(id).body().path("parameters").path("work_mem").asString())
                .isEqualTo("9MB");

        broker.updated(id, Map.of("parameters", Collections.singletonMap("checkpoint_timeout", null)));

        assertThat(Database.query(credentials, "show checkpoint_timeout")).isEqualTo("5min");
        assertThat(Database.query(credentials, "show work_mem")).isEqualTo("9MB");
        assertThat(broker.fetch(id).body().path("parameters").has("checkpoint_timeout"))
                .isFalse();
    }

    /**
     * Applications see what others do, and where their operator has made the view for them, what others did: so nothing of what the platform does
     * may be a secret. What it does not hide would be found.
     */
    @Test
    void anApplicationSeesItsOwnQueriesAndNoSecretOfThePlatform() throws Exception {
        Cluster.Node node = new Cluster(platform, id, credentials).nodes().get(Growth.SINGLE);
        administrator(node, "create extension pg_stat_statements");
        Set<String> seen = ConcurrentHashMap.newKeySet();
        AtomicBoolean ended = new AtomicBoolean();
        Thread watcher = new Thread(() -> {
            while (!ended.get()) {
                try (Connection connection = Database.connect(credentials);
                        PreparedStatement look = connection.prepareStatement(
                                "select usename || ': ' || query from pg_stat_activity where pid <> pg_backend_pid()"
                                        + " union all select query from pg_stat_statements")) {
                    while (!ended.get()) {
                        ResultSet rows = look.executeQuery();
                        while (rows.next()) {
                            seen.add(String.valueOf(rows.getString(1)));
                        }
                    }
                } catch (SQLException restarting) {
                    // It is there again in a moment.
                }
            }
        });
        watcher.start();
        List<String> secrets = new ArrayList<>(List.of("scram-sha-256", "password"));
        try {
            for (int i = 0; i < 5; i++) {
                secrets.add(broker.bind(id, "seen-" + i)
                        .body()
                        .path("credentials")
                        .path("password")
                        .asString()
                        .toLowerCase(Locale.ROOT));
                assertThat(broker.unbind(id, "seen-" + i).status()).isEqualTo(200);
            }
            broker.updated(id, Map.of("parameters", Map.of("max_connections", 50)));
            try (Connection connection = Database.connect(credentials);
                    Statement statement = connection.createStatement()) {
                statement.execute("select 'mine', pg_sleep(1)");
            }
            administrator(node, "select \\$\\$of the administrator\\$\\$, pg_sleep(1)");
            Platform.await("it has read the statistics", () -> seen.stream().anyMatch(UpdateTest::isOfStatistics));
        } finally {
            ended.set(true);
            watcher.join();
        }

        assertThat(seen).as("its own").anyMatch(query -> query.contains("select 'mine'"));
        assertThat(seen)
                .as("the administrator's that are not hidden")
                .anyMatch(query -> query.contains("of the administrator"));
        assertThat(seen).noneMatch(query -> secrets.stream().anyMatch(query.toLowerCase(Locale.ROOT)::contains));
        assertThatThrownBy(() -> Database.query(credentials, "select pg_ls_logdir()"))
                .as("the server's log")
                .hasMessageContaining("permission denied");
    }

    /** It has the statement that its administrator made by hand, with its constants taken out. */
    private static boolean isOfStatistics(String query) {
        return query.contains("select $1, pg_sleep($2)");
    }

    private static void administrator(Cluster.Node node, String statement) {
        Platform.Result result = node.run(
                ". /var/vcap/jobs/postgres/bin/env; as_vcap psql -v ON_ERROR_STOP=1 -d app -c \"" + statement + "\"");
        assertThat(result.exitCode()).as(result.output()).isZero();
    }

    @Test
    void anApplicationCancelsItsOwnQueries() throws Exception {
        try (Connection busy = Database.connect(credentials);
                Statement statement = busy.createStatement()) {
            int pid = busy.unwrap(org.postgresql.PGConnection.class).getBackendPID();
            CompletableFuture<String> cancelled = CompletableFuture.supplyAsync(() -> {
                try {
                    statement.execute("select pg_sleep(60)");
                    return "";
                } catch (SQLException ended) {
                    return ended.getSQLState();
                }
            });
            Platform.await("it was cancelled", () -> {
                try {
                    Database.query(credentials, "select pg_cancel_backend(" + pid + ")");
                } catch (SQLException away) {
                    throw new IllegalStateException(away);
                }
                return cancelled.isDone();
            });

            assertThat(cancelled.get()).isEqualTo("57014");
        }
    }

    @Test
    void aPreparedTransactionThatIsInTheWayIsNamedBeforeTheRestart() throws SQLException {
        broker.updated(id, Map.of("parameters", Map.of("max_prepared_transactions", 5)));
        Database.execute(credentials, "create table if not exists promised (n int)");
        try (Connection connection = Database.connect(credentials);
                Statement statement = connection.createStatement()) {
            statement.execute("begin");
            statement.execute("insert into promised values (1)");
            statement.execute("prepare transaction 'the promise'");
        }

        Broker.Answer refused = broker.update(id, Map.of("parameters", Map.of("max_prepared_transactions", 0)));

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.body().path("description").asString())
                .contains("max_prepared_transactions can't be 0 now", "'the promise'", "ROLLBACK PREPARED");
        assertThat(refused.body().path("update_repeatable").asBoolean()).isTrue();
        Database.execute(credentials, "commit prepared 'the promise'");
        broker.updated(id, Map.of("parameters", Map.of("max_prepared_transactions", 0)));
        assertThat(Database.query(credentials, "show max_prepared_transactions"))
                .isEqualTo("0");
    }

    @Test
    void moreConnectionsThanAreLeftAreNamedBeforeTheRestart() throws SQLException {
        List<Connection> pool = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                pool.add(Database.connect(credentials));
            }
            Broker.Answer refused = broker.update(id, Map.of("parameters", Map.of("max_connections", 20)));

            assertThat(refused.status()).isEqualTo(422);
            assertThat(refused.body().path("description").asString())
                    .contains(
                            "max_connections can't be 20 now: 20 connections of applications are open, and it leaves them 1");
        } finally {
            for (Connection connection : pool) {
                connection.close();
            }
        }
    }

    @Test
    void aServerThatDoesNotStartFailsTheTaskAtOnceAndSaysWhy() {
        Cluster.Node node = new Cluster(platform, id, credentials)
                .nodes()
                .values()
                .iterator()
                .next();
        node.run(
                "printf \"shared_preload_libraries = nonsense\\n\" >>/var/vcap/store/postgres/current/postgresql.auto.conf");
        long begun = System.nanoTime();

        assertThat(new Cluster(platform, id, credentials).change(node, "restart"))
                .isEqualTo("error");

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofMinutes(2));
        assertThat(node.run("cat /var/vcap/sys/log/postgres/post-start.stderr.log")
                        .output())
                .contains("PostgreSQL does not start: FATAL: could not access file \"nonsense\"");
        node.run("sed -i /nonsense/d /var/vcap/store/postgres/current/postgresql.auto.conf");
        assertThat(new Cluster(platform, id, credentials).change(node, "restart"))
                .isEqualTo("done");
    }

    @Test
    @Tag("sample")
    void aParameterThatNeedsARestartSaysSoAndTakesEffect() throws SQLException {
        broker.update(id, Map.of("parameters", Map.of("shared_buffers", "25%", "autovacuum_max_workers", 5)));
        assertThat(broker.description(id))
                .contains("short downtime: the server restarts to change autovacuum_max_workers, shared_buffers");
        broker.awaitReady(id);

        assertThat(Database.query(credentials, "show shared_buffers")).isEqualTo("256MB");
        assertThat(Database.query(credentials, "show autovacuum_max_workers")).isEqualTo("5");
    }

    @Test
    @Tag("sample")
    void anUpdateThatTheOperatorCancelsIsTakenBackAndARepeatHeals() throws SQLException {
        broker.update(id, Map.of("parameters", Map.of("max_connections", 77)));
        String deployment = "service-instance-" + id;
        Platform.await("the task is cancelled", () -> {
            String tasks = platform.director("/tasks?state=processing\\&deployment=" + deployment);
            Matcher running = Pattern.compile("\"id\":(\\d+)").matcher(tasks);
            assertThat(broker.state(id)).as("the cancel came too late").isEqualTo("in progress");
            return running.find()
                    && platform.director("/task/" + running.group(1) + " -X DELETE")
                            .isEmpty();
        });
        JsonNode failed = broker.ended(id);

        assertThat(failed.path("state").asString()).isEqualTo("failed");
        assertThat(failed.path("instance_usable").asBoolean(false)).isTrue();
        assertThat(failed.path("update_repeatable").asBoolean(false)).isTrue();
        assertThat(failed.path("description").asString()).contains("taken back");
        assertThat(Database.query(credentials, "show max_connections")).isEqualTo("100");
        assertThat(broker.fetch(id).body().path("parameters").isEmpty()).isTrue();

        broker.updated(id, Map.of("parameters", Map.of("max_connections", 77)));
        assertThat(Database.query(credentials, "show max_connections")).isEqualTo("77");
    }

    @Test
    void aServiceThatIsKilledInTheMiddleOfAnUpdateAndStartedAgainFinishesIt() throws SQLException {
        broker.update(id, Map.of("plan_id", Broker.LARGE));
        Platform.await("the director works", () -> broker.description(id).contains("setting up"));
        for (String service : List.of("broker", "deployer", "minidirector")) {
            platform.signal(service, "KILL");
        }
        platform.paddock("up");
        broker.awaitReady(id);

        assertThat(Database.query(credentials, "show shared_buffers")).isEqualTo("2GB");
        assertThat(broker.fetch(id).body().path("plan_id").asString()).isEqualTo(Broker.LARGE);
    }

    private void assertLiveParameters() throws SQLException {
        assertThat(Database.query(credentials, "show work_mem")).isEqualTo("9MB");
        assertThat(Database.query(credentials, "show checkpoint_timeout")).isEqualTo("15min");
        assertThat(Database.query(credentials, "show autovacuum_naptime")).isEqualTo("45s");
    }

    private void restart() {
        change("restart");
    }

    private void recreate() {
        change("recreate");
    }

    private void change(String state) {
        String started = startTime();
        platform.director("/deployments/service-instance-" + id + "/jobs/postgres/0?state=" + state
                + " -X PUT -H Content-Type:text/yaml -o /dev/null");
        Platform.await(
                state + " is done",
                () -> !startTime().isEmpty()
                        && !startTime().equals(started)
                        && !platform.director("/tasks?deployment=service-instance-" + id)
                                .contains("processing"));
    }

    private String startTime() {
        try {
            return Database.query(credentials, "select pg_postmaster_start_time()");
        } catch (SQLException down) {
            return "";
        }
    }
}
