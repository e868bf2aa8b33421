package io.paddock.broker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.paddock.broker.catalog.CatalogCache;
import io.paddock.broker.operation.WorkByHand;
import io.paddock.broker.remote.Interactive;
import io.paddock.broker.remote.Patient;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.ResponseEntity;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** The whole broker over HTTP on a real PostgreSQL; SPI and deployer are fakes, and tests do the worker's steps by hand. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "spring.security.user.name=platform",
            "spring.security.user.password=secret",
            "broker.operator.username=operator",
            "broker.operator.password=secret",
            "broker.remote.spi.url=http://127.0.0.1:1",
            "broker.remote.spi.username=broker",
            "broker.remote.spi.password=secret",
            "broker.remote.deployer.url=http://127.0.0.1:1",
            "broker.remote.deployer.username=broker",
            "broker.remote.deployer.password=secret",
            "broker.encryption.active-key=test",
            "broker.encryption.keys.test=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            // The scheduler stores what is due and never looks at it.
            "db-scheduler.polling-interval=1h",
            "db-scheduler.immediate-execution-enabled=false"
        })
@Import({BrokerTest.Fakes.class, WorkByHand.class})
public abstract class BrokerTest {

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final EmbeddedPostgres POSTGRES = startPostgres();

    protected static final FakeSpi SPI = new FakeSpi();
    protected static final FakeDeployer DEPLOYER = new FakeDeployer();
    protected static final SettableClock CLOCK = new SettableClock();

    @LocalServerPort
    private int port;

    @Autowired
    protected WorkByHand worker;

    @Autowired
    protected JdbcTemplate database;

    @Autowired
    private CatalogCache catalog;

    protected final ObjectMapper json = new ObjectMapper();

    /** A clock that stands still until a test moves it. */
    protected static final class SettableClock extends Clock {

        private Instant now = Instant.now();

