package io.paddock.deployer.director;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Against the minidirector, a process of its own: its jar is built before this module. */
class MinidirectorContractTest extends DirectorContract {

    private static final Path JAR = Path.of("../minidirector/target/minidirector-exec.jar");
    private static final int PORT = freePort();
    private static final Path STATE = directory();
    private static Process minidirector;

    @DynamicPropertySource
    static void director(DynamicPropertyRegistry registry) {
        registry.add("deployer.director.url", () -> "https://127.0.0.1:" + PORT);
        registry.add("deployer.director.client", () -> "admin");
        registry.add("deployer.director.client-secret", () -> "contract");
        registry.add(
                "deployer.director.ca-cert", () -> STATE.resolve("tls/ca.pem").toString());
    }

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        if (!Files.exists(JAR)) {
            throw new IllegalStateException(JAR + " is not there; build it first: mvn -pl minidirector package");
        }
        ProcessBuilder builder = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java", "-Xmx192m", "-jar", JAR.toString())
                .redirectErrorStream(true)
                .redirectOutput(STATE.resolve("log").toFile());
        builder.environment().put("SERVER_PORT", Integer.toString(PORT));
        builder.environment().put("MINIDIRECTOR_PASSWORD", "contract");
        builder.environment().put("MINIDIRECTOR_STATE_DIRECTORY", STATE.toString());
        builder.environment()
                .put(
                        "MINIDIRECTOR_RELEASES_PADDOCK",
                        Path.of("../release").toAbsolutePath().toString());
        minidirector = builder.start();
        String config =
                "{\"type\": \"cloud\", \"name\": \"default\", \"content\": \"azs: [{name: z1}]\\nvm_types: [{name: small}]"
                        + "\\nnetworks: [{name: default, subnets: [{range: 127.63.0.0/24, azs: [z1]}]}]\"}";
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (post(config) != 0) {
            if (!minidirector.isAlive() || System.nanoTime() > deadline) {
                throw new IllegalStateException(
                        "the minidirector did not start: " + Files.readString(STATE.resolve("log")));
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
        }
    }

    @AfterAll
    static void stop() throws InterruptedException {
        minidirector.destroy();
        minidirector.waitFor();
    }

    private static int post(String config) throws IOException, InterruptedException {
        return new ProcessBuilder(List.of(
                        "curl",
                        "--silent",
                        "--fail",
                        "--cacert",
                        STATE.resolve("tls/ca.pem").toString(),
                        "--header",
                        "Authorization: Basic " + Base64.getEncoder().encodeToString("admin:contract".getBytes()),
                        "--header",
                        "Content-Type: application/json",
                        "--data",
                        config,
                        "--output",
                        "/dev/null",
                        "https://127.0.0.1:" + PORT + "/configs"))
                .start()
                .waitFor();
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static Path directory() {
        try {
            return Files.createTempDirectory(Path.of("target"), "minidirector").toAbsolutePath();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
