package io.paddock.keeper.system;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs the scripts of the jobs: repmgr and PostgreSQL's own tools. */
public final class Commands {

    private Commands() {}

    /**
     * What a command printed, and how it ended.
     *
     * @param status 124 if it was ended because it took too long
     */
    public record Result(int status, String output) {

        public boolean succeeded() {
            return status == 0;
        }

        /** Its last words, for a log. */
        public String lastLine() {
            return output.lines()
                    .filter(line -> !line.isBlank())
                    .reduce((one, two) -> two)
                    .orElse("");
        }
    }

    public static Result run(Duration timeout, String... command) {
        return run(timeout, List.of(command));
    }

    /** Standard error goes with standard output. The processes that it left behind are ended with it. */
    public static Result run(Duration timeout, List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            StringBuilder output = new StringBuilder();
            Thread reader = new Thread(() -> read(process, output), "output of " + command.get(0));
            reader.setDaemon(true);
            reader.start();
            boolean ended = process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (!ended) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
            reader.join(1000);
            synchronized (output) {
                return new Result(ended ? process.exitValue() : 124, output.toString());
            }
        } catch (IOException failure) {
            return new Result(127, failure.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return new Result(130, "interrupted");
        }
    }

    private static void read(Process process, StringBuilder output) {
        try (var reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                synchronized (output) {
                    output.append(line).append('\n');
                }
            }
        } catch (IOException closed) {
            // The process was ended.
        }
    }
}
