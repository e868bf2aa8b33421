package io.paddock.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete-service-key",
        aliases = "dsk",
        description = "Delete a service key",
        footer = {"", "Example:", "  paddock delete-service-key db mine -f"})
class DeleteServiceKey extends ServiceCommand {

    @Parameters(index = "0", paramLabel = "SERVICE_INSTANCE")
    private String name;

    @Parameters(index = "1", paramLabel = "SERVICE_KEY")
    private String key;

    @Option(names = "-f", description = "Accepted for cf's habit; nothing is asked")
    private boolean force;

    @Override
    public Integer call() {
        say("Deleting key " + key + " for service instance " + name + "...");
        if (Bindings.find(names().get(name), key, true).isEmpty()) {
            say("OK\nService key " + key + " does not exist for service instance " + name);
            return 0;
        }
        Bindings.delete(this, name, key);
        ok();
        return 0;
    }
}
