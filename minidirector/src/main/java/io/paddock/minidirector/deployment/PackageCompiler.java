package io.paddock.minidirector.deployment;

import io.paddock.minidirector.lock.Locks;
import io.paddock.minidirector.machine.JobProcesses;
import io.paddock.minidirector.machine.Machine;
import io.paddock.minidirector.machine.MachineHost;
import io.paddock.minidirector.release.Package;
import io.paddock.minidirector.release.Packages;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.task.EventLog;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * Compiles packages of uploaded releases with their script {@code packaging}, on a machine made for it, which the deployment lists as long
 * as it lives. A package is compiled once: who waited for its lock finds it ready.
 */
@Component
class PackageCompiler {

    /** Of the instance group that a deployment shows meanwhile. */
    static final String GROUP_PREFIX = "compilation-";

    private final Packages packages;
    private final Locks locks;
    private final MachineHost host;
    private final JobProcesses processes;
    private final Deployments deployments;
    private final Clock clock;

    PackageCompiler(
            Packages packages,
            Locks locks,
            MachineHost host,
            JobProcesses processes,
            Deployments deployments,
            Clock clock) {
        this.locks = locks;
        this.packages = packages;
        this.host = host;
        this.processes = processes;
        this.deployments = deployments;
        this.clock = clock;
    }

    /** @throws DirectorException 450001 if a package can't be compiled */
    void compile(String deployment, List<Packages.Source> sources, Task task, TaskLog log) {
        List<Packages.Source> missing = sources.stream()
                .filter(source -> !packages.isReady(source.compiled()))
                .toList();
        if (missing.isEmpty()) {
            return;
        }
        String cid = UUID.randomUUID().toString();
        Instance instance = Instance.fresh(UUID.randomUUID().toString(), GROUP_PREFIX + UUID.randomUUID(), 0, "", true)
                .with(
                        new Instance.Vm(
                                cid,
                                UUID.randomUUID().toString(),
                                clock.instant().truncatedTo(ChronoUnit.SECONDS).toString(),
                                "",
                                null,
                                null,
                                null),
                        null);
        Machine machine = host.machine(cid, null);
        deployments.change(deployment, before -> before.with(instance));
        try {
            // It talks to nobody.
            host.create(machine, List.of());
            EventLog stage = log.stage("Compiling packages", missing.size());
            missing.forEach(source -> stage.step(source.compiled().label(), () -> {
                try (Locks.Lock lock = locks.acquire(
                        task, log, Locks.Kind.COMPILE, source.compiled().label())) {
                    if (!packages.isReady(source.compiled())) {
                        compile(machine, source, log);
                    }
                }
            }));
        } finally {
            host.destroy(machine);
            deployments.change(deployment, before -> before.without(instance.id()));
        }
    }

    private void compile(Machine machine, Packages.Source source, TaskLog log) {
        Package wanted = source.compiled();
        if (source.directory() == null) {
            throw DirectorException.uncoded("Package '" + wanted.label() + "' has no sources");
        }
        JobProcesses.ScriptResult result =
                processes.compile(machine, wanted, source.directory(), source.dependencies(), log::isCancelling);
        log.debug("packaging of " + wanted.label() + " exited with " + result.exitCode() + "\n"
                + result.standardOutput() + result.standardError());
        log.checkpoint();
        if (result.exitCode() != 0) {
            throw new DirectorException(
                    450001,
                    "Action Failed get_task: Task " + UUID.randomUUID() + " result: Compiling package " + wanted.name()
                            + ": Running packaging script: Command exited with " + result.exitCode()
                            + "; Truncated stderr: " + lastLine(result.standardError()));
        }
        packages.keep(wanted, machine.compiled(wanted));
    }

    private static String lastLine(String text) {
        return text.lines().reduce("", (before, line) -> line);
    }
}
