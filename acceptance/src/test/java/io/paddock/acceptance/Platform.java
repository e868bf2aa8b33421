package io.paddock.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/** One platform for all tests of this module, in a directory and on ports of its own; it is taken down with the JVM. */
final class Platform {

    static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    /** The script that makes, enters, lists and ends the minidirector's machines. */
    static final Path MACHINE =
            ROOT.resolve("minidirector/src/main/resources/io/paddock/minidirector/machine/machine.sh");

    /** For operations of the broker and tasks of the director: a slow machine may need minutes to replace three nodes under load. */
    static final Duration OPERATION = Duration.ofMinutes(10);

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final JsonMapper JSON = new JsonMapper();

    private static Platform shared;

    private final Path checkout;
    private final Path home;
    private final Map<String, String> environment = new HashMap<>();
    private final Result firstUp;

    /** How a command ended; its output is both streams. */
    record Result(int exitCode, String output) {

        String lastLine() {
            String[] lines = output.strip().split("\n");
            return lines[lines.length - 1];
        }
    }

    private Platform(Path checkout, String directory, String network, Map<String, String> settings) {
        this.checkout = checkout;
        home = ROOT.resolve("acceptance/target").resolve(directory);
        environment.put("PADDOCK_HOME", home.toString());
        environment.put("PADDOCK_NETWORK", network);
        // Nothing may depend on the order in which the jobs of a machine start.
        environment.put("MINIDIRECTOR_SHUFFLEDSTARTS", "true");
        // Tests kill services, and start them with other settings.
        environment.put("PADDOCK_RESTARTS_AFTER", "never");
        environment.putAll(settings);
        for (String name : List.of("BROKER", "SPI", "DEPLOYER", "DIRECTOR", "DB")) {
            environment.put("PADDOCK_" + name + "_PORT", Integer.toString(freePort()));
        }
        paddock("down", "--purge");
        Runtime.getRuntime().addShutdownHook(new Thread(this::takeDown));
        firstUp = paddock("up");
        if (firstUp.exitCode() != 0) {
            throw new IllegalStateException("./paddock up failed:\n" + firstUp.output());
        }
    }

    static synchronized Platform shared() {
        if (shared == null) {
            shared = new Platform(ROOT, "home", "127.83.0.0/16", Map.of());
        }
        return shared;
    }

    /** One more, whose machines have network namespaces of their own, which only root can make; the caller takes it down. */
    static Platform ofNamespaces() {
        return new Platform(ROOT, "namespaces", "10.83.0.0/16", Map.of());
    }

    /** One more, of the sources in another directory; the caller takes it down. */
    static Platform of(Path checkout) {
        return new Platform(checkout, "earlier/home", "127.84.0.0/16", Map.of());
    }

    /**
     * One more, whose director has nothing but a release's tarball; the caller takes it down.
     *
     * @param packages where compiled packages are kept
     */
    static Platform ofRelease(Path tarball, Path packages) {
        return new Platform(
                ROOT,
                "release",
                "127.85.0.0/16",
                Map.of(
                        "PADDOCK_RELEASE",
                        tarball.toString(),
                        "MINIDIRECTOR_COMPILEDPACKAGESDIRECTORY",
                        packages.toString()));
    }

    /** What the very first {@code ./paddock up} said. */
    Result firstUp() {
        return firstUp;
    }

    /** @param service BROKER, SPI, DEPLOYER, DIRECTOR or DB */
    int port(String service) {
        return Integer.parseInt(environment.get("PADDOCK_" + service + "_PORT"));
    }

    Path home() {
        return home;
    }

    Result paddock(String... arguments) {
        List<String> command =
                new ArrayList<>(List.of(checkout.resolve("paddock").toString()));
        command.addAll(Arrays.asList(arguments));
        return run(environment, command);
    }

    static Result bash(String line) {
        return run(Map.of(), List.of("bash", "-c", line));
    }

