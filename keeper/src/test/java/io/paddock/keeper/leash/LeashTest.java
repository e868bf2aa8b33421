package io.paddock.keeper.leash;

import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.keeper.system.BootClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real script and the keeper's side of it; the server is one that can be told to misbehave as PostgreSQL seldom does. */
class LeashTest {

    private static final Path SCRIPT = Path.of("../release/jobs/postgres/templates/bin/leash");
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final Duration LONG = Duration.ofHours(1);

    /**
     * Works in the data directory and has a child that does so too; ends after as many SIGINT as the file "deaf" says. Asked for a setting by -C, it
     * says 100; what it was started with, it leaves in the file "arguments".
     */
    private static final String SERVER = """
            #!/usr/bin/env perl
            if (@ARGV > 1 && $ARGV[-2] eq '-C') { print "100\n"; exit 0 }
            chdir $ARGV[1] or die;
            if (open my $file, '>', 'arguments.next') { print $file "@ARGV\n"; close $file; rename 'arguments.next', 'arguments' }
            my $deaf = 0;
            if (open my $file, '<', 'deaf') { $deaf = <$file> }
            my $child = fork;
            exec 'sleep', '1000' if $child == 0;
            $SIG{INT} = sub { if ($deaf-- <= 0) { kill 'KILL', $child; exit 0 } };
            sleep 1000 while 1;
            """;

    @TempDir
    private Path vcap;

    private final BootClock clock = new BootClock();
    private Leash leash;
    private Path data;
    private Process process;

    @BeforeEach
    void start() throws IOException {
        data = Files.createDirectories(vcap.resolve("store/postgres/15"));
        Files.createSymbolicLink(vcap.resolve("store/postgres/current"), Path.of("15"));
        Files.writeString(data.resolve("PG_VERSION"), "15\n");
        executable("packages/postgres/bin/postgres", SERVER);
        executable(
                "jobs/postgres/bin/env",
                "PGHOST=" + vcap + "/run\nSTORE=" + vcap + "/store/postgres\nSTOP_TIMEOUT=5\n");
        executable("jobs/postgres/bin/leash", Files.readString(SCRIPT).replace("/var/vcap", vcap.toString()));
        executable("jobs/postgres/bin/log", "cat >>" + vcap + "/postgresql.log\n");
        launch();
    }

    private void executable(String name, String text) throws IOException {
        Path file = vcap.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private void launch() throws IOException {
        process = new ProcessBuilder(vcap.resolve("jobs/postgres/bin/leash").toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        vcap.resolve("leash.log").toFile()))
                .start();
        leash = new Leash(vcap.resolve("run/leash"));
        await(() -> leash.status().isPresent() && Files.exists(vcap.resolve("run/leash/orders")));
    }

    @AfterEach
    void end() throws IOException, InterruptedException {
        process.destroyForcibly().waitFor();
        for (ProcessHandle left : servers()) {
            left.destroyForcibly();
        }
    }

    @Test
    void aPrimaryNeedsAPermitAndAStandbyDoesNot() throws IOException {
        assertThat(leash.order("start-primary", SOON)).isFalse();
        assertThat(outcome()).isEqualTo("no-permit");
        assertThat(servers()).isEmpty();

        assertThat(leash.order("start-standby", SOON)).isTrue();
        assertThat(role()).isEqualTo(Leash.Role.STANDBY);
        await(() -> servers().size() == 2);
        assertThat(leash.order("start-standby", SOON)).isFalse();
        assertThat(outcome()).isEqualTo("runs-already");
    }

    /** Whoever watches it need not look at it now and again. */
    @Test
    void whatItSaysIsHeardAtOnce() throws InterruptedException {
        AtomicInteger heard = new AtomicInteger();
        Thread watcher = new Thread(() -> {
            try {
                leash.watch(heard::incrementAndGet);
            } catch (IOException | InterruptedException ended) {
                // This test has ended.
            }
        });
        watcher.start();
        await(() -> heard.get() > 0);
        int before = heard.get();

        permit(LONG);
        assertThat(leash.order("start-primary", SOON)).isTrue();

        await(() -> heard.get() > before);
        watcher.interrupt();
        watcher.join();
    }

    @Test
    void whenThePermitIsOverServerAndChildrenAreKilled() {
        permit(LONG);
        assertThat(leash.order("start-primary", SOON)).isTrue();
        await(() -> servers().size() == 2);

        permit(Duration.ofMillis(200));

        assertThat(leash.await(Leash.Role.STOPPED, SOON)).isTrue();
        assertThat(servers()).isEmpty();
        assertThat(leash.permittedUntil()).isEqualTo(Duration.ZERO);
    }

    @Test
    void aPermitThatIsRenewedKeepsTheServer() {
        permit(Duration.ofMillis(500));
        assertThat(leash.order("start-primary", SOON)).isTrue();
        permit(LONG);

        assertThat(leash.await(Leash.Role.STOPPED, Duration.ofMillis(900))).isFalse();
        assertThat(servers()).isNotEmpty();
    }

    @Test
    void anArmedStandbyNeedsAPermit() {
        assertThat(leash.order("arm", SOON)).isFalse();
        assertThat(outcome()).isEqualTo("not-running");
        assertThat(leash.order("start-standby", SOON)).isTrue();
        permit(LONG);
        assertThat(leash.order("arm", SOON)).isTrue();
        assertThat(role()).isEqualTo(Leash.Role.PRIMARY);

        permit(Duration.ZERO);

        assertThat(leash.await(Leash.Role.STOPPED, SOON)).isTrue();
        assertThat(servers()).isEmpty();
    }

