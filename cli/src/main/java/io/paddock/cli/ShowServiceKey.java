package io.paddock.cli;

import com.fasterxml.jackson.databind.JsonNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "service-key",
        description = "Show a service key's credentials",
        footer = {"", "Examples:", "  paddock service-key db mine", "  paddock service-key db mine --psql"})
class ShowServiceKey extends ServiceCommand {

    @Parameters(index = "0", paramLabel = "SERVICE_INSTANCE")
    private String name;

    @Parameters(index = "1", paramLabel = "SERVICE_KEY")
    private String key;

    @Option(
            names = "--psql",
            description = "Print the psql command that connects with it, the password in a file beside it")
    private boolean psql;

    @Override
    public Integer call() {
        Names.Service service = names().get(name);
        JsonNode credentials = Bindings.find(service, key, true)
                .flatMap(binding -> Bindings.made(this, name, binding))
                .orElseThrow(() -> new CliException("Service key '" + key + "' of service instance '" + name
                        + "' not found. Create it: paddock create-service-key " + name + " " + key));
        say(psql ? PsqlCommand.of(names().directory(), name + "-" + key, credentials) : Bindings.pretty(credentials));
        return 0;
    }
}
