package io.paddock.minidirector.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.minidirector.system.Directories;
import io.paddock.minidirector.system.TestSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Measures what a container costs: the time from monit's start of a process to its pid file, with the container and, alternating with it, as an earlier director started
 * processes, without one. Printed by {@code ./paddock bench isolation [ROUNDS]}.
 */
@Tag("bench")
class IsolationBench {

    private static final int WARM_UP = 5;

    @Test
    void measure() throws IOException {
        int rounds = Math.max(50, Integer.getInteger("paddock.bench.rounds", 50));
        MachineHost host = new MachineHost(TestSettings.in(
                Files.createTempDirectory(Path.of("target"), "isolation").toAbsolutePath()));
        Machine machine = host.machine(UUID.randomUUID().toString(), null);
        host.create(machine, List.of());
        try {
            Path job = Directories.create(machine.job("idle").resolve("config"), "rwxr-xr-x");
            Files.writeString(
                    job.resolve("bpm.yml"), "processes: [{name: idle, executable: /bin/sleep, args: [infinity]}]");
            Files.createSymbolicLink(machine.vcap().resolve("jobs/idle"), Path.of("/var/vcap/data/jobs/idle"));
            Directories.create(machine.log("idle"), "rwxr-xr-x");
            Directories.create(machine.vcap().resolve("sys/run/bpm/idle"), "rwxr-xr-x");
            MonitFile.Process process = new MonitFile.Process(
                    "idle",
                    "/var/vcap/sys/run/bpm/idle/idle.pid",
                    "/var/vcap/jobs/bpm/bin/bpm start idle",
                    "/var/vcap/jobs/bpm/bin/bpm stop idle");
            BpmConfig bpm = BpmConfig.read(job.resolve("bpm.yml"), "idle");
            Bpm containers = new Bpm(host);
            EarlierMachine earlier = new EarlierMachine(host);
            List<Long> with = new ArrayList<>();
            List<Long> without = new ArrayList<>();
            for (int round = -WARM_UP; round < rounds; round++) {
                long contained = nanoseconds(host, machine, process, () -> containers.start(machine, "idle", process));
                long bare = nanoseconds(host, machine, process, () -> startBare(machine, earlier, bpm, process));
                if (round >= 0) {
                    with.add(contained);
                    without.add(bare);
                }
            }
            System.out.printf("| start to pid file, n=%d | median | minimum | maximum |%n|---|---|---|---|%n", rounds);
            print("in a container", with);
            print("without", without);
        } finally {
            host.destroy(machine);
        }
    }

    private static void startBare(Machine machine, EarlierMachine earlier, BpmConfig bpm, MonitFile.Process process) {
        MachineHost.start(earlier.command(machine, "idle", bpm, process), Map.of(), machine.agentLog());
        while (!Files.exists(machine.hostPath(process.pidFile()))) {
            Thread.onSpinWait();
        }
    }

    /** How long a start takes; the process is killed afterwards. */
    private static long nanoseconds(MachineHost host, Machine machine, MonitFile.Process process, Runnable start)
            throws IOException {
        Path pidFile = machine.hostPath(process.pidFile());
        Files.deleteIfExists(pidFile);
        long begun = System.nanoTime();
        start.run();
        long taken = System.nanoTime() - begun;
        long pid = Long.parseLong(Files.readString(pidFile).strip());
        assertThat(host.isMember(machine, pid)).isTrue();
        host.signal(machine, pid, "KILL");
        while (host.isMember(machine, pid)) {
            Thread.onSpinWait();
        }
        return taken;
    }

    private static void print(String what, List<Long> nanoseconds) {
        LongStream sorted = nanoseconds.stream().mapToLong(Long::longValue).sorted();
        long[] all = sorted.toArray();
        System.out.printf(
                "| %s | %.1f ms | %.1f ms | %.1f ms |%n",
                what, all[all.length / 2] / 1e6, all[0] / 1e6, all[all.length - 1] / 1e6);
    }
}