    @Test
    void aStandbyIsStartedWithWhatItsPrimaryHadIfItsFilesWantLess() throws IOException {
        executable("packages/postgres/bin/pg_controldata", """
                #!/bin/sh
                echo 'wal_level setting:                    logical'
                echo 'max_connections setting:              140'
                echo 'max_worker_processes setting:         8'
                echo 'max_prepared_xacts setting:           101'
                echo 'max_locks_per_xact setting:           100'
                """);
        Files.writeString(data.resolve("standby.signal"), "");

        assertThat(leash.order("start-standby", SOON)).isTrue();

        await(() -> Files.exists(data.resolve("arguments")));
        assertThat(Files.readString(data.resolve("arguments")))
                .endsWith("-c max_connections=140 -c max_prepared_transactions=101\n");
    }

    @Test
    void aPrimaryIsStartedWithWhatItsFilesWant() throws IOException {
        executable("packages/postgres/bin/pg_controldata", "#!/bin/sh\necho 'max_connections setting: 140'\n");
        permit(LONG);

        assertThat(leash.order("start-primary", SOON)).isTrue();

        await(() -> Files.exists(data.resolve("arguments")));
        assertThat(Files.readString(data.resolve("arguments"))).doesNotContain("max_connections");
    }

    @Test
    void aStopIsSaidAgainToAServerThatDidNotHearIt() throws IOException {
        Files.writeString(data.resolve("deaf"), "1");
        assertThat(leash.order("start-standby", SOON)).isTrue();
        await(() -> servers().size() == 2);

        assertThat(leash.order("stop 60", SOON)).isTrue();

        assertThat(leash.await(Leash.Role.STOPPED, SOON)).isTrue();
        assertThat(log()).doesNotContain("did not stop in time");
    }

    @Test
    void aServerThatDoesNotStopInTimeIsKilled() throws IOException {
        Files.writeString(data.resolve("deaf"), "1000");
        assertThat(leash.order("start-standby", SOON)).isTrue();
        await(() -> servers().size() == 2);

        assertThat(leash.order("stop 1", SOON)).isTrue();

        assertThat(leash.await(Leash.Role.STOPPED, SOON)).isTrue();
        assertThat(servers()).isEmpty();
        assertThat(log()).contains("did not stop in time");
    }

    @Test
    void theServerDoesNotOutliveTheLeashAndTheNextOneKillsWhatIsLeft() throws IOException, InterruptedException {
        assertThat(leash.order("start-standby", SOON)).isTrue();
        await(() -> servers().size() == 2);

        process.destroyForcibly().waitFor();
        // The server has the parent-death signal; its children are what the next leash looks for.
        await(() -> servers().size() == 1);
        Files.delete(vcap.resolve("run/leash/status"));
        launch();

        assertThat(role()).isEqualTo(Leash.Role.STOPPED);
        assertThat(servers()).isEmpty();
    }

    @Test
    void dataThatAreNotWholeAreNotStarted() throws IOException {
        Files.writeString(vcap.resolve("store/postgres/unfinished"), "");
        assertThat(leash.order("start-standby", SOON)).isFalse();
        assertThat(outcome()).isEqualTo("no-data");
    }

    @Test
    void aNodeThatIsAloneStartsItsServerByItselfAndAgainAfterACrashButNotAfterAStop() throws IOException {
        Files.writeString(vcap.resolve("store/postgres/alone"), "");
        assertThat(leash.await(Leash.Role.PRIMARY, SOON)).isTrue();
        await(() -> servers().size() == 2);

        servers().forEach(ProcessHandle::destroyForcibly);
        await(() -> leash.status()
                .filter(status -> status.role() == Leash.Role.PRIMARY && status.starts() == 2)
                .isPresent());

        assertThat(leash.order("stop 5", SOON)).isTrue();
        assertThat(leash.await(Leash.Role.STOPPED, SOON)).isTrue();
        assertThat(leash.await(Leash.Role.PRIMARY, Duration.ofMillis(1500))).isFalse();
    }

    @Test
    void whoeverEndsTheLeashStopsTheServer() throws InterruptedException {
        assertThat(leash.order("start-standby", SOON)).isTrue();
        await(() -> servers().size() == 2);

        process.destroy();

        assertThat(process.waitFor(5, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        assertThat(servers()).isEmpty();
    }

    @Test
    void anOrderThatIsNoneIsRefused() {
        assertThat(leash.order("dance", SOON)).isFalse();
        assertThat(outcome()).isEqualTo("unknown");
    }

    private void permit(Duration time) {
        leash.permit(clock.now().plus(time));
    }

    private Leash.Role role() {
        return leash.status().orElseThrow().role();
    }

    private String outcome() {
        return leash.status().orElseThrow().outcome();
    }

    private String log() throws IOException {
        return Files.readString(vcap.resolve("leash.log"));
    }

    /** Processes that work in the data directory. */
    private List<ProcessHandle> servers() {
        return ProcessHandle.allProcesses().filter(this::worksInData).toList();
    }

    private boolean worksInData(ProcessHandle candidate) {
        try {
            Path proc = Path.of("/proc", Long.toString(candidate.pid()));
            return Optional.of(Files.readSymbolicLink(proc.resolve("cwd")))
                            .filter(data.toRealPath()::equals)
                            .isPresent()
                    && !Files.readString(proc.resolve("stat")).contains(") Z ");
        } catch (IOException gone) {
            return false;
        }
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + SOON.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited for too long").isLessThan(end);
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
    }
}