    /** Starts a process that goes on beside the test, with its output in a file. */
    static Process start(Map<String, String> environment, Path log, List<String> command) {
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        try {
            return builder.start();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Lines of the form NAME=value: settings, secrets or what clients need. */
    Map<String, String> file(String name) {
        try (Stream<String> lines = Files.lines(home.resolve(name))) {
            return lines.collect(Collectors.toMap(
                    line -> line.substring(0, line.indexOf('=')), line -> line.substring(line.indexOf('=') + 1)));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    long pid(String process) {
        try {
            return Long.parseLong(
                    Files.readString(home.resolve("run/" + process + ".pid")).strip());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Who is killed has ended then: whatever is started next must not take it for one that runs. */
    void signal(String process, String signal) {
        long pid = pid(process);
        Result result = bash("kill -" + signal + " " + pid);
        if (result.exitCode() != 0) {
            throw new IllegalStateException(result.output());
        }
        if (signal.equals("KILL")) {
            await(process + " has ended", () -> !Files.exists(Path.of("/proc/" + pid)));
        }
    }

    /** Ends processes and starts them again with these settings, which hold until they are started the next time. */
    void restart(Map<String, String> settings, String... processes) {
        for (String process : processes) {
            signal(process, "KILL");
        }
        Map<String, String> all = new HashMap<>(environment);
        all.putAll(settings);
        Result up = run(all, List.of(checkout.resolve("paddock").toString(), "up"));
        if (up.exitCode() != 0) {
            throw new IllegalStateException(up.output());
        }
    }

    /** Asks the director; the request is what follows its address on curl's command line. */
    String director(String request) {
        return bash(". " + home.resolve("env")
                        + "; curl -fsS --cacert \"$BOSH_CA_CERT\" -u \"$BOSH_CLIENT:$BOSH_CLIENT_SECRET\" $BOSH_ENVIRONMENT"
                        + request)
                .output();
    }

    /** The same for a request that starts a task; its state in the end. */
    String task(String request) {
        Matcher task = Pattern.compile("/tasks/(\\d+)").matcher(director(request + " -o /dev/null -D -"));
        if (!task.find()) {
            throw new IllegalStateException("no task was started: " + request);
        }
        String path = "/tasks/" + task.group(1);
        await(
                path + " has ended",
                OPERATION,
                () -> !director(path).contains("\"state\":\"processing\"")
                        && !director(path).contains("\"state\":\"queued\""));
        return JSON.readTree(director(path)).path("state").asString();
    }

    /** What a query of the broker's state database answers. */
    String stateDatabase(String query) {
        return bash("PGPASSWORD=" + file("secrets").get("STATE_DB_PASSWORD")
                        + " psql -Atq 'host=127.0.0.1 port="
                        + file("settings").get("PADDOCK_DB_PORT") + " user=paddock dbname=postgres' -c \""
                        + query + "\"")
                .output()
                .strip();
    }

    Broker broker() {
        Map<String, String> env = file("env");
        return new Broker(env.get("BROKER_URL"), env.get("BROKER_USERNAME"), env.get("BROKER_PASSWORD"));
    }

    /** Asks again and again, without a pause that would be too short on a slow machine or too long on a fast one. */
    static void await(String what, BooleanSupplier condition) {
        await(what, PATIENCE, condition);
    }

    static void await(String what, Duration patience, BooleanSupplier condition) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + patience.toSeconds() + " s: " + what);
            }
            Thread.onSpinWait();
            java.util.concurrent.locks.LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    /** Paths below a directory of the minidirector. */
    List<String> below(String directory) {
        try (Stream<Path> found = Files.list(home.resolve("minidirector").resolve(directory))) {
            return found.map(path -> path.getFileName().toString()).sorted().toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    void takeDown() {
        paddock("down", "--purge");
    }

    private static Result run(Map<String, String> environment, List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        builder.redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
        try {
            Process process = builder.start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Result(process.waitFor(), output);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }
}
