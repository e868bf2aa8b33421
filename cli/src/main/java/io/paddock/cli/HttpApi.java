package io.paddock.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON over HTTP with basic authentication, to the service broker. */
final class HttpApi {

    private static final Duration CONNECT = Duration.ofSeconds(5);

    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(CONNECT).build();
    private final Duration patience;
    private final String url;
    private final String authorization;
    private final String refused;

    /**
     * @param username name of the variable that has it, as the password's
     * @param patience for an answer
     */
    HttpApi(Map<String, String> environment, String username, String password, Duration patience) {
        this.patience = patience;
        this.url = required(environment, "BROKER_URL");
        String credentials = required(environment, username) + ":" + required(environment, password);
        this.authorization =
                "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
        this.refused = "The service broker refuses " + username + " and " + password;
    }

    /** @param body empty where the broker sent none */
    record Answer(int status, JsonNode body) {

        String description() {
            String text = body.path("description").asText("");
            return text.isEmpty() ? "the service broker answered " + status : text;
        }
    }

    Answer send(String method, String path, @Nullable Object body, Map<String, String> headers) {
        try {
            HttpRequest.BodyPublisher content = body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(json.writeValueAsBytes(body));
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path))
                    .timeout(patience)
                    .method(method, content)
                    .header("Authorization", authorization)
                    .header("Content-Type", "application/json");
            headers.forEach(request::header);
            HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() == 401) {
                throw new CliException(refused);
            }
            return new Answer(response.statusCode(), parse(response.body()));
        } catch (IOException unreachable) {
            throw new CliException(
                    "The service broker at " + url + " does not answer. Is it up? See: ./paddock status");
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CliException("Interrupted");
        }
    }

    static JsonNode expect(Answer answer, int... statuses) {
        for (int status : statuses) {
            if (answer.status() == status) {
                return answer.body();
            }
        }
        throw new CliException(answer.description());
    }

    private JsonNode parse(String body) {
        try {
            return json.readTree(body);
        } catch (JsonProcessingException notJson) {
            return json.createObjectNode();
        }
    }

    private static String required(Map<String, String> environment, String name) {
        String value = environment.get(name);
        if (value == null || value.isEmpty()) {
            throw new CliException(
                    name + " is not set. Run ./paddock up, or set BROKER_URL and the credentials yourself");
        }
        return value;
    }
}
