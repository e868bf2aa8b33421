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
        say("Creating service key " + key + " for service instance " + name + "...");
        if (Bindings.find(names().get(name), key, true).isPresent()) {
            say("OK\nService key " + key + " already exists");
            return 0;
        }
        Bindings.create(this, name, key, true);
        ok();
        return 0;
    }
}
