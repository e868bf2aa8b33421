package io.paddock.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "unbind-service",
        aliases = "us",
        description = "Unbind a service instance from an app",
        footer = {"", "Example:", "  paddock unbind-service my-app db"})
class UnbindService extends ServiceCommand {

    @Parameters(index = "0", paramLabel = "APP")
    private String app;

    @Parameters(index = "1", paramLabel = "SERVICE_INSTANCE")
    private String name;

    @Override
    public Integer call() {
        say("Unbinding app " + app + " from service " + name + "...");
        if (Bindings.find(names().get(name), app, false).isEmpty()) {
            say("OK\nBinding between " + name + " and " + app + " did not exist");
            return 0;
        }
        Bindings.delete(this, name, app);
        ok();
        return 0;
    }
}
