package io.paddock.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "services",
        aliases = "s",
        description = "List the service instances with their last operations",
        footer = {"", "Examples:", "  paddock services", "  paddock services --json"})
class Services extends ServiceCommand {

    @Option(names = "--json", description = "Print a JSON array, for programs")
    private boolean json;

    @Override
    public Integer call() {
        List<Map<String, Object>> listed = new ArrayList<>();
        Table table = new Table("name", "offering", "plan", "bound apps", "last operation");
        for (Map.Entry<String, Names.Service> entry : names().all().entrySet()) {
            String name = entry.getKey();
            Progress progress = progress(name, entry.getValue());
            if (entry.getValue().lastType().equals("delete") && progress.state().equals("succeeded")) {
                names().remove(name);
                continue;
            }
            Names.Service service = names().find(name).orElse(entry.getValue());
            listed.add(described(name, service, progress));
            table.row(
                    name,
                    service.offering(),
                    service.plan(),
                    String.join(", ", bound(service, false)),
                    service.lastType() + " " + progress.state());
        }
        if (json) {
            say(json(listed));
        } else if (listed.isEmpty()) {
            say("No service instances found. Create one with: paddock create-service postgresql single-small db"
                    + " --wait");
        } else {
            table.print(out());
            out().flush();
        }
        return 0;
    }

    /** What a program reads of a service instance. */
    static Map<String, Object> described(String name, Names.Service service, Progress progress) {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("name", name);
        described.put("guid", service.id());
        described.put("offering", service.offering());
        described.put("plan", service.plan());
        described.put("bound_apps", bound(service, false));
        described.put("service_keys", bound(service, true));
        described.put(
                "last_operation",
                Map.of(
                        "type", service.lastType(),
                        "state", progress.state(),
                        "description", progress.description()));
        return described;
    }

    static List<String> bound(Names.Service service, boolean keys) {
        return service.bindings().entrySet().stream()
                .filter(binding -> binding.getValue().key() == keys)
                .map(Map.Entry::getKey)
                .toList();
    }
}
