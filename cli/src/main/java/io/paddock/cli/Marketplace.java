package io.paddock.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "marketplace",
        aliases = "m",
        description = "List the offerings, or the plans of one",
        footer = {
            "",
            "Examples:",
            "  paddock marketplace",
            "  paddock marketplace -e postgresql",
            "  paddock marketplace --json"
        })
class Marketplace extends ServiceCommand {

    @Option(names = "-e", paramLabel = "OFFERING", description = "Show the plans of this offering")
    private @Nullable String offering;

    @Option(names = "--json", description = "Print the catalog's offerings, with plans and parameter schemas, as JSON")
    private boolean json;

    @Override
    public Integer call() {
        JsonNode services = broker().catalog();
        if (json) {
            say(json(offering == null ? services : Offerings.named(services, offering, "Service offering")));
            return 0;
        }
        if (offering == null) {
            Table table = new Table("offering", "plans", "description");
            services.forEach(service -> table.row(
                    service.path("name").asText(),
                    String.join(", ", plans(service)),
                    service.path("description").asText()));
            table.print(out());
            say("\nTIP: Use 'paddock marketplace -e OFFERING' to see the plans of an offering.");
            return 0;
        }
        for (JsonNode service : services) {
            if (service.path("name").asText().equals(offering)) {
                Table table = new Table("plan", "description", "free or paid");
                service.path("plans")
                        .forEach(plan -> table.row(
                                plan.path("name").asText(),
                                plan.path("description").asText(),
                                plan.path("free").asBoolean(true) ? "free" : "paid"));
                table.print(out());
                out().flush();
                return 0;
            }
        }
        throw new CliException("Service offering '" + offering + "' not found");
    }

    private static List<String> plans(JsonNode service) {
        List<String> names = new ArrayList<>();
        service.path("plans").forEach(plan -> names.add(plan.path("name").asText()));
        return names;
    }
}
