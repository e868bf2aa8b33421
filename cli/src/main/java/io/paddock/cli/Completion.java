package io.paddock.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "completion",
        description = "Print what bash needs to complete commands and options",
        footer = {"", "Example:", "  source <(./paddock completion)"})
class Completion implements Callable<Integer> {

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help")
    private boolean help;

    /** Commands of the script that starts this program. */
    private static final String PLATFORM = "up down status logs verify bench format ";

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        String script = AutoComplete.bash("paddock", spec.root().commandLine());
        spec.commandLine().getOut().print(script.replaceFirst("local commands=\"", "$0" + PLATFORM));
        spec.commandLine().getOut().flush();
        return 0;
    }
}
