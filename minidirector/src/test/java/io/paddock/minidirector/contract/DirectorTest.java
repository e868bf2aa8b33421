package io.paddock.minidirector.contract;

import io.paddock.minidirector.MinidirectorApplication;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** A minidirector with the release "demo", whose machines are real processes. */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT, classes = MinidirectorApplication.class)
abstract class DirectorTest {

    static final String CLOUD_CONFIG = """
            azs:
            - name: z1
            - name: z2
            vm_types:
            - name: default
            - name: small
            - name: large
              cloud_properties: {cores: 8}
            vm_extensions:
            - {name: wide, cloud_properties: {width: 2}}
            disk_types:
            - {name: default, disk_size: 1024}
            - {name: big, disk_size: 2048}
            networks:
            - name: default
              type: manual
              subnets:
              - range: 127.61.1.0/24
                gateway: 127.61.1.1
                azs: [z1]
                reserved: [127.61.1.2-127.61.1.10, 127.61.1.40-127.61.1.254]
              - range: 127.61.2.0/24
                gateway: 127.61.2.1
                azs: [z2]
            compilation: {workers: 1, az: z1, network: default, vm_type: default, reuse_compilation_vms: true}
            """;

    private static final Path STATE = newDirectory();

    /** A copy of the release "demo", so that a test may change it. */
    protected static final Path RELEASE = copyOfTheRelease();

    @LocalServerPort
    private int port;

    protected Director director;

    @DynamicPropertySource
    static void settings(DynamicPropertyRegistry registry) {
        // A director with other settings lives in a directory of its own: this runs after the settings of a subclass.
        registry.add("minidirector.state-directory", () -> STATE + "${director.suffix:}");
        registry.add("minidirector.name", () -> "TestDirector");
        registry.add("minidirector.username", () -> "test");
        registry.add("minidirector.password", () -> "test");
        registry.add("minidirector.stemcell-os", () -> "toronto-os");
        registry.add("minidirector.stemcell-version", () -> "1");
        registry.add("minidirector.orphaned-disk-retention", () -> "${director.disk-retention:5d}");
        // Nobody repairs what a test broke.
        registry.add("minidirector.supervise-interval", () -> "${director.supervise-interval:1h}");
        registry.add("minidirector.releases.demo", RELEASE::toString);
    }

    @BeforeEach
    void emptyDirector() {
        director = director(url());
        director.empty();
        director.json("/configs?latest=true").forEach(config -> {
            if (!config.path("type").asString().equals("cloud")
                    || !config.path("name").asString().equals("default")) {
                director.send("DELETE", "/configs/" + config.path("id").asString(), "", Map.of());
            }
        });
        director.send(
                "POST",
                "/configs",
                Director.JSON.writeValueAsString(Map.of("type", "cloud", "name", "default", "content", CLOUD_CONFIG)),
                Map.of("Content-Type", "application/json"));
    }

    /** A client that may do everything. */
    Director director(String url) {
        return new Director(url, "test", "test");
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    static Path state() {
        return STATE;
    }

    /** Where this test's director keeps its state. */
    Path directory() {
        return STATE;
    }

    /** The directory of an instance's machine. */
    Path machine(String deployment, String instance) {
        return directory()
                .resolve("machines")
                .resolve(director.instances(deployment)
                        .get(instance)
                        .path("vm_cid")
                        .asString());
    }

    /** Kills what holds an instance's machine: it does not answer any more. */
    void killMachine(String deployment, String instance) {
        try {
            ProcessHandle holder = ProcessHandle.of(Long.parseLong(
                            Files.readString(machine(deployment, instance).resolve("holder"))
                                    .split(" ")[0]))
                    .orElseThrow();
            holder.destroyForcibly();
            holder.onExit().join();
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }

    /** Kills the process that the pid file of a job names. */
    void killProcess(Path machine, String job) {
        String pid = read(machine.resolve("vcap/sys/run/bpm/" + job + "/" + job + ".pid"));
        enter(machine, "kill", "-s", "KILL", pid);
        Director.until(job + " has ended", () -> !Files.exists(proc(machine).resolve(pid)));
    }

    /** Identifies a job's process while it lives, by its number, which another one may get later, and its start time. Empty if none was started. */
    static String process(Path machine, String job) {
        Path pidFile = machine.resolve("vcap/sys/run/bpm/" + job + "/" + job + ".pid");
        if (!Files.exists(pidFile)) {
            return "";
        }
        String stat = read(proc(machine).resolve(read(pidFile)).resolve("stat"));
        return proc(machine) + " " + read(pidFile) + " "
                + stat.substring(stat.lastIndexOf(')') + 2).split(" ")[19];
    }

    /** Runs a command in a machine, as its root; what it prints. */
    String enter(Path machine, String... command) {
        List<String> all =
                new ArrayList<>(List.of("sh", directory().resolve("machine.sh").toString()));
        all.addAll(List.of("enter", machine.toString()));
        all.addAll(List.of(command));
        try {
            Process process = new ProcessBuilder(all).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new AssertionError(all + ": " + output);
            }
            return output;
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /** A machine's view of its processes. */
    static Path proc(Path machine) {
        return Path.of("/proc", read(machine.resolve("holder")).split(" ")[0], "root/proc");
    }

    static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }

    private static Path copyOfTheRelease() {
        Path source = Path.of("src/test/resources/demo-release");
        Path target = STATE.resolveSibling(STATE.getFileName() + "-release");
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.toList()) {
                Files.copy(file, target.resolve(source.relativize(file).toString()));
            }
            return target;
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }

    private static Path newDirectory() {
        try {
            return Files.createTempDirectory(Path.of("target"), "director").toAbsolutePath();
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }
}
