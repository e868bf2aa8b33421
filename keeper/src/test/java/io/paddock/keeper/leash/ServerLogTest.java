package io.paddock.keeper.leash;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The real script that keeps what the server says, with files of 1 MiB. */
@Timeout(30)
class ServerLogTest {

    private static final int MIB = 1024 * 1024;
    private static final String LINE = "LOG:  " + "x".repeat(1017) + "\n";

    @TempDir
    private Path vcap;

    private Path logs;
    private Process process;
    private OutputStream server;

    @BeforeEach
    void prepare() throws IOException {
        logs = vcap.resolve("sys/log/postgres");
        Path env = vcap.resolve("jobs/postgres/bin/env");
        Files.createDirectories(env.getParent());
        Files.writeString(env, "LOG_FILE_MB=1\n");
        Files.writeString(
                vcap.resolve("log"),
                Files.readString(Path.of("../release/jobs/postgres/templates/bin/log"))
                        .replace("/var/vcap", vcap.toString()));
    }

    /** When all is there that it shall find: what it can't write down at first is lost. */
    private void start() throws IOException {
        process = new ProcessBuilder("bash", vcap.resolve("log").toString())
                .redirectErrorStream(true)
                .start();
        server = process.getOutputStream();
    }

    @AfterEach
    void stop() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Test
    void aLineIsThereAtOnceAndTheEndIsTheServers() throws IOException, InterruptedException {
        Files.createDirectories(logs);
        start();
        say("LOG:  ready\n");
        await("LOG:  ready\n");

        server.close();

        assertThat(process.waitFor()).isZero();
        assertThat(newest()).isEqualTo("LOG:  ready\n");
    }

    @Test
    void whateverTheServerSaysTheDiskStaysAsItIs() throws IOException, InterruptedException {
        Files.createDirectories(logs);
        start();
        for (int line = 0; line < 8 * 1024; line++) {
            say(LINE);
        }
        say("LOG:  last\n");
        server.close();

        assertThat(process.waitFor()).isZero();
        try (var files = Files.list(logs)) {
            List<Path> all = files.sorted().toList();
            assertThat(all)
                    .extracting(file -> file.getFileName().toString())
                    .containsExactly(
                            "postgresql.1.log",
                            "postgresql.2.log",
                            "postgresql.3.log",
                            "postgresql.4.log",
                            "postgresql.log");
            for (Path file : all) {
                assertThat(Files.size(file)).isLessThanOrEqualTo(MIB);
            }
        }
        assertThat(newest()).isEqualTo("LOG:  last\n");
        assertThat(Files.readString(logs.resolve("postgresql.1.log"))).endsWith(LINE);
    }

    @Test
    void whatSomebodyElseCutsOffGoesOn() throws IOException, InterruptedException {
        Files.createDirectories(logs);
        start();
        say(LINE.repeat(1000));
        await(LINE.repeat(1000));
        Files.writeString(logs.resolve("postgresql.log"), "");
        say(LINE.repeat(1000));
        say("LOG:  last\n");
        server.close();

        assertThat(process.waitFor()).isZero();
        assertThat(newest()).isEqualTo(LINE.repeat(1000) + "LOG:  last\n");
    }

    @Test
    void aServerThatCannotBeHeardIsNotHeldUp() throws IOException, InterruptedException {
        // There is no such directory, as on a full disk.
        start();
        say(LINE.repeat(3000));
        server.close();

        assertThat(process.waitFor()).isZero();
        assertThat(logs).doesNotExist();
    }

    @Test
    void wherePlaceCannotBeMadeTheNewestIsLostAndNobodyWaits() throws IOException, InterruptedException {
        Files.createDirectories(logs);
        // What can't be renamed: a directory with something in it is where the file should go.
        Files.createDirectories(logs.resolve("postgresql.1.log/kept"));
        Files.createDirectories(logs.resolve("postgresql.2.log/kept"));
        start();
        say(LINE.repeat(3000));
        server.close();

        assertThat(process.waitFor()).isZero();
        assertThat(Files.size(logs.resolve("postgresql.log"))).isLessThanOrEqualTo(MIB);
    }

    @Test
    void aZeroByteIsNotTheEnd() throws IOException, InterruptedException {
        Files.createDirectories(logs);
        start();
        say("before\n");
        await("before\n");
        Files.writeString(logs.resolve("postgresql.log"), "");
        say("\0".repeat(MIB + 10) + "after\n");
        server.close();

        assertThat(process.waitFor()).isZero();
        assertThat(newest()).endsWith("after\n");
    }

    private void say(String text) throws IOException {
        server.write(text.getBytes(StandardCharsets.US_ASCII));
        server.flush();
    }

    private String newest() throws IOException {
        return Files.readString(logs.resolve("postgresql.log"));
    }

    private void await(String text) throws IOException {
        while (!Files.exists(logs.resolve("postgresql.log")) || !newest().equals(text)) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }
}
