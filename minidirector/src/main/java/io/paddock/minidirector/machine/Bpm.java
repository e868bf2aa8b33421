package io.paddock.minidirector.machine;

import io.paddock.minidirector.system.DirectorException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.springframework.stereotype.Component;

/** Starts and stops processes as bpm does: each in a container of its own, with what its bpm.yml says and nothing else. */
@Component
class Bpm {

    private static final long TERM_SECONDS = 15;
    private static final long QUIT_SECONDS = 2;
    private static final long START_SECONDS = 30;

    private final MachineHost host;
    private final EarlierMachine earlier;
    /** Given to the machine's shell as text: the director's directory may be out of the machine's sight. */
    private final String script;

    Bpm(MachineHost host) {
        this.host = host;
        this.earlier = new EarlierMachine(host);
        try {
            this.script = MachineHost.resource("bpm.sh");
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /**
     * Starts a process and waits until its pid file is there.
     *
     * @throws DirectorException uncoded for a bpm.yml that bpm would refuse, and for a pre_start hook that fails
     */
    void start(Machine machine, String job, MonitFile.Process process) {
        BpmConfig bpm = config(machine, job, process);
        Container container = new Container(machine, job, bpm);
        container.createDirectories(host);
        for (String hook : bpm.preStart().stream().toList()) {
            runHook(machine, job, hook, container.environment());
        }
        Path pidFile = machine.hostPath(process.pidFile());
        try {
            Files.deleteIfExists(pidFile);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        List<String> command = host.isOfEarlierDirector(machine)
                ? earlier.command(machine, job, bpm, process)
                : command(machine, job, bpm, process, container);
        Process starting = host.isOfEarlierDirector(machine)
                ? MachineHost.start(command, container.environment(), log(machine, job))
                : MachineHost.start(command, container.environmentArguments(), log(machine, job));
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (!Files.exists(pidFile) && starting.isAlive()) {
            if (System.nanoTime() > deadline) {
                starting.descendants().forEach(ProcessHandle::destroyForcibly);
                starting.destroyForcibly();
                throw DirectorException.uncoded("bpm: process " + bpm.name() + " of job " + job
                        + " did not start within " + START_SECONDS + " s");
            }
            pause();
        }
    }

    private List<String> command(
            Machine machine, String job, BpmConfig bpm, MonitFile.Process process, Container container) {
        List<String> command = new ArrayList<>(host.entering(machine));
        command.addAll(host.unsharing());
        command.addAll(List.of(
                "sh",
                "-c",
                script,
                "bpm",
                process.pidFile(),
                "paddock-" + machine.cid() + "-" + job + "-" + bpm.name(),
                text(bpm.limits().openFiles()),
                text(bpm.limits().memoryBytes()),
                text(bpm.limits().processes())));
        List<String> noexec = container.noexec();
        command.add(Integer.toString(noexec.size()));
        command.addAll(noexec);
        command.addAll(container.arguments(host.vcap()));
        return command;
    }

    private static String text(Optional<?> limit) {
        return limit.map(String::valueOf).orElse("");
    }

    /** Stops it by its signal, then by SIGQUIT, then by SIGKILL. */
    void stop(Machine machine, String job, MonitFile.Process process, long pid) {
        String signal = BpmConfig.shutdownSignal(machine.job(job).resolve("config/bpm.yml"), process.bpmProcess());
        if (!signalAndWait(machine, pid, signal, TERM_SECONDS) && !signalAndWait(machine, pid, "QUIT", QUIT_SECONDS)) {
            signalAndWait(machine, pid, "KILL", QUIT_SECONDS);
        }
    }

    private boolean signalAndWait(Machine machine, long pid, String signal, long seconds) {
        host.signal(machine, pid, signal);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (host.isMember(machine, pid)) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            pause();
        }
        return true;
    }

    /** On the machine, not in the container, as its root. */
    private void runHook(Machine machine, String job, String hook, Map<String, String> environment) {
        List<String> command = new ArrayList<>(host.entering(machine));
        command.add(hook);
        Process process = MachineHost.start(command, environment, log(machine, job));
        try {
            if (process.waitFor() != 0) {
                throw DirectorException.uncoded(
                        "bpm: pre_start hook of " + job + " exited with " + process.exitValue());
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    private static BpmConfig config(Machine machine, String job, MonitFile.Process process) {
        return BpmConfig.read(machine.job(job).resolve("config/bpm.yml"), process.bpmProcess());
    }

    private static Path log(Machine machine, String job) {
        return machine.log(job).resolve("bpm.log");
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(2);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", interrupted);
        }
    }
}
