package io.paddock.broker.osb;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paddock.broker.binding.FetchServiceBinding;
import io.paddock.broker.instance.FetchServiceInstance;
import io.paddock.broker.instance.ServiceInstance;
import io.paddock.broker.request.Refusal;
import io.paddock.broker.request.RefusedException;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.cloud.servicebroker.model.binding.CreateServiceInstanceBindingRequest;
import org.springframework.stereotype.Component;

/**
 * OSB 2.17, Rotating a Service Binding: the request names only the predecessor, and SCOSB 4.1.0 knows neither that field nor a request without
 * an offering. What is missing is taken from instance and predecessor, and the field travels in the request's context.
 */
@Component
class BindingRotation {

    private static final String PREDECESSOR = "predecessor_binding_id";
    private static final Pattern BINDING = Pattern.compile(".*/v2/service_instances/([^/]+)/service_bindings/[^/]+");

    private final FetchServiceInstance instances;
    private final FetchServiceBinding bindings;

    BindingRotation(FetchServiceInstance instances, FetchServiceBinding bindings) {
        this.instances = instances;
        this.bindings = bindings;
    }

    /**
     * The body that SCOSB shall see.
     *
     * @throws RefusedException 400 if the predecessor is no binding of the instance, 404 for an unknown instance
     */
    byte[] complete(HttpServletRequest request, JsonNode body) {
        Matcher path = BINDING.matcher(request.getRequestURI());
        JsonNode predecessor = body.path(PREDECESSOR);
        if (body.path("context") instanceof ObjectNode context) {
            // What a platform says there is not checked.
            context.remove(PREDECESSOR);
        }
        if (path.matches() && !predecessor.isMissingNode() && !predecessor.isNull()) {
            rotate((ObjectNode) body, path.group(1), predecessor);
        }
        return body.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void rotate(ObjectNode body, String instanceId, JsonNode predecessor) {
        if (!predecessor.isTextual()) {
            throw new RefusedException(Refusal.FIELD_NOT_A_STRING, PREDECESSOR);
        }
        ServiceInstance instance = instances.fetch(instanceId);
        Optional<String> app =
                bindings.appOfPredecessor(instanceId, Ids.printable(PREDECESSOR, predecessor.textValue()));
        if (!body.has("service_id")) {
            body.put("service_id", instance.serviceId());
        }
        if (!body.has("plan_id")) {
            body.put("plan_id", instance.planId());
        }
        app.ifPresent(id -> body.putObject("bind_resource").put("app_guid", id));
        ObjectNode context =
                body.path("context").isObject() ? (ObjectNode) body.path("context") : body.putObject("context");
        if (!context.has("platform")) {
            context.put("platform", "");
        }
        context.set(PREDECESSOR, predecessor);
    }

    static Optional<String> predecessor(CreateServiceInstanceBindingRequest request) {
        return Optional.ofNullable(request.getContext())
                .map(context -> context.getProperty(PREDECESSOR))
                .map(String::valueOf);
    }
}
