package io.paddock.cli;

import java.util.Map;
import picocli.CommandLine.Command;

@Command(name = "services", aliases = "s", description = "List the service instances")
class Services extends ServiceCommand {

    @Override
    public Integer call() {
        Map<String, Names.Service> services = names().all();
        if (services.isEmpty()) {
            say(
                    "No service instances found. Create one with: paddock create-service postgresql single-small db --wait");
            return 0;
        }
        Table table = new Table("name", "offering", "plan", "bound apps", "last operation");
        boolean any = false;
        for (Map.Entry<String, Names.Service> entry : services.entrySet()) {
            Names.Service service = entry.getValue();
            Progress progress = progress(service);
            if (service.lastType().equals("delete") && progress.state().equals("succeeded")) {
                names().remove(entry.getKey());
                continue;
            }
            any = true;
            table.row(
                    entry.getKey(),
                    service.offering(),
                    service.plan(),
                    String.join(
                            ", ",
                            service.bindings().entrySet().stream()
                                    .filter(binding -> !binding.getValue().key())
                                    .map(Map.Entry::getKey)
                                    .toList()),
                    service.lastType() + " " + progress.state());
        }
        if (any) {
            table.print(out());
            out().flush();
        } else {
            say("No service instances found.");
        }
        return 0;
    }
}
