package io.paddock.minidirector.deployment;

import io.paddock.minidirector.machine.JobProcesses;
import io.paddock.minidirector.machine.JobProcesses.ScriptResult;
import io.paddock.minidirector.machine.JobProcesses.Status;
import io.paddock.minidirector.machine.Machine;
import io.paddock.minidirector.machine.MachineHost;
import io.paddock.minidirector.machine.Monit;
import io.paddock.minidirector.manifest.UpdatePolicy.WatchTime;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Directories;
import io.paddock.minidirector.task.EventLog.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** Changes one instance in the director's order: pre-stop, drain, stop, post-stop, configure, pre-start, start, watch, post-start. */
@Component
class InstanceUpdater {

    private final MachineHost host;
    private final JobProcesses processes;
    private final Monit monit;
    private final Deployments deployments;
    private final OrphanedDisks orphanedDisks;
    private final Repairs repairs;
    private final Clock clock;

    InstanceUpdater(
            MachineHost host,
            JobProcesses processes,
            Monit monit,
            Deployments deployments,
            OrphanedDisks orphanedDisks,
            Repairs repairs,
            Clock clock) {
        this.host = host;
        this.processes = processes;
        this.monit = monit;
        this.deployments = deployments;
        this.orphanedDisks = orphanedDisks;
        this.repairs = repairs;
        this.clock = clock;
    }

    /** What comes after the stop of a machine's jobs. */
    private enum Next {
        UPDATE("keep", "keep", "keep", "job_changed"),
        DELETE_INSTANCE("delete", "delete", "keep", "job_shutdown"),
        DELETE_DEPLOYMENT("delete", "delete", "delete", "job_shutdown");

        private final Map<String, String> environment;
        private final String drainReason;

        Next(String vm, String instance, String deployment, String drainReason) {
            this.environment = Map.of(
                    "BOSH_VM_NEXT_STATE", vm,
                    "BOSH_INSTANCE_NEXT_STATE", instance,
                    "BOSH_DEPLOYMENT_NEXT_STATE", deployment);
            this.drainReason = drainReason;
        }
    }

    Machine machine(Instance instance) {
        return host.machine(
                Objects.requireNonNull(instance.vm()).cid(),
                instance.disk() == null ? null : instance.disk().cid());
    }

    /** The director's word for how an instance does. */
    String jobState(Instance instance) {
        if (instance.vm() == null) {
            return "";
        }
        Machine machine = machine(instance);
        if (!host.isAlive(machine)) {
            return "unresponsive agent";
        }
        if (!monit.isMonitored(machine)) {
            return "stopped";
        }
        return processes.status(machine).stream().allMatch(Status::running) ? "running" : "failing";
    }

    List<Status> processes(Instance instance) {
        return instance.vm() == null ? List.of() : processes.status(machine(instance));
    }

    boolean needsUpdate(Plan.Wanted wanted) {
        Instance instance = wanted.instance();
        return instance.dirty()
                || !wanted.configuration().equals(instance.configuration())
                || diskSize(instance) != wanted.group().persistentDiskMb()
                || !jobState(instance).equals("running");
    }

    /** Makes sure that the instance has a living machine; what it is called is stored first, so that a crash leaves no stranger. */
    Instance ensureMachine(String deployment, Plan.Wanted wanted) {
        Instance instance = wanted.instance();
        if (instance.vm() != null && host.isAlive(machine(instance))) {
            return instance;
        }
        if (instance.vm() != null) {
            host.destroy(machine(instance));
        }
        Instance.Disk disk = instance.disk();
        if (disk == null && wanted.group().persistentDiskMb() > 0) {
            disk = new Instance.Disk(
                    UUID.randomUUID().toString(), wanted.group().persistentDiskMb());
        }
        Instance given = instance.with(
                        new Instance.Vm(
                                UUID.randomUUID().toString(),
                                UUID.randomUUID().toString(),
                                clock.instant().truncatedTo(ChronoUnit.SECONDS).toString(),
                                wanted.group().vmType()),
                        disk)
                .updating();
        deployments.change(deployment, before -> before.with(given));
        host.create(machine(given));
        return given;
    }

    /** Brings an instance to what is wanted of it. */
    void update(String deployment, Plan.Wanted wanted, WatchTime watchTime, Progress progress) {
        Instance instance = wanted.instance().updating();
        deployments.change(deployment, before -> before.with(instance));
        Machine machine = machine(instance);
        stop(machine, Next.UPDATE, progress);
        Instance current = instance;
        if (diskSize(instance) != wanted.group().persistentDiskMb()) {
            current = changeDisk(deployment, instance, wanted);
            machine = machine(current);
        }
        progress.at(50, "installing packages");
        progress.at(60, "configuring jobs");
        processes.install(machine, wanted.jobs());
        describe(machine, deployment, current);
        progress.at(70, "executing pre-start");
        runAll(machine, "pre-start", Map.of());
        progress.at(90, "starting jobs");
        monit.start(machine);
        awaitRunning(machine, current, watchTime);
        progress.at(100, "executing post-start");
        runAll(machine, "post-start", Map.of());
        Instance updated = current.updated(wanted.configuration());
        deployments.change(deployment, before -> before.with(updated));
        repairs.end(updated);
    }

    void postDeploy(Instance instance) {
        runAll(machine(instance), "post-deploy", Map.of());
    }

