package io.paddock.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "service",
        description = "Show a service instance",
        footer = {"", "Examples:", "  paddock service db", "  paddock service db --json"})
class ShowService extends ServiceCommand {

    @Parameters(index = "0", paramLabel = "SERVICE_INSTANCE")
    private String name;

    @Option(names = "--guid", description = "Show its id only")
    private boolean guid;

    @Option(names = "--json", description = "Print a JSON object, for programs")
    private boolean json;

    @Override
    public Integer call() {
        if (guid) {
            say(names().get(name).id());
            return 0;
        }
        Progress progress = progress(name, names().get(name));
        Names.Service service = names().get(name);
        HttpApi.Answer instance = broker().instance(service);
        JsonNode parameters = instance.body().path("parameters");
        if (json) {
            Map<String, Object> described = Services.described(name, service, progress);
            described.put("parameters", instance.status() == 200 ? parameters : Map.of());
            say(json(described));
            return 0;
        }
        Table table = new Table("name:", name);
        table.row("guid:", service.id());
        table.row("offering:", service.offering());
        table.row("plan:", service.plan());
        if (instance.status() == 200) {
            table.row("parameters:", parameters.isEmpty() ? "none" : parameters.toString());
        }
        table.row("bound apps:", orNone(Services.bound(service, false)));
        table.row("service keys:", orNone(Services.bound(service, true)));
        table.row("last operation:", service.lastType());
        table.row("status:", progress.state());
        table.row("message:", progress.description());
        table.print(out());
        out().flush();
        return 0;
    }

    private static String orNone(List<String> names) {
        return names.isEmpty() ? "none" : String.join(", ", names);
    }
}
