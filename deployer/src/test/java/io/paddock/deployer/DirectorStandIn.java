package io.paddock.deployer;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.MappingBuilder;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.http.HttpMethod;
import org.springframework.http.ResponseEntity;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.web.client.RestClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The whole deployer over HTTP, with WireMock in the place of a director; recorded answers of a real one can be replayed. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "spring.security.user.name=broker",
            "spring.security.user.password=secret",
            "deployer.director.client=deployer",
            "deployer.director.client-secret=hush-hush",
            "deployer.director.connect-timeout=4s",
            "deployer.director.read-timeout=4s"
        })
public abstract class DirectorStandIn {

    /** One for all classes, since they share the application that knows its port. */
    protected static final WireMockServer DIRECTOR =
            new WireMockServer(options().dynamicPort());

    static {
        DIRECTOR.start();
    }

    private static final JsonMapper JSON = new JsonMapper();

    @LocalServerPort
    private int port;

    @Autowired
    protected JsonMapper json;

    @DynamicPropertySource
    static void director(DynamicPropertyRegistry registry) {
        registry.add("deployer.director.url", DIRECTOR::baseUrl);
    }

    /** A director without tasks and deployments, to which a test adds what it needs. */
    @BeforeEach
    void emptyDirector() {
        DIRECTOR.resetAll();
        DIRECTOR.stubFor(any(anyUrl())
                .atPriority(10)
                .willReturn(aResponse().withStatus(404).withBody("Endpoint not found.")));
        DIRECTOR.stubFor(get("/info").willReturn(recorded("deploy-one-instance", "info")));
        DIRECTOR.stubFor(get(urlPathEqualTo("/tasks")).atPriority(9).willReturn(okJson("[]")));
        DIRECTOR.stubFor(get(urlPathEqualTo("/deployments/db"))
                .atPriority(9)
                .willReturn(recorded("delete-deployment", "deployment-afterwards")));
    }

    /** An answer of a real director. */
    protected static ResponseDefinitionBuilder recorded(String file, String exchange) {
        return answer(exchange(file, exchange).path("response"));
    }

    /** A recorded response as it went over the wire. */
    protected static ResponseDefinitionBuilder answer(JsonNode response) {
        ResponseDefinitionBuilder answer =
                aResponse().withStatus(response.path("status").asInt());
        response.path("headers")
                .properties()
                .forEach(header ->
                        answer.withHeader(header.getKey(), header.getValue().asString()));
        return response.path("body").isNull()
                ? answer
                : answer.withBody(response.path("body").asString());
    }

    protected static String recordedBody(String file, String exchange) {
        return exchange(file, exchange).path("response").path("body").asString();
    }

    /** Makes a recorded task with its events readable. */
    protected static void task(long id, String file, String taskExchange, String eventExchange) {
        DIRECTOR.stubFor(get("/tasks/" + id).willReturn(recorded(file, taskExchange)));
        DIRECTOR.stubFor(get(urlPathEqualTo("/tasks/" + id + "/output"))
                .withQueryParam("type", equalTo("event"))
                .willReturn(recorded(file, eventExchange)));
    }

    /** Sends a request as the broker does. */
    protected ResponseEntity<String> call(HttpMethod method, String path, Map<String, ?> body) {
        return client().method(method).uri(path).body(body).retrieve().toEntity(String.class);
    }

    protected ResponseEntity<String> call(HttpMethod method, String path) {
        return client().method(method).uri(path).retrieve().toEntity(String.class);
    }

    protected JsonNode body(ResponseEntity<String> answer) {
        return json.readTree(answer.getBody());
    }

    protected static MappingBuilder post(String path) {
        return com.github.tomakehurst.wiremock.client.WireMock.post(urlPathEqualTo(path));
    }

    private RestClient client() {
        return RestClient.builder()
                .baseUrl("http://localhost:" + port)
                .defaultHeaders(headers -> headers.setBasicAuth("broker", "secret"))
                .defaultStatusHandler(status -> true, (request, response) -> {})
                .build();
    }

    private static JsonNode exchange(String file, String name) {
        try (InputStream stream = DirectorStandIn.class.getResourceAsStream("/director-recordings/" + file + ".json")) {
            for (JsonNode exchange : JSON.readTree(stream).path("exchanges")) {
                if (exchange.path("name").asString().equals(name)) {
                    return exchange;
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        throw new IllegalArgumentException(file + " has no exchange " + name);
    }
}
