package io.paddock.deployer.task;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.containing;
import static com.github.tomakehurst.wiremock.client.WireMock.deleteRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.request;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.client.MappingBuilder;
import io.paddock.contracts.service.ProblemException;
import io.paddock.deployer.DirectorStandIn;
import io.paddock.deployer.director.BoshInstance;
import io.paddock.deployer.director.BoshTask;
import io.paddock.deployer.director.DirectorClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;

/**
 * Every recorded answer of a real director that the deployer's client could get is given to it: what it reads must be what the director
 * said, and what is no success must be the right kind of failure.
 */
class RecordedDirectorTest extends DirectorStandIn {

    private static final Path RECORDINGS = Path.of("target/test-classes/director-recordings");
    private static final Pattern DEPLOYMENT = Pattern.compile("/deployments/([^/]+)");
    private static final Pattern INSTANCES = Pattern.compile("/deployments/([^/]+)/instances");
    private static final Pattern TASK = Pattern.compile("/tasks/(\\d+)");
    private static final Pattern CANCEL = Pattern.compile("/task/(\\d+)");
    private static final Pattern OUTPUT = Pattern.compile("/tasks/(\\d+)/output");

    @Autowired
    private DirectorClient director;

    /** What the client does to send such a request, and what must come of it. */
    private interface Check {
        void run();
    }

