package io.paddock.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Makes, shows and removes bindings, of apps and of keys. */
final class Bindings {

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private Bindings() {}

    static JsonNode create(ServiceCommand command, String service, String name, boolean key) {
        Names.Service instance = command.names().get(service);
        String id = UUID.randomUUID().toString();
        // An app has an id of its own on a platform; here its name makes one, the same each time.
        Map<String, Object> resource = key
                ? Map.of()
                : Map.of("app_guid", UUID.nameUUIDFromBytes(name.getBytes()).toString());
        Names.Binding binding = new Names.Binding(id, key);
        command.names().putBinding(service, name, binding);
        Broker.Answer answer = command.broker()
                .bind(
                        instance,
                        id,
                        Map.of(
                                "service_id", instance.serviceId(),
                                "plan_id", instance.planId(),
                                "bind_resource", resource));
        if (answer.status() != 200 && answer.status() != 201) {
            command.names().removeBinding(service, name);
            throw new CliException(answer.description());
        }
        return answer.body().path("credentials");
    }

    static Optional<Names.Binding> find(Names.Service service, String name, boolean key) {
        return Optional.ofNullable(service.bindings().get(name)).filter(binding -> binding.key() == key);
    }

    static JsonNode credentials(ServiceCommand command, Names.Service service, Names.Binding binding) {
        return command.broker()
                .expect(command.broker().binding(service, binding), 200)
                .path("credentials");
    }

    static void delete(ServiceCommand command, String service, String name) {
        Names.Service instance = command.names().get(service);
        Names.Binding binding = instance.bindings().get(name);
        command.broker().expect(command.broker().unbind(instance, binding), 200, 410);
        command.names().removeBinding(service, name);
    }

    static String pretty(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
