package io.paddock.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "create-service-key",
        aliases = "csk",
        description = "Create a key for a service instance",
        footer = {"", "Example:", "  paddock create-service-key db mine"})
class CreateServiceKey extends ServiceCommand {

    @Parameters(index = "0", paramLabel = "SERVICE_INSTANCE")
    private String name;

    @Parameters(index = "1", paramLabel = "SERVICE_KEY")
    private String key;

    @Override
    public Integer call() {
        Names.Service service = names().get(name);
        Names.check("service key", key);
        say("Creating service key " + key + " for service instance " + name + "...");
        Bindings.find(service, key, true)
                .ifPresentOrElse(
                        cutOff -> Bindings.createAgain(this, name, key, cutOff),
                        () -> Bindings.create(this, name, key, true));
        ok();
        return 0;
    }
}