    @TestFactory
    Stream<DynamicTest> isReadAsItWasMeant() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Path file : files()) {
            for (JsonNode exchange : json.readTree(Files.readString(file)).path("exchanges")) {
                check(exchange)
                        .ifPresent(check -> tests.add(DynamicTest.dynamicTest(
                                file.getFileName() + ": "
                                        + exchange.path("name").asString(),
                                () -> {
                                    answerOnly(exchange);
                                    check.run();
                                })));
            }
        }
        return tests.stream();
    }

    /** So that a mistake in the choice is seen: more than half of what was recorded concerns the deployer. */
    @Test
    void mostOfWhatWasRecordedIsCovered() throws IOException {
        int all = 0;
        int checked = 0;
        for (Path file : files()) {
            for (JsonNode exchange : json.readTree(Files.readString(file)).path("exchanges")) {
                all++;
                checked += check(exchange).isPresent() ? 1 : 0;
            }
        }
        assertThat(all).isEqualTo(860);
        assertThat(checked).isGreaterThan(430);
    }

    private Optional<Check> check(JsonNode exchange) {
        JsonNode request = exchange.path("request");
        JsonNode response = exchange.path("response");
        String path = request.path("path").asString();
        String query = request.path("query").asString("");
        int status = response.path("status").asInt();
        // The client authenticates before it asks anything, and reads outputs as a whole.
        if (status == 401 || request.path("headers").has("Range")) {
            return status == 401 && path.startsWith("/deployments") && isGet(request)
                    ? Optional.of(() -> assertUnavailable(() -> director.deployment("any")))
                    : Optional.empty();
        }
        String body = response.path("body").asString("");
        Matcher task = TASK.matcher(path);
        Matcher deployment = DEPLOYMENT.matcher(path);
        Matcher instances = INSTANCES.matcher(path);
        Matcher output = OUTPUT.matcher(path);
        Matcher cancel = CANCEL.matcher(path);
        if (isGet(request) && task.matches() && task.group(1).length() < 10) {
            return Optional.of(() -> assertTask(Long.parseLong(task.group(1)), status, body));
        }
        if (isGet(request) && path.equals("/tasks")) {
            return Optional.of(() -> assertTasks(body));
        }
        if (isGet(request) && output.matches() && query.contains("type=event")) {
            return Optional.of(() -> assertEvents(Long.parseLong(output.group(1)), status, body));
        }
        if (isGet(request) && deployment.matches()) {
            return Optional.of(() -> assertThat(director.deployment("any"))
                    .isEqualTo(
                            status == 404
                                    ? Optional.empty()
                                    : Optional.of(new DirectorClient.Manifest(text(body, "manifest")))));
        }
        if (isGet(request) && instances.matches() && query.isEmpty()) {
            return Optional.of(() -> assertInstances(status, body));
        }
        if (request.path("method").asString().equals("POST") && path.equals("/deployments")) {
            return Optional.of(() -> assertStarted(response, () -> director.deploy("name: any", "context")));
        }
        if (request.path("method").asString().equals("DELETE") && deployment.matches()) {
            return Optional.of(() -> {
                if (status == 404) {
                    assertThat(director.delete("any", "context")).isEmpty();
                } else {
                    assertStarted(
                            response, () -> director.delete("any", "context").orElseThrow());
                }
            });
        }
        if (request.path("method").asString().equals("DELETE") && cancel.matches()) {
            return Optional.of(() -> {
                director.cancel(Long.parseLong(cancel.group(1)));
                DIRECTOR.verify(deleteRequestedFor(urlPathEqualTo(path)));
            });
        }
        return Optional.empty();
    }

    private void assertTask(long id, int status, String body) {
        Optional<BoshTask> read = director.task(id);
        if (status == 404) {
            assertThat(read).isEmpty();
            return;
        }
        assertTask(read.orElseThrow(), json.readTree(body));
    }

    private static void assertTask(BoshTask read, JsonNode recorded) {
        assertThat(read.id()).isEqualTo(recorded.path("id").asLong());
        assertThat(read.state()).isEqualTo(recorded.path("state").asString());
        assertThat(read.description()).isEqualTo(recorded.path("description").asString());
        assertThat(read.result()).isEqualTo(recorded.path("result").asString(null));
        assertThat(read.deployment()).isEqualTo(recorded.path("deployment").asString(null));
        assertThat(read.contextId()).isEqualTo(recorded.path("context_id").asString());
        assertThat(read.isRunning())
                .isEqualTo(List.of("queued", "processing", "cancelling")
                        .contains(recorded.path("state").asString()));
    }

    private void assertTasks(String body) {
        JsonNode recorded = json.readTree(body);
        Optional<BoshTask> newest = director.taskOfContext("any");
        assertThat(newest.isPresent()).isEqualTo(recorded.size() > 0);
        newest.ifPresent(task -> recorded.valueStream()
                .filter(entry -> entry.path("id").asLong() == task.id())
                .forEach(entry -> assertTask(task, entry)));
        assertThat(newest.map(BoshTask::id).orElse(0L))
                .isEqualTo(recorded.valueStream()
                        .mapToLong(entry -> entry.path("id").asLong())
                        .max()
                        .orElse(0));
    }

    private void assertEvents(long id, int status, String body) {
        String read = director.events(id);
        assertThat(read).isEqualTo(status == 200 ? body : "");
        JsonNode last = lastLine(body);
        assertThat(TaskEvents.parse(read, json).error())
                .isEqualTo(Optional.ofNullable(last)
                        .filter(line -> line.has("error"))
                        .map(line -> line.path("error").path("message").asString()));
    }

    private void assertInstances(int status, String body) {
        List<BoshInstance> read = director.instances("any");
        if (status == 404) {
            assertThat(read).isEmpty();
            return;
        }
        JsonNode recorded = json.readTree(body);
        assertThat(read).hasSize(recorded.size());
        for (int i = 0; i < read.size(); i++) {
            assertThat(read.get(i).job()).isEqualTo(recorded.get(i).path("job").asString());
            assertThat(read.get(i).index())
                    .isEqualTo(recorded.get(i).path("index").asInt());
            assertThat(read.get(i).id()).isEqualTo(recorded.get(i).path("id").asString());
            assertThat(read.get(i).ips())
                    .isEqualTo(recorded.get(i)
                            .path("ips")
                            .valueStream()
                            .map(JsonNode::asString)
                            .toList());
        }
    }

    /** A redirect is the task that it leads to; 5xx may be tried again; any other answer is a refusal with the director's words. */
    private void assertStarted(JsonNode response, java.util.function.LongSupplier call) {
        int status = response.path("status").asInt();
        if (status == 302) {
            String location = response.path("headers").path("Location").asString();
            assertThat(call.getAsLong()).isEqualTo(Long.parseLong(location.substring(location.lastIndexOf('/') + 1)));
        } else if (status >= 500) {
            assertUnavailable(call::getAsLong);
        } else {
            assertThatThrownBy(call::getAsLong).isInstanceOfSatisfying(ProblemException.class, refusal -> {
                assertThat(refusal.status().value()).isEqualTo(422);
                JsonNode body = parsed(response.path("body").asString(""));
                if (body != null) {
                    assertThat(refusal.getMessage())
                            .contains(body.path("description").asString())
                            .contains("code " + body.path("code").asInt());
                }
            });
        }
    }

    private static void assertUnavailable(Check call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        failure -> assertThat(failure.status().value()).isEqualTo(503));
    }

    /** Only the recorded request is answered: method, path, and what the director demands of the headers. */
    private void answerOnly(JsonNode exchange) {
        JsonNode request = exchange.path("request");
        String path = request.path("path").asString().replaceFirst("^/deployments/[^/]+", "/deployments/any");
        DIRECTOR.resetAll();
        boolean unauthorized = exchange.path("response").path("status").asInt() == 401;
        // Who is not let in is not let in anywhere; the client never asks for the list that was recorded.
        MappingBuilder expected =
                unauthorized ? any(anyUrl()) : request(request.path("method").asString(), urlPathEqualTo(path));
        if (request.path("method").asString().equals("POST")) {
            expected.withHeader("Content-Type", containing("text/yaml"))
                    .withHeader("X-Bosh-Context-Id", equalTo("context"));
        }
        DIRECTOR.stubFor(any(anyUrl()).atPriority(9).willReturn(aResponse().withStatus(418)));
        DIRECTOR.stubFor(expected.willReturn(answer(exchange.path("response"))));
        DIRECTOR.stubFor(get("/info").atPriority(1).willReturn(recorded("deploy-one-instance", "info")));
    }

    private JsonNode lastLine(String body) {
        String[] lines = body.strip().split("\n");
        return parsed(lines[lines.length - 1]);
    }

    private JsonNode parsed(String text) {
        try {
            JsonNode node = json.readTree(text);
            return node.isObject() ? node : null;
        } catch (tools.jackson.core.JacksonException notJson) {
            return null;
        }
    }

    private String text(String body, String field) {
        return json.readTree(body).path(field).asString(null);
    }

    private static boolean isGet(JsonNode request) {
        return request.path("method").asString().equals("GET");
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(RECORDINGS)) {
            return files.sorted().toList();
        }
    }
}
