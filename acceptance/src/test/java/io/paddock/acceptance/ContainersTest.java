package io.paddock.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Server, keeper and scripts work together although each lives in a container of its own, as bpm makes them. */
@Tag("release")
@Tag("verify")
class ContainersTest {

    private static final Platform PLATFORM = Platform.shared();

    private static String id;
    private static JsonNode credentials;
    private static Cluster.Node node;

    @BeforeAll
    static void create() {
        Broker broker = PLATFORM.broker();
        id = broker.create(Map.of());
        broker.awaitReady(id);
        credentials = broker.bind(id, "app").body().path("credentials");
        node = new Cluster(PLATFORM, id, credentials).nodes().get(Growth.SINGLE);
    }

    @AfterAll
    static void delete() {
        PLATFORM.broker().delete(id);
        PLATFORM.broker().awaitGone(id);
    }

    /** PostgreSQL's own guard, a process number and shared memory, does not see a server in another container. */
    @Test
    void nobodyClonesOrRewindsTheDataWhileTheirServerRuns() throws SQLException, IOException {
        Path unfinished = node.vcap().resolve("store/postgres/unfinished");
        String before = node.postmaster();
        for (String script : new String[] {"rejoin", "clone"}) {
            Platform.Result refused = node.run(
                    "touch /var/vcap/store/postgres/unfinished; setpriv --reuid=vcap --regid=vcap --clear-groups /var/vcap/jobs/repmgr/bin/"
                            + script + " " + node.address()
                            + "; status=$?; rm /var/vcap/store/postgres/unfinished; exit $status");

            assertThat(refused.exitCode()).as(refused.output()).isNotZero();
            assertThat(refused.output()).contains("refused: the server of these data runs");
        }
        assertThat(Files.exists(unfinished)).isFalse();
        assertThat(node.postmaster()).isEqualTo(before);
        assertThat(Database.query(credentials, "select 1")).isEqualTo("1");
    }

    /** A container's /dev/shm has 64 MiB. */
    @Test
    void aParallelQueryMayUseMoreSharedMemoryThanAContainerHas() throws SQLException {
        Database.execute(
                credentials,
                "create table wide as select n, repeat('x', 1000) as filler from generate_series(1, 300000) n",
                "analyze wide");

        String plan = Database.query(
                credentials,
                "set work_mem = '256MB'",
                "set hash_mem_multiplier = 2",
                "set max_parallel_workers_per_gather = 2",
                "set parallel_setup_cost = 0",
                "set parallel_tuple_cost = 0",
                "set enable_mergejoin = off",
                "set enable_nestloop = off",
                "explain (analyze, format json) select count(a.filler || b.filler) from wide a join wide b using (n)");

        assertThat(plan)
                .contains("\"Node Type\": \"Hash Join\"", "\"Parallel Aware\": true", "\"Hash Batches\": 1,")
                .containsPattern("\"Peak Memory Usage\": [3-9][0-9]{5},");
        Database.execute(credentials, "drop table wide");
    }

    @Test
    void anEmptyPasswordFailsPostStartAndLeavesThePasswordAlone() throws IOException, SQLException {
        Path verifier = node.vcap().resolve("data/jobs/postgres/config/admin_verifier");
        String content = Files.readString(verifier);
        for (String broken : new String[] {"", "secret"}) {
            try {
                Files.writeString(verifier, broken);
                Platform.Result failed = node.run("/var/vcap/jobs/postgres/bin/post-start");

                assertThat(failed.exitCode()).as(failed.output()).isNotZero();
                assertThat(failed.output()).contains("holds no SCRAM verifier");
            } finally {
                Files.writeString(verifier, content);
            }
        }
        assertThat(PLATFORM.broker().bind(id, "after").status())
                .as("the administrator still gets in")
                .isEqualTo(201);
        assertThat(node.run("/var/vcap/jobs/postgres/bin/post-start").exitCode())
                .isZero();
    }

    @Test
    void whatLaterCapabilitiesNeedIsThereWithoutAnotherRestart() throws SQLException {
        assertThat(Database.query(credentials, "show archive_mode")).isEqualTo("on");
        assertThat(Database.query(credentials, "show track_commit_timestamp")).isEqualTo("on");
        assertThat(node.run(". /var/vcap/jobs/postgres/bin/env; as_vcap psql -Atc \"show shared_preload_libraries\"")
                        .output())
                .contains("repmgr,pg_stat_statements");
        assertThat(Database.query(credentials, "show pg_stat_statements.track_utility"))
                .isEqualTo("off");
        assertThat(Database.query(credentials, "show dynamic_shared_memory_type"))
                .isEqualTo("sysv");
    }
}
