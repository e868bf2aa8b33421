package io.paddock.minidirector.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Requests that were sent to a real director, sent again: status, content type and shape of the answer must be the same. */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT, properties = "minidirector.password=test")
class RecordedRefusalsTest {

    /** Left out with the reason: what they ask for the minidirector does not have. */
    private static final Set<String> NOT_HERE = Set.of(
            // POST /deployments/NAME/diff, PUT jobs, scans, errands, certificate_expiry, problems, events: not yet
            // there
            "diff-of-new",
            "diff-empty",
            "diff-broken",
            "diff-bad",
            "diff-wrong-content-type",
            "state-of-absent",
            "scan-of-absent",
            "errands-of-absent",
            "certificate_expiry-of-absent",
            "problems-of-absent",
            "events-bad",
            "bad-context",
            "diff",
            // depend on what was deployed on the real director before
            "deployments",
            "tasks-bad-limit",
            "list-before",
            "optimistic-lock-miss",
            "optimistic-lock-hit",
            "get-by-id",
            "delete-by-id");

    private static final JsonMapper JSON = new JsonMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @LocalServerPort
    private int port;

    @DynamicPropertySource
    static void state(DynamicPropertyRegistry registry) throws IOException {
        Path directory =
                Files.createTempDirectory(Path.of("target"), "director").toAbsolutePath();
        registry.add("minidirector.state-directory", directory::toString);
        registry.add("minidirector.username", () -> "test");
        registry.add(
                "minidirector.releases.paddock",
                () -> Path.of("../release").toAbsolutePath().normalize().toString());
    }

    @TestFactory
    Stream<DynamicTest> answersLikeTheRealDirector() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (String file : List.of("info-and-refusals", "refused-requests", "configs", "cancel-running-task")) {
            for (JsonNode exchange : exchanges(file)) {
                String name = exchange.path("name").asString();
                if (!NOT_HERE.contains(name)) {
                    tests.add(DynamicTest.dynamicTest(file + ": " + name, () -> compare(exchange)));
                }
            }
        }
        return tests.stream();
    }

    private void compare(JsonNode exchange) throws IOException, InterruptedException {
        JsonNode recorded = exchange.path("response");

        HttpResponse<String> answer = send(exchange.path("request"));

        assertThat(answer.statusCode()).isEqualTo(recorded.path("status").asInt());
        JsonNode headers = recorded.path("headers");
        if (headers.has("Content-Type")
                && recorded.path("body").isString()
                && !recorded.path("body").asString().isEmpty()) {
            String type = answer.headers().firstValue("Content-Type").orElse("");
            assertThat(type.toLowerCase(java.util.Locale.ROOT).replace(" ", ""))
                    .startsWith(headers.path("Content-Type")
                            .asString()
                            .toLowerCase(java.util.Locale.ROOT)
                            .replaceAll(";.*", ""));
        }
        assertThat(answer.headers().firstValue("WWW-Authenticate").isPresent())
                .isEqualTo(headers.has("WWW-Authenticate"));
        compareBodies(recorded.path("body").asString(""), answer.body());
    }

    /** JSON objects must have the same fields; plain texts must be the same. */
    private static void compareBodies(String recorded, String answered) {
        JsonNode expected = parse(recorded);
        JsonNode actual = parse(answered);
        if (expected == null || actual == null) {
            assertThat(answered.strip()).isEqualTo(recorded.strip());
            return;
        }
        if (expected.isObject()) {
            assertThat(fields(actual)).isEqualTo(fields(expected));
            if (expected.has("code")) {
                assertThat(actual.path("code").asInt())
                        .isEqualTo(expected.path("code").asInt());
                assertThat(firstWords(actual)).isEqualTo(firstWords(expected));
            }
        } else {
            assertThat(actual.isArray()).isEqualTo(expected.isArray());
            if (expected.size() > 0 && actual.size() > 0) {
                assertThat(fields(actual.get(0))).isEqualTo(fields(expected.get(0)));
            }
        }
    }

    /** Parsers word their part of a message in their own way: what stands before the colon is the director's. */
    private static String firstWords(JsonNode error) {
        String text = error.path("description").asString();
        return text.contains(":") ? text.substring(0, text.indexOf(':')) : text;
    }

    private static Set<String> fields(JsonNode object) {
        Set<String> names = new TreeSet<>();
        object.properties().forEach(property -> names.add(property.getKey()));
        return names;
    }

    private static JsonNode parse(String text) {
        try {
            JsonNode node = JSON.readTree(text);
            return node.isObject() || node.isArray() ? node : null;
        } catch (JacksonException notJson) {
            return null;
        }
    }

    private HttpResponse<String> send(JsonNode request) throws IOException, InterruptedException {
        String query = request.path("query").isNull()
                ? ""
                : "?" + request.path("query").asString();
        String body = request.path("body").isNull() ? "" : request.path("body").asString();
        HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(
                        "http://localhost:" + port + request.path("path").asString() + query))
                .method(
                        request.path("method").asString(),
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body));
        request.path("headers").properties().forEach(header -> {
            String name = header.getKey();
            String value = header.getValue().asString();
            if (name.equalsIgnoreCase("Authorization")) {
                String credentials = value.contains("wrong") ? "test:wrong" : "test:test";
                builder.header(name, "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes()));
            } else {
                builder.header(name, value);
            }
        });
        return HTTP.send(builder.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode exchanges(String file) throws IOException {
        try (InputStream stream =
                RecordedRefusalsTest.class.getResourceAsStream("/director-recordings/" + file + ".json")) {
            return JSON.readTree(stream).path("exchanges");
        }
    }
}
