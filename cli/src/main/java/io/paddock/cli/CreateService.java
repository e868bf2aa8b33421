package io.paddock.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "create-service",
        aliases = "cs",
        description = "Create a service instance",
        footer = {
            "",
            "Examples:",
            "  paddock create-service postgresql single-small db --wait",
            "  paddock create-service postgresql single-small db -c '{\"max_connections\": 50}'"
        })
class CreateService extends ServiceCommand {

    /** Stand for the organization and the space that a platform would name. */
    private static final String NO_PLATFORM = "00000000-0000-0000-0000-000000000000";

    @Parameters(index = "0", paramLabel = "OFFERING")
    private String offering;

    @Parameters(index = "1", paramLabel = "PLAN")
    private String plan;

    @Parameters(index = "2", paramLabel = "SERVICE_INSTANCE")
    private String name;

    @Option(names = "-c", paramLabel = "PARAMETERS", description = "JSON object, or a file that holds one")
    private @Nullable String parameters;

    @Option(
            names = {"-w", "--wait"},
            description = "Wait until it is ready, and show what happens")
    private boolean wait;

    @Override
    public Integer call() {
        Names.check("service instance", name);
        if (names().find(name).isPresent()) {
            throw new CliException("Service instance '" + name + "' already exists");
        }
        JsonNode service = Offerings.named(broker().catalog(), offering, "Service offering");
        JsonNode chosen = Offerings.named(service.path("plans"), plan, "Service plan");
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("service_id", service.path("id").asText());
        request.put("plan_id", chosen.path("id").asText());
        request.put("organization_guid", NO_PLATFORM);
        request.put("space_guid", NO_PLATFORM);
        request.put("context", Map.of("platform", "paddock", "instance_name", name));
        if (parameters != null) {
            request.put("parameters", Offerings.parameters(parameters));
        }
        say("Creating service instance " + name + "...");
        String id = UUID.randomUUID().toString();
        Names.Service requested = Names.Service.requested(
                id,
                service.path("id").asText(),
                offering,
                new Names.Plan(chosen.path("id").asText(), plan));
        // Kept before the request, so that an instance whose answer never came can be seen and deleted.
        names().put(name, requested);
        HttpApi.Answer answer = broker().provision(id, request);
        if (answer.status() >= 400 && answer.status() < 500) {
            names().remove(name);
        }
        Names.Service created = requested.creating(
                broker().expect(answer, 200, 201, 202).path("operation").asText(""));
        names().put(name, created);
        if (wait) {
            await(name, created);
            ok();
        } else {
            ok();
            say("\nCreate in progress. Use 'paddock services' or 'paddock service " + name + "' to check its status.");
        }
        return 0;
    }
}
