package io.paddock.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * The release's tarball: built, uploaded to a director that has nothing else, compiled package by package, and deployed. Nothing of this machine's PostgreSQL, Consul
 * or Java is used. PostgreSQL, which takes ten minutes, is kept outside of the checkout under its fingerprint; {@code verify --group release --fresh}
 * compiles it as well.
 */
@Tag("release")
@Tag("sample")
class CompiledReleaseTest {

    private static final Path TARBALL = Platform.ROOT.resolve("acceptance/target/paddock.tgz");
    private static final Path CACHE = Path.of(
                    System.getenv().getOrDefault("XDG_CACHE_HOME", System.getProperty("user.home") + "/.cache"))
            .resolve("paddock/packages");

    private static Platform platform;
    private static Broker broker;

    @BeforeAll
    static void buildAndUpload() {
        Platform.Result built =
                Platform.bash(Platform.ROOT.resolve("release/build") + " --without-bosh --tarball " + TARBALL);
        assertThat(built.exitCode()).as(built.output()).isZero();
        Platform.bash("find " + CACHE + " -mindepth 1 -maxdepth 1 ! -name 'postgres-*' -exec rm -rf {} +");
        platform = Platform.ofRelease(TARBALL, CACHE);
        broker = platform.broker();
    }

    @AfterAll
    static void takeDown() {
        if (platform != null) {
            platform.takeDown();
        }
    }

    @Test
    void everyPackageIsCompiledAndBothPlansLive() throws SQLException {
        assertThat(platform.firstUp().output()).contains("Uploading the release");
        assertThat(CACHE)
                .isDirectoryContaining(path -> path.getFileName().toString().startsWith("postgres-"));

        String id = broker.create(Map.of());
        broker.awaitReady(id);
        JsonNode single = broker.bind(id, "one").body().path("credentials");
        Cluster.Node node = new Cluster(platform, id, single).nodes().get(Growth.SINGLE);
        for (String name : new String[] {"postgres", "consul", "jre", "keeper"}) {
            assertThat(Files.isSymbolicLink(node.vcap().resolve("packages/" + name)))
                    .isTrue();
            assertThat(node.run("readlink /var/vcap/packages/" + name).output())
                    .startsWith("/var/vcap/data/packages/" + name + "/");
        }
        Database.execute(single, "create table kept as select generate_series(1, 1000) as n");
        broker.updated(id, Map.of("parameters", Map.of("wal_compression", "zstd")));
        assertThat(Database.query(single, "show wal_compression")).isEqualTo("zstd");
        assertThat(Database.query(single, "create temporary table t (x text compression lz4)", "select 1"))
                .isEqualTo("1");

        broker.updated(id, Map.of("plan_id", Broker.CLUSTER_SMALL));

        JsonNode credentials = broker.bind(id, "three").body().path("credentials");
        Cluster cluster = new Cluster(platform, id, credentials);
        cluster.awaitHealthy();
        Cluster.Node first = cluster.primary();
        first.signalPostgres("KILL");
        cluster.awaitPrimaryOtherThan(first);
        cluster.awaitHealthy();
        assertThat(Database.query(credentials, "select count(*) from kept")).isEqualTo("1000");
        broker.delete(id);
        broker.awaitGone(id);

        String fresh = broker.create(Broker.CLUSTER_SMALL, Map.of());
        broker.awaitReady(fresh);
        JsonNode ofFresh = broker.bind(fresh, "fresh").body().path("credentials");
        assertThat(Database.query(ofFresh, "select 1")).isEqualTo("1");
        broker.delete(fresh);
        broker.awaitGone(fresh);
        assertThat(platform.below("deployments")).hasSize(1);
    }
}
