package io.paddock.cli;

import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line. Exit codes: 0 done, 1 failed, 2 not understood. */
@Command(
        name = "paddock",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            Marketplace.class,
            CreateService.class,
            Services.class,
            ShowService.class,
            UpdateService.class,
            BindService.class,
            UnbindService.class,
            CreateServiceKey.class,
            ShowServiceKey.class,
            DeleteServiceKey.class,
            DeleteService.class,
            Operator.class,
            Completion.class
        })
public class Paddock implements Runnable {

    @Spec
    private CommandSpec spec;

    private final Map<String, String> environment;
    private final Broker broker;
    private final Names names;
    private final int terminalColumns;

    Paddock(Map<String, String> environment) {
        // The script that starts this knows; Java before 22 can't tell a terminal from a pipe.
        this.terminalColumns = Integer.parseInt(environment.getOrDefault("PADDOCK_TERMINAL_COLUMNS", "0"));
        this.environment = environment;
        this.broker = new Broker(environment);
        this.names = new Names(Path.of(environment.getOrDefault("PADDOCK_HOME", ".paddock"), "cli"));
    }

    /** Where the broker is, and with which credentials. */
    Map<String, String> environment() {
        return environment;
    }

    Broker broker() {
        return broker;
    }

    Names names() {
        return names;
    }

    /** Width of the terminal, 0 if the output goes elsewhere. */
    int terminalColumns() {
        return terminalColumns;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command");
    }

    static CommandLine commandLine(Map<String, String> environment) {
        return new CommandLine(new Paddock(environment)).setExecutionExceptionHandler((failure, command, result) -> {
            if (!(failure instanceof CliException)) {
                throw failure;
            }
            command.getErr().println("FAILED");
            command.getErr().println(failure.getMessage());
            return 1;
        });
    }

    public static void main(String[] arguments) {
        try {
            System.exit(commandLine(System.getenv()).execute(arguments));
        } catch (CliException failure) {
            System.err.println(failure.getMessage());
            System.exit(1);
        }
    }
}
