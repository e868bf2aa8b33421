package io.paddock.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.paddock.cli.HttpApi.Answer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The broker, over the Open Service Broker API 2.17. */
class Broker {

    private static final Duration ANSWER = Duration.ofSeconds(60);

    private final HttpApi http;

    Broker(Map<String, String> environment) {
        this.http = new HttpApi(environment, "BROKER_USERNAME", "BROKER_PASSWORD", ANSWER);
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
        return HttpApi.expect(answer, statuses);
    }

    private Answer get(String path) {
        return send("GET", path, null);
    }

    private Answer send(String method, String path, @Nullable Object body) {
        return http.send(method, path, body, Map.of("X-Broker-API-Version", "2.17"));
    }

    private static String binding(Names.Service service, String bindingId) {
        return "/v2/service_instances/" + service.id() + "/service_bindings/" + bindingId;
    }

    private static String offering(Names.Service service) {
        return "?service_id=" + service.serviceId() + "&plan_id=" + service.planId();
    }
}