        public void forward(Duration duration) {
            now = now.plus(duration);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    @TestConfiguration
    static class Fakes {

        @Bean
        @Primary
        Interactive interactiveFakes() {
            return new Interactive(SPI, DEPLOYER);
        }

        @Bean
        @Primary
        Patient patientFakes() {
            return new Patient(SPI, DEPLOYER);
        }

        @Bean
        @Primary
        Clock settableClock() {
            return CLOCK;
        }
    }

    @DynamicPropertySource
    static void stateDatabase(DynamicPropertyRegistry registry) {
        registry.add("spring.datasource.url", BrokerTest::stateDatabase);
        registry.add("spring.datasource.username", () -> "postgres");
    }

    protected static String stateDatabase() {
        return POSTGRES.getJdbcUrl("postgres", "postgres");
    }

    @BeforeEach
    void emptyPlatform() {
        SPI.reset();
        DEPLOYER.reset();
        forgetCatalog();
        database.update("truncate service_binding, service_instance, director_place, operation, scheduled_tasks");
    }

    /** Lets the broker ask the SPI for the catalog anew. */
    protected void forgetCatalog() {
        catalog.forget();
    }

    /** An instance that is ready for bindings. */
    protected String readyInstance() {
        String id = UUID.randomUUID().toString();
        provision(id, Map.of());
        worker.run(id);
        DEPLOYER.end(io.paddock.contracts.deployer.DirectorTask.State.DONE);
        worker.run(id);
        return id;
    }

    protected ResponseEntity<String> provision(String id, Map<String, ?> parameters) {
        return call(
                HttpMethod.PUT, "/v2/service_instances/" + id + "?accepts_incomplete=true", provisionBody(parameters));
    }

    protected Map<String, Object> provisionBody(Map<String, ?> parameters) {
        Map<String, Object> body = new HashMap<>();
        body.put("service_id", FakeSpi.SERVICE);
        body.put("plan_id", FakeSpi.PLAN);
        body.put("organization_guid", "org");
        body.put("space_guid", "space");
        body.put("context", Map.of("platform", "cloudfoundry", "organization_name", "o"));
        if (!parameters.isEmpty()) {
            body.put("parameters", parameters);
        }
        return body;
    }

    /** @param changes what the body holds besides the offering: plan_id, parameters */
    protected ResponseEntity<String> update(String id, Map<String, ?> changes) {
        Map<String, Object> body = new HashMap<>(changes);
        body.put("service_id", FakeSpi.SERVICE);
        return call(HttpMethod.PATCH, "/v2/service_instances/" + id + "?accepts_incomplete=true", body);
    }

    protected ResponseEntity<String> deprovision(String id) {
        return call(HttpMethod.DELETE, "/v2/service_instances/" + id + offering() + "&accepts_incomplete=true", null);
    }

    protected JsonNode lastOperation(String id) {
        return body(call(HttpMethod.GET, "/v2/service_instances/" + id + "/last_operation", null));
    }

    protected ResponseEntity<String> bind(String id, String binding) {
        return call(
                HttpMethod.PUT,
                "/v2/service_instances/" + id + "/service_bindings/" + binding,
                Map.of(
                        "service_id",
                        FakeSpi.SERVICE,
                        "plan_id",
                        planOf(id),
                        "bind_resource",
                        Map.of("app_guid", "app")));
    }

    private String planOf(String instance) {
        return database
                .queryForList("select plan_id from service_instance where id = ?", String.class, instance)
                .stream()
                .findFirst()
                .orElse(FakeSpi.PLAN);
    }

    protected static String offering() {
        return "?service_id=" + FakeSpi.SERVICE + "&plan_id=" + FakeSpi.PLAN;
    }

    protected ResponseEntity<String> call(HttpMethod method, String path, @Nullable Object body) {
        return call(method, path, body, Map.of("X-Broker-API-Version", "2.17"), "secret");
    }

    protected ResponseEntity<String> call(
            HttpMethod method, String path, @Nullable Object body, Map<String, String> headers, String password) {
        Map<String, String> all = new HashMap<>(headers);
        all.put("Content-Type", "application/json");
        return callAsIs(
                method,
                path,
                body == null || body instanceof String
                        ? (String) body
                        : json.valueToTree(body).toString(),
                all,
                password);
    }

    /** The status of a request of somebody else, with the right password if he is known. */
    protected int callAs(String user, HttpMethod method, String path, Map<String, String> headers) {
        return send(user, method, path, null, headers, "secret").getStatusCode().value();
    }

    /** With these headers, and no others but the one for authentication. */
    protected ResponseEntity<String> callAsIs(
            HttpMethod method, String path, @Nullable String body, Map<String, String> headers, String password) {
        boolean operators = path.startsWith("/operator") || path.startsWith("/actuator");
        return send(operators ? "operator" : "platform", method, path, body, headers, password);
    }

    /** Without a name and a password. */
    protected ResponseEntity<String> callAnonymously(String path) {
        return send(null, HttpMethod.GET, path, null, Map.of(), "");
    }

    private ResponseEntity<String> send(
            @Nullable String user,
            HttpMethod method,
            String path,
            @Nullable String body,
            Map<String, String> headers,
            String password) {
        HttpRequest.Builder request = HttpRequest.newBuilder(java.net.URI.create("http://localhost:" + port + path))
                .method(
                        method.name(),
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        if (user != null) {
            request.header("Authorization", "Basic " + HttpHeaders.encodeBasicAuth(user, password, null));
        }
        headers.forEach(request::header);
        try {
            HttpResponse<String> answer = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
            HttpHeaders answered = new HttpHeaders();
            answer.headers().map().forEach(answered::addAll);
            return ResponseEntity.status(answer.statusCode()).headers(answered).body(answer.body());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    protected JsonNode body(ResponseEntity<String> answer) {
        try {
            return json.readTree(answer.getBody());
        } catch (IOException notJson) {
            throw new UncheckedIOException(notJson);
        }
    }

    private static EmbeddedPostgres startPostgres() {
        try {
            return EmbeddedPostgres.start();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
