package io.paddock.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "service", description = "Show a service instance")
class ShowService extends ServiceCommand {

    @Parameters(index = "0", paramLabel = "SERVICE_INSTANCE")
    private String name;

    @Option(names = "--guid", description = "Show its id only")
    private boolean guid;

    @Override
    public Integer call() {
        Names.Service service = names().get(name);
        if (guid) {
            say(service.id());
            return 0;
        }
        Progress progress = progress(service);
        Table table = new Table("name:", name);
        table.row("guid:", service.id());
        table.row("offering:", service.offering());
        table.row("plan:", service.plan());
        Broker.Answer instance = broker().instance(service);
        if (instance.status() == 200) {
            JsonNode parameters = instance.body().path("parameters");
            table.row("parameters:", parameters.isEmpty() ? "none" : parameters.toString());
        }
        table.row("bound apps:", bindings(service, false));
        table.row("service keys:", bindings(service, true));
        table.row("last operation:", service.lastType());
        table.row("status:", progress.state());
        table.row("message:", progress.description());
        table.print(out());
        out().flush();
        return 0;
    }

    private static String bindings(Names.Service service, boolean keys) {
        String joined = String.join(
                ", ",
                service.bindings().entrySet().stream()
                        .filter(binding -> binding.getValue().key() == keys)
                        .map(Map.Entry::getKey)
                        .toList());
        return joined.isEmpty() ? "none" : joined;
    }
}
