package io.paddock.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "bind-service",
        aliases = "bs",
        description = {
            "Bind a service instance to an app",
            "There are no apps here: the name stands for one, and what it would find in VCAP_SERVICES is printed."
        },
        footer = {"", "Examples:", "  paddock bind-service my-app db", "  paddock bind-service my-app db --json"})
class BindService extends ServiceCommand {

    @Parameters(index = "0", paramLabel = "APP")
    private String app;

    @Parameters(index = "1", paramLabel = "SERVICE_INSTANCE")
    private String name;

    @Option(names = "--json", description = "Print the JSON only, also of a binding that there is already")
    private boolean json;

    @Override
    public Integer call() {
        Names.Service service = names().get(name);
        Optional<Names.Binding> known = Bindings.find(service, app, false);
        if (known.isPresent() && !json) {
            say("App " + app + " is already bound to service instance " + name + ".");
            return 0;
        }
        Names.check("app", app);
        if (!json) {
            say("Binding service instance " + name + " to app " + app + "...");
        }
        JsonNode credentials = known.map(binding -> Bindings.credentials(this, name, app, binding))
                .orElseGet(() -> Bindings.create(this, name, app, false));
        if (!json) {
            say("OK\n");
        }
        say(Bindings.pretty(Map.of(
                "VCAP_SERVICES",
                Map.of(
                        service.offering(),
                        List.of(Map.of(
                                "name",
                                name,
                                "label",
                                service.offering(),
                                "plan",
                                service.plan(),
                                "credentials",
                                credentials))))));
        return 0;
    }
}
