package io.paddock.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.Console;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete-service",
        aliases = "ds",
        description = "Delete a service instance with its bindings, keys and data",
        footer = {"", "Example:", "  paddock delete-service db -f --wait"})
class DeleteService extends ServiceCommand {

    @Parameters(index = "0", paramLabel = "SERVICE_INSTANCE")
    private String name;

    @Option(names = "-f", description = "Do not ask")
    private boolean force;

    @Option(
            names = {"-w", "--wait"},
            description = "Wait until it is gone, and show what happens")
    private boolean wait;

    @Override
    public Integer call() {
        Optional<Names.Service> found = names().find(name);
        if (found.isEmpty()) {
            say("Service instance '" + name + "' did not exist.");
            ok();
            return 0;
        }
        if (!force && !confirmed()) {
            say("Delete cancelled");
            return 0;
        }
        Names.Service service = found.get();
        say("Deleting service instance " + name + "...");
        HttpApi.Answer answer = broker().deprovision(service);
        if (answer.status() == 410) {
            names().remove(name);
            ok();
            return 0;
        }
        JsonNode body = broker().expect(answer, 200, 202);
        Names.Service deleting = service.deleting(body.path("operation").asText(""));
        names().put(name, deleting);
        if (wait) {
            await(name, deleting);
            names().remove(name);
            service.bindings()
                    .keySet()
                    .forEach(binding -> PsqlCommand.forget(names().directory(), name + "-" + binding));
            ok();
        } else {
            ok();
            say("\nDelete in progress. Use 'paddock services' or 'paddock service " + name + "' to check its status.");
        }
        return 0;
    }

    private boolean confirmed() {
        Console console = System.console();
        if (console == null) {
            throw new CliException("Nobody is there to be asked; use -f to delete without a question");
        }
        String answer = console.readLine("Really delete the service instance %s with all its data? [yN]: ", name);
        return answer != null && List.of("y", "yes").contains(answer.strip().toLowerCase(java.util.Locale.ROOT));
    }
}
