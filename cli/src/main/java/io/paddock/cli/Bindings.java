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

    /** Makes a binding; its name is kept before, so that one that was cut off can be made again or removed. */
    static JsonNode create(ServiceCommand command, String service, String name, boolean key) {
        Names.Binding binding = new Names.Binding(UUID.randomUUID().toString(), key);
        command.names().putBinding(service, name, binding);
        return put(command, service, name, binding);
    }

    /** Makes one that was cut off while it was made. */
    static void createAgain(ServiceCommand command, String service, String name, Names.Binding binding) {
        HttpApi.Answer answer = command.broker().binding(command.names().get(service), binding);
        if (answer.status() != 404) {
            command.broker().expect(answer, 200);
            throw new CliException("Service key '" + name + "' already exists");
        }
        put(command, service, name, binding);
    }

    private static JsonNode put(ServiceCommand command, String service, String name, Names.Binding binding) {
        Names.Service instance = command.names().get(service);
        // An app has an id of its own on a platform; here its name makes one, the same each time.
        Map<String, Object> resource = binding.key()
                ? Map.of()
                : Map.of("app_guid", UUID.nameUUIDFromBytes(name.getBytes()).toString());
        HttpApi.Answer answer = command.broker()
                .bind(
                        instance,
                        binding.id(),
                        Map.of(
                                "service_id", instance.serviceId(),
                                "plan_id", instance.planId(),
                                "bind_resource", resource));
        // 422: an earlier request for it is still at work, so there may be an account under this id.
        if (answer.status() >= 400 && answer.status() < 500 && answer.status() != 422) {
            command.names().removeBinding(service, name);
        }
        return command.broker().expect(answer, 200, 201).path("credentials");
    }

    static Optional<Names.Binding> find(Names.Service service, String name, boolean key) {
        return Optional.ofNullable(service.bindings().get(name)).filter(binding -> binding.key() == key);
    }

    /** The credentials of a binding, if it was made. */
    static Optional<JsonNode> made(ServiceCommand command, String service, Names.Binding binding) {
        HttpApi.Answer answer = command.broker().binding(command.names().get(service), binding);
        return answer.status() == 404
                ? Optional.empty()
                : Optional.of(command.broker().expect(answer, 200).path("credentials"));
    }

    /** The credentials of a binding; one that was cut off while it was made is made now. */
    static JsonNode credentials(ServiceCommand command, String service, String name, Names.Binding binding) {
        HttpApi.Answer answer = command.broker().binding(command.names().get(service), binding);
        return answer.status() == 404
                ? put(command, service, name, binding)
                : command.broker().expect(answer, 200).path("credentials");
    }

    static void delete(ServiceCommand command, String service, String name) {
        Names.Service instance = command.names().get(service);
        Names.Binding binding = instance.bindings().get(name);
        command.broker().expect(command.broker().unbind(instance, binding), 200, 410);
        command.names().removeBinding(service, name);
        PsqlCommand.forget(command.names().directory(), service + "-" + name);
    }

    static String pretty(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