    /** Ends an instance: its jobs are stopped in order if its machine lives; its disk becomes an orphan. */
    void delete(String deployment, Instance instance, boolean withDeployment) {
        if (instance.vm() != null) {
            Machine machine = machine(instance);
            if (host.isAlive(machine)) {
                stop(machine, withDeployment ? Next.DELETE_DEPLOYMENT : Next.DELETE_INSTANCE, (percent, status) -> {});
            }
            host.destroy(machine);
        }
        if (instance.disk() != null) {
            orphanedDisks.add(deployment, instance, instance.disk());
        }
        repairs.end(instance);
        deployments.change(deployment, before -> before.without(instance.id()));
    }

    private void stop(Machine machine, Next next, Progress progress) {
        progress.at(5, "executing pre-stop");
        runAll(machine, "pre-stop", next.environment);
        progress.at(10, "executing drain");
        monit.unmonitor(machine);
        drain(machine, next);
        progress.at(30, "stopping jobs");
        processes.stopAll(machine);
        progress.at(40, "executing post-stop");
        runAll(machine, "post-stop", next.environment);
    }

    /** A drain script prints how many seconds to wait; a negative number asks to be called again after that. */
    private void drain(Machine machine, Next next) {
        List<String> failed = processes.jobsWithScript(machine, "drain").parallelStream()
                .filter(job -> !drains(machine, job, next))
                .toList();
        if (!failed.isEmpty()) {
            throw scriptsFailed(
                    "drain", processes.jobsWithScript(machine, "drain").size(), failed);
        }
    }

    private boolean drains(Machine machine, String job, Next next) {
        String reason = next.drainReason;
        while (true) {
            ScriptResult result =
                    processes.run(machine, job, "drain", List.of(reason, "hash_changed"), next.environment);
            long wait;
            try {
                wait = Long.parseLong(result.standardOutput().strip());
            } catch (NumberFormatException notANumber) {
                return false;
            }
            if (result.exitCode() != 0) {
                return false;
            }
            sleep(TimeUnit.SECONDS.toMillis(Math.abs(wait)));
            if (wait >= 0) {
                return true;
            }
            reason = "job_check_status";
        }
    }

    private void runAll(Machine machine, String script, Map<String, String> environment) {
        List<String> jobs = processes.jobsWithScript(machine, script);
        List<String> failed = jobs.parallelStream()
                .filter(job -> processes
                                .run(machine, job, script, List.of(), environment)
                                .exitCode()
                        != 0)
                .toList();
        if (!failed.isEmpty()) {
            throw scriptsFailed(script, jobs.size(), failed);
        }
    }

    private static DirectorException scriptsFailed(String script, int all, List<String> failed) {
        return new DirectorException(
                450001,
                "Action Failed get_task: Task " + UUID.randomUUID() + " result: " + failed.size() + " of " + all + " "
                        + script + " scripts failed. Failed Jobs: " + String.join(", ", failed) + ".");
    }

    private void awaitRunning(Machine machine, Instance instance, WatchTime watchTime) {
        long waited = watchTime.minimum();
        sleep(watchTime.minimum());
        while (!jobState(instance).equals("running")) {
            if (waited >= watchTime.maximum()) {
                String failing = processes.status(machine).stream()
                        .filter(status -> !status.running())
                        .map(Status::job)
                        .distinct()
                        .collect(Collectors.joining(", "));
                throw new DirectorException(
                        400007,
                        "'" + instance.label() + "' is not running after update. Review logs for failed jobs: "
                                + failing);
            }
            sleep(watchTime.step());
            waited += watchTime.step();
        }
    }

    /** A disk of another size is a new disk with a copy of the old one's content; the old one becomes an orphan. */
    private Instance changeDisk(String deployment, Instance instance, Plan.Wanted wanted) {
        Machine old = machine(instance);
        Instance.Disk before = instance.disk();
        int size = wanted.group().persistentDiskMb();
        Instance.Disk after =
                size == 0 ? null : new Instance.Disk(UUID.randomUUID().toString(), size);
        if (before != null && after != null) {
            copy(before, after);
        }
        host.destroy(old);
        Instance changed = instance.with(instance.vm(), after);
        deployments.change(deployment, record -> record.with(changed));
        if (before != null) {
            orphanedDisks.add(deployment, instance, before);
        }
        host.create(machine(changed));
        return changed;
    }

    private void copy(Instance.Disk from, Instance.Disk to) {
        try {
            int exit = new ProcessBuilder(
                            "cp",
                            "--archive",
                            "--reflink=auto",
                            "--",
                            host.disk(from.cid()).toString(),
                            host.disk(to.cid()).toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
            if (exit != 0) {
                Directories.delete(host.disk(to.cid()));
                throw DirectorException.uncoded("Failed to migrate disk " + from.cid() + ": cp exited with " + exit);
            }
            new ProcessBuilder("sync", "-f", host.disk(to.cid()).toString())
                    .start()
                    .waitFor();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /** The files that tell the machine who it is. */
    private static void describe(Machine machine, String deployment, Instance instance) {
        Map.of("id", instance.id(), "name", instance.group(), "az", instance.az(), "deployment", deployment)
                .forEach((file, text) -> {
                    try {
                        Files.writeString(machine.vcap().resolve("instance").resolve(file), text);
                    } catch (IOException failure) {
                        throw new UncheckedIOException(failure);
                    }
                });
    }

    private static int diskSize(Instance instance) {
        return Stream.ofNullable(instance.disk())
                .mapToInt(Instance.Disk::sizeMb)
                .sum();
    }

    private static void sleep(long milliseconds) {
        try {
            TimeUnit.MILLISECONDS.sleep(milliseconds);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", interrupted);
        }
    }
}
