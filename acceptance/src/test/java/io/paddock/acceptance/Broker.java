package io.paddock.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client of the Open Service Broker API, as small as a platform's could be. */
final class Broker {

    static final String SERVICE = "9d1a4d6c-5f0e-4c7b-9a55-2f7f3c1b8a10";
    static final String SMALL = "0e8a6f0c-3b58-4d5f-8b1b-6c7c1f2d9e01";
    static final String LARGE = "0e8a6f0c-3b58-4d5f-8b1b-6c7c1f2d9e02";

    static final String CLUSTER_SMALL = "0e8a6f0c-3b58-4d5f-8b1b-6c7c1f2d9e03";
    static final String CLUSTER_LARGE = "0e8a6f0c-3b58-4d5f-8b1b-6c7c1f2d9e04";

    private static final Pattern NODE = Pattern.compile("node (\\d+) of");

    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final String url;
    private final String authorization;

    Broker(String url, String username, String password) {
        this.url = url;
        this.authorization = "Basic " + Base64.getEncoder().encodeToString((username + ":" + password).getBytes());
    }

    record Answer(int status, JsonNode body) {}

    /** Asks for an instance; its id. */
    String create(Map<String, ?> parameters) {
        return create(SMALL, parameters);
    }

    String create(String plan, Map<String, ?> parameters) {
        String id = UUID.randomUUID().toString();
        Answer answer = provision(id, plan, parameters);
        if (answer.status() != 202) {
            throw new AssertionError(answer);
        }
        return id;
    }

    Answer provision(String id, String plan, Map<String, ?> parameters) {
        return send(
                "PUT",
                "/v2/service_instances/" + id + "?accepts_incomplete=true",
                Map.of(
                        "service_id", SERVICE,
                        "plan_id", plan,
                        "organization_guid", "org",
                        "space_guid", "space",
                        "parameters", parameters));
    }

    /** @param changes what the request holds besides the offering: plan_id, parameters */
    Answer update(String id, Map<String, ?> changes) {
        Map<String, Object> body = new HashMap<>(changes);
        body.put("service_id", SERVICE);
        return send("PATCH", "/v2/service_instances/" + id + "?accepts_incomplete=true", body);
    }

    /** Updates and waits until it is done. */
    void updated(String id, Map<String, ?> changes) {
        Answer answer = update(id, changes);
        if (answer.status() != 202) {
            throw new AssertionError(answer);
        }
        await(id, "succeeded");
    }

    Answer fetch(String id) {
        return send("GET", "/v2/service_instances/" + id, null);
    }

    /** Waits until the last operation has ended, however. */
    JsonNode ended(String id) {
        Platform.await(
                id + " ended",
                Platform.OPERATION,
                () -> !stateIfUp(id).isEmpty() && !stateIfUp(id).equals("in progress"));
        return lastOperation(id).body();
    }

    Answer delete(String id) {
        return send("DELETE", "/v2/service_instances/" + id + offering() + "&accepts_incomplete=true", null);
    }

    Answer lastOperation(String id) {
        return send("GET", "/v2/service_instances/" + id + "/last_operation", null);
    }

    /** The last operation's state; "gone" when that was a delete that succeeded. */
    String state(String id) {
        Answer answer = lastOperation(id);
        String state = answer.body().path("state").asString("");
        boolean deleted = state.equals("succeeded")
                && send("GET", "/v2/service_instances/" + id, null).status() == 404;
        return answer.status() == 410 || deleted ? "gone" : state;
    }

    String description(String id) {
        return lastOperation(id).body().path("description").asString("");
    }

    /** Waits until an update has come to that node, or further; how far it is, is told only now and then. */
    void awaitNode(String id, int node) {
        Platform.await("the update comes to node " + node, Platform.OPERATION, () -> {
            Matcher told = NODE.matcher(description(id));
            return told.find() && Integer.parseInt(told.group(1)) >= node
                    || !state(id).equals("in progress");
        });
    }

    Answer bind(String id, String binding) {
        return send(
                "PUT",
                "/v2/service_instances/" + id + "/service_bindings/" + binding,
                Map.of(
                        "service_id",
                        SERVICE,
                        "plan_id",
                        fetch(id).body().path("plan_id").asString(SMALL)));
    }

    Answer unbind(String id, String binding) {
        return send("DELETE", "/v2/service_instances/" + id + "/service_bindings/" + binding + offering(), null);
    }

    void awaitReady(String id) {
        await(id, "succeeded");
    }

    void awaitGone(String id) {
        await(id, "gone");
    }

    /** Waits for a state; a failure ends the wait with its description. */
    private void await(String id, String wanted) {
        Platform.await(id + " " + wanted, Platform.OPERATION, () -> {
            String state = stateIfUp(id);
            if (state.equals("failed")) {
                throw new AssertionError(id + " failed: " + description(id));
            }
            return state.equals(wanted);
        });
    }

    /** Empty while the broker does not answer, as it may in a test that kills it. */
    private String stateIfUp(String id) {
        try {
            return state(id);
        } catch (UncheckedIOException down) {
            return "";
        }
    }

    Answer send(String method, String path, @Nullable Object body) {
        String text = body == null ? "" : body instanceof String raw ? raw : JSON.writeValueAsString(body);
        try {
            HttpResponse<String> response = http.send(
                    HttpRequest.newBuilder(URI.create(url + path))
                            .method(method, HttpRequest.BodyPublishers.ofString(text))
                            .header("Authorization", authorization)
                            .header("Content-Type", "application/json")
                            .header("X-Broker-API-Version", "2.17")
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            return new Answer(
                    response.statusCode(), JSON.readTree(response.body().isEmpty() ? "{}" : response.body()));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    private static String offering() {
        return "?service_id=" + SERVICE + "&plan_id=" + SMALL;
    }
}
