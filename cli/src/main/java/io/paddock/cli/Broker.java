package io.paddock.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The broker, over the Open Service Broker API 2.17. */
class Broker {

    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(60);

    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(CONNECT).build();
    private final String url;
    private final String authorization;

    Broker(Map<String, String> environment) {
        this.url = required(environment, "BROKER_URL");
        String credentials = required(environment, "BROKER_USERNAME") + ":" + required(environment, "BROKER_PASSWORD");
        this.authorization =
                "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
    }

    /** @param body an object, empty where the broker sent none */
    record Answer(int status, JsonNode body) {

        String description() {
            String text = body.path("description").asText("");
            return text.isEmpty() ? "the service broker answered " + status : text;
        }
    }

    JsonNode catalog() {
        return expect(get("/v2/catalog"), 200).path("services");
    }

    Answer provision(String id, Map<String, ?> request) {
        return send("PUT", "/v2/service_instances/" + id + "?accepts_incomplete=true", request);
    }

    Answer lastOperation(Names.Service service) {
        String operation = service.operation().isEmpty()
                ? ""
                : "&operation=" + URLEncoder.encode(service.operation(), StandardCharsets.UTF_8);
        return get("/v2/service_instances/" + service.id() + "/last_operation" + offering(service) + operation);
    }

    Answer instance(Names.Service service) {
        return get("/v2/service_instances/" + service.id());
    }

    Answer update(Names.Service service, Map<String, ?> request) {
        return send("PATCH", "/v2/service_instances/" + service.id() + "?accepts_incomplete=true", request);
    }

    Answer deprovision(Names.Service service) {
        return send(
                "DELETE",
                "/v2/service_instances/" + service.id() + offering(service) + "&accepts_incomplete=true",
                null);
    }

    Answer bind(Names.Service service, String bindingId, Map<String, ?> request) {
        return send("PUT", binding(service, bindingId), request);
    }

    Answer binding(Names.Service service, Names.Binding binding) {
        return get(binding(service, binding.id()));
    }

    Answer unbind(Names.Service service, Names.Binding binding) {
        return send("DELETE", binding(service, binding.id()) + offering(service), null);
    }

    JsonNode expect(Answer answer, int... statuses) {
        for (int status : statuses) {
            if (answer.status() == status) {
                return answer.body();
            }
        }
        throw new CliException(answer.description());
    }

    private Answer get(String path) {
        return send("GET", path, null);
    }

    private Answer send(String method, String path, @Nullable Object body) {
        try {
            HttpRequest.BodyPublisher content = body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(json.writeValueAsBytes(body));
            HttpResponse<String> response = http.send(
                    HttpRequest.newBuilder(URI.create(url + path))
                            .timeout(ANSWER)
                            .method(method, content)
                            .header("Authorization", authorization)
                            .header("Content-Type", "application/json")
                            .header("X-Broker-API-Version", "2.17")
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() == 401) {
                throw new CliException("The service broker refuses BROKER_USERNAME and BROKER_PASSWORD");
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

    private JsonNode parse(String body) {
        try {
            return json.readTree(body);
        } catch (JsonProcessingException notJson) {
            return json.createObjectNode();
        }
    }

    private static String binding(Names.Service service, String bindingId) {
        return "/v2/service_instances/" + service.id() + "/service_bindings/" + bindingId;
    }

    private static String offering(Names.Service service) {
        return "?service_id=" + service.serviceId() + "&plan_id=" + service.planId();
    }

    private static String required(Map<String, String> environment, String name) {
        String value = environment.get(name);
        if (value == null || value.isEmpty()) {
            throw new CliException(
                    name + " is not set. Run ./paddock up, or set BROKER_URL, BROKER_USERNAME and BROKER_PASSWORD");
        }
        return value;
    }
}
