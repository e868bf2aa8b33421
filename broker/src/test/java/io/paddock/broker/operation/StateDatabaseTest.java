package io.paddock.broker.operation;

import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.broker.FakeDeployer;
import io.paddock.broker.FakeSpi;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The state database goes away in the middle of the work, and comes back. */
class StateDatabaseTest {

    private static final String INSTANCE =
            "/v2/service_instances/0b1d6c1e-55d1-4f5e-8a53-6f6f2a1d7c09?accepts_incomplete=true";

    private final HttpClient http = HttpClient.newHttpClient();
    private final Replica broker = new Replica(new FakeSpi(), new FakeDeployer());

    @AfterEach
    void close() {
        broker.close();
    }

    @Test
    void withoutItTheBrokerLivesAndSaysWhatIsWrongAndThenGoesOn(@TempDir Path directory) throws Exception {
        EmbeddedPostgres postgres = start(directory, 0);
        int port = postgres.getPort();
        try {
            broker.start(postgres);
            assertThat(get("/actuator/health/readiness").statusCode()).isEqualTo(200);
            assertThat(get("/v2/catalog").statusCode()).isEqualTo(200);
            broker.holdDeployments();
            String id = broker.provision(1).get(0);
            assertThat(broker.awaitDeployment()).isTrue();
            postgres.close();
            broker.release();

            assertThat(get("/actuator/health/readiness").statusCode()).isEqualTo(503);
            assertThat(get("/actuator/health/liveness").statusCode()).isEqualTo(200);
            assertThat(get("/v2/catalog").statusCode()).isEqualTo(200);
            HttpResponse<String> refused = create();
            assertThat(refused.statusCode()).as(refused.body()).isEqualTo(503);
            assertThat(refused.body()).contains("can't reach its database now");

            postgres = start(directory, port);
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> get("/actuator/health/readiness").statusCode() == 200
                            && broker.operations()
                                            .findFirstByInstanceIdOrderByGenerationDesc(id)
                                            .orElseThrow()
                                            .state()
                                    == Operation.State.SUCCEEDED);
            assertThat(create().statusCode()).isEqualTo(202);
        } finally {
            broker.close();
            postgres.close();
        }
    }

    private static EmbeddedPostgres start(Path directory, int port) throws IOException {
        return EmbeddedPostgres.builder()
                .setDataDirectory(directory.resolve("data"))
                .setCleanDataDirectory(false)
                .setPort(port)
                .start();
    }

    private HttpResponse<String> create() throws Exception {
        return send(request(INSTANCE)
                .PUT(HttpRequest.BodyPublishers.ofString("{\"service_id\":\"" + FakeSpi.SERVICE + "\",\"plan_id\":\""
                        + FakeSpi.PLAN + "\",\"organization_guid\":\"o\",\"space_guid\":\"s\"}")));
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send(request(path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        int port = Integer.parseInt(broker.context().getEnvironment().getProperty("local.server.port"));
        return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                .header(
                        "Authorization",
                        "Basic "
                                + Base64.getEncoder()
                                        .encodeToString("platform:secret".getBytes(StandardCharsets.UTF_8)))
                .header("Content-Type", "application/json")
                .header("X-Broker-API-Version", "2.17");
    }
}
