package io.paddock.deployer.director;

import io.paddock.contracts.service.ProblemException;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import org.springframework.web.client.RestClient;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The director's REST API, one method a call. JSON is read whatever the answer's content type says, which is mostly HTML; the path
 * of a redirect names the task that was started. 5xx, cut connections and garbage are "unavailable" (503), other refusals 422.
 */
@Component
public class DirectorClient {

    private static final String PEER = "the director";
    private static final String RUNNING = "queued,processing,cancelling";
    private static final MediaType YAML = MediaType.parseMediaType("text/yaml");
    private static final String CONTEXT_ID = "X-Bosh-Context-Id";

    private final RestClient http;
    private final JsonMapper json;

    DirectorClient(DirectorHttp http, JsonMapper json) {
        this.http = http.director();
        this.json = json;
    }

    /** The manifest as it was last deployed. */
    public record Manifest(@Nullable String manifest) {}

    /** Empty if there is no such deployment. */
    public Optional<Manifest> deployment(String name) {
        ResponseEntity<String> answer = get("/deployments/{name}", name);
        return answer.getStatusCode().value() == 404 ? Optional.empty() : Optional.of(read(answer, Manifest.class));
    }

    /** What the director calls itself; it tells that everybody. */
    public record Info(String name, String version) {}

    public Info info() {
        return read(get("/info"), Info.class);
    }

    record Name(String name) {}

    /** Names of all deployments that the client may see. */
    public List<String> deployments() {
        return Stream.of(read(
                        get("/deployments?exclude_configs=true&exclude_releases=true&exclude_stemcells=true"),
                        Name[].class))
                .map(Name::name)
                .toList();
    }

    /** Empty without such a deployment as well. */
    public List<BoshInstance> instances(String deployment) {
        ResponseEntity<String> answer = get("/deployments/{name}/instances", deployment);
        return answer.getStatusCode().value() == 404 ? List.of() : Arrays.asList(read(answer, BoshInstance[].class));
    }

    public Optional<BoshTask> task(long id) {
        ResponseEntity<String> answer = get("/tasks/{id}", id);
        return answer.getStatusCode().value() == 404 ? Optional.empty() : Optional.of(read(answer, BoshTask.class));
    }

    /** The task that works on a deployment, or waits to: the oldest if there are several. */
    public Optional<BoshTask> runningTask(String deployment) {
        return tasks("/tasks?deployment={deployment}&state={states}", deployment, RUNNING).stream()
                .min(java.util.Comparator.comparing(BoshTask::id));
    }

    /** All tasks that run or are queued. */
    public List<BoshTask> runningTasks() {
        return tasks("/tasks?state={states}", RUNNING);
    }

    /** The newest task of a context. */
    public Optional<BoshTask> taskOfContext(String context) {
        return tasks("/tasks?context_id={context}", context).stream().max(java.util.Comparator.comparing(BoshTask::id));
    }

    /** The event stream so far, JSON lines. */
    public String events(long taskId) {
        ResponseEntity<String> answer = get("/tasks/{id}/output?type=event", taskId);
        return answer.getStatusCode().is2xxSuccessful() && answer.getBody() != null ? answer.getBody() : "";
    }

    /** Starts a deployment. */
    public long deploy(String manifest, String context) {
        return started(call(client -> client.post()
                .uri("/deployments")
                .contentType(YAML)
                .header(CONTEXT_ID, context)
                .body(manifest)));
    }

    /** Starts a deletion that goes on past errors of scripts; empty if there is no such deployment. */
    public Optional<Long> delete(String deployment, String context) {
        ResponseEntity<String> answer = call(client -> client.delete()
                .uri("/deployments/{name}?force=true", deployment)
                .header(CONTEXT_ID, context));
        return answer.getStatusCode().value() == 404 ? Optional.empty() : Optional.of(started(answer));
    }

    /** Asks a task to end; one that has ended is fine. */
    public void cancel(long taskId) {
        call(client -> client.delete().uri("/task/{id}", taskId));
    }

    private List<BoshTask> tasks(String uri, Object... variables) {
        return Arrays.asList(read(get(uri, variables), BoshTask[].class));
    }

    private ResponseEntity<String> get(String uri, Object... variables) {
        return call(client -> client.get().uri(uri, variables));
    }

    private ResponseEntity<String> call(Function<RestClient, RestClient.RequestHeadersSpec<?>> request) {
        ResponseEntity<String> answer =
                DirectorHttp.reaching(PEER, () -> request.apply(http).retrieve().toEntity(String.class));
        HttpStatusCode status = answer.getStatusCode();
        if (status.is5xxServerError()) {
            throw Failures.unavailable(PEER + " answered " + status.value(), null);
        }
        if (status.value() == 401) {
            throw Failures.unavailable(
                    PEER + " refuses the deployer's client, or lets it do less than it must: " + answer.getBody(),
                    null);
        }
        return answer;
    }

    private long started(ResponseEntity<String> answer) {
        URI location = answer.getHeaders().getLocation();
        if (answer.getStatusCode().is3xxRedirection() && location != null) {
            // Only the path counts: host and port are those that a proxy believes in.
            String path = location.getPath();
            int tasks = path.lastIndexOf("/tasks/");
            if (tasks >= 0) {
                return Long.parseLong(path.substring(tasks + "/tasks/".length()));
            }
        }
        throw refusal(answer);
    }

    private <T> T read(ResponseEntity<String> answer, Class<T> type) {
        if (!answer.getStatusCode().is2xxSuccessful()) {
            throw refusal(answer);
        }
        try {
            return json.readValue(String.valueOf(answer.getBody()), type);
        } catch (JacksonException garbage) {
            throw Failures.unavailable(PEER + " answered something that is not its JSON", garbage);
        }
    }

    private ProblemException refusal(ResponseEntity<String> answer) {
        String text = Objects.requireNonNullElse(answer.getBody(), "");
        try {
            Map<?, ?> error = json.readValue(text, Map.class);
            text = error.get("description") + " (code " + error.get("code") + ")";
        } catch (JacksonException plainText) {
            text = text.lines().findFirst().orElse("no text");
        }
        return Failures.refused(PEER + " answered " + answer.getStatusCode().value() + ": " + text);
    }
}
