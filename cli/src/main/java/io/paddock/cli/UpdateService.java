package io.paddock.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "update-service",
        description = {
            "Change a service instance's plan or parameters",
            "Parameters that are not named stay as they are; null resets one."
        },
        footer = {
            "",
            "Examples:",
            "  paddock update-service db -p single-large --wait",
            "  paddock update-service db -c '{\"work_mem\": \"16MB\", \"statement_timeout\": null}' --wait"
        })
class UpdateService extends ServiceCommand {

    @Parameters(index = "0", paramLabel = "SERVICE_INSTANCE")
    private String name;

    @Option(names = "-p", paramLabel = "PLAN", description = "The plan to change to")
    private @Nullable String plan;

    @Option(names = "-c", paramLabel = "PARAMETERS", description = "JSON object, or a file that holds one")
    private @Nullable String parameters;

    @Option(
            names = {"-w", "--wait"},
            description = "Wait until it is done, and show what happens")
    private boolean wait;

    @Override
    public Integer call() {
        Names.Service service = settled(name);
        if (plan == null && parameters == null) {
            say("No flags specified. No changes were made.");
            ok();
            return 0;
        }
        Names.Plan target = null;
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("service_id", service.serviceId());
        if (plan != null) {
            JsonNode offering = Offerings.named(broker().catalog(), service.offering(), "Service offering");
            JsonNode chosen = Offerings.named(offering.path("plans"), plan, "Service plan");
            target = new Names.Plan(chosen.path("id").asText(), plan);
            request.put("plan_id", target.id());
        }
        if (parameters != null) {
            request.put("parameters", Offerings.parameters(parameters));
        }
        Names.Plan wanted = target;
        say("Updating service instance " + name + "...");
        HttpApi.Answer answer = broker().update(service, request);
        String operation = broker().expect(answer, 200, 202).path("operation").asText("");
        if (answer.status() == 200) {
            // Perhaps because the answer to an earlier request never came.
            names().update(name, stored -> stored.is(wanted));
            say("Nothing to do: it is what was asked for.");
            ok();
            return 0;
        }
        names().update(name, stored -> stored.updating(operation, wanted));
        if (wait) {
            await(name, names().get(name));
            ok();
        } else {
            ok();
            say("\nUpdate in progress. Use 'paddock services' or 'paddock service " + name + "' to check its status.");
        }
        return 0;
    }

    /** The service after its last operation, if that has ended. */
    private Names.Service settled(String service) {
        Names.Service known = names().get(service);
        if (known.target() != null) {
            progress(service, known);
        }
        return names().get(service);
    }
}
