package io.paddock.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** What all commands share: the broker, the names, the output, and how an operation is awaited. */
abstract class ServiceCommand implements Callable<Integer> {

    private static final long POLL_MILLISECONDS = 250;

    /** Polls in a row without an answer until waiting is given up: a minute. */
    private static final int UNANSWERED = 240;

    @Spec
    private CommandSpec spec;

    @ParentCommand
    private Paddock paddock;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help")
    private boolean help;

    Broker broker() {
        return paddock.broker();
    }

    Names names() {
        return paddock.names();
    }

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    void ok() {
        out().println("OK");
        out().flush();
    }

    void say(String line) {
        out().println(line);
        out().flush();
    }

    /** Where an operation stands. */
    record Progress(String state, String description) {}

    /** Asks how the service's last operation goes; what it led to is remembered when it has ended. */
    Progress progress(String name, Names.Service service) {
        HttpApi.Answer answer = broker().lastOperation(service);
        if (answer.status() == 410) {
            return new Progress("succeeded", "");
        }
        if (answer.status() == 404) {
            return new Progress("failed", "The service broker does not know it; delete it and create it again");
        }
        JsonNode body = broker().expect(answer, 200);
        Progress progress = new Progress(
                body.path("state").asText(), body.path("description").asText(""));
        if (service.target() != null && !progress.state().equals("in progress")) {
            names().update(
                            name,
                            stored -> stored.operation().equals(service.operation())
                                    ? stored.settled(progress.state().equals("succeeded"))
                                    : stored);
        }
        return progress;
    }

    /** Shows what happens until the operation has ended; one that failed is the command's failure. */
    void await(String name, Names.Service service) {
        ProgressLine line = new ProgressLine(out(), paddock.terminalColumns());
        int unanswered = 0;
        while (true) {
            Progress progress;
            try {
                progress = progress(name, service);
                unanswered = 0;
            } catch (CliException away) {
                // The operation goes on without us; a broker that restarts is back soon.
                if (++unanswered > UNANSWERED) {
                    line.end("");
                    throw away;
                }
                progress = new Progress("in progress", "the service broker does not answer, asking again");
            }
            switch (progress.state()) {
                case "succeeded" -> {
                    line.end(progress.description());
                    return;
                }
                case "failed" -> {
                    line.end("");
                    throw new CliException(progress.description());
                }
                default -> {
                    line.show(progress.description());
                    pause();
                }
            }
        }
    }

    static String json(Object value) {
        return Bindings.pretty(value);
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLISECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CliException("Interrupted; the operation goes on. See: ./paddock services");
        }
    }
}
