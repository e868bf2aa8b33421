package io.paddock.minidirector.deployment;

import io.paddock.minidirector.deployment.Instance.State;
import io.paddock.minidirector.deployment.Plan.Change;
import io.paddock.minidirector.machine.JobProcesses;
import io.paddock.minidirector.machine.JobProcesses.ScriptResult;
import io.paddock.minidirector.machine.JobProcesses.Status;
import io.paddock.minidirector.machine.Machine;
import io.paddock.minidirector.machine.MachineHost;
import io.paddock.minidirector.machine.Monit;
import io.paddock.minidirector.manifest.Manifest;
import io.paddock.minidirector.manifest.UpdatePolicy.WatchTime;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Directories;
import io.paddock.minidirector.system.Parallel;
import io.paddock.minidirector.task.EventLog.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Changes one instance in the director's order: pre-stop, drain, stop, post-stop, configure, pre-start, start, watch, post-start. */
@Component
class InstanceUpdater {

    private final MachineHost host;
    private final JobProcesses processes;
    private final Monit monit;
    private final Deployments deployments;
    private final OrphanedDisks orphanedDisks;
    private final OrphanedVms orphanedVms;
    private final DnsRecords records;
    private final Repairs repairs;
    private final Clock clock;

    InstanceUpdater(
            MachineHost host,
            JobProcesses processes,
            Monit monit,
            Deployments deployments,
            OrphanedDisks orphanedDisks,
            OrphanedVms orphanedVms,
            DnsRecords records,
            Repairs repairs,
            Clock clock) {
        this.host = host;
        this.processes = processes;
        this.monit = monit;
        this.deployments = deployments;
        this.orphanedDisks = orphanedDisks;
        this.orphanedVms = orphanedVms;
        this.records = records;
        this.repairs = repairs;
        this.clock = clock;
    }

    private static final Logger LOG = LoggerFactory.getLogger(InstanceUpdater.class);

    /** For an update that does not wait until the processes run. */
    static final WatchTime NO_WAIT = new WatchTime(0, 0);

    /**
     * How an update goes on beside what is wanted of the instance.
     *
     * @param force whether it goes on past scripts that fail
     * @param endsMachine whether the machine goes once its jobs are stopped
     */
    record Run(Progress progress, boolean skipDrain, BooleanSupplier cancelled, boolean force, boolean endsMachine) {

        Run(Progress progress, boolean skipDrain, BooleanSupplier cancelled) {
            this(progress, skipDrain, cancelled, false, false);
        }

        static Run forced(boolean force, BooleanSupplier cancelled) {
            return new Run((percent, status) -> {}, false, cancelled, force, false);
        }

        Run endingMachine(boolean ends) {
            return new Run(progress, skipDrain, cancelled, force, ends);
        }

        /** One whose progress nobody watches. */
        static Run quiet(BooleanSupplier cancelled) {
            return new Run((percent, status) -> {}, false, cancelled);
        }

        Run skippingDrain(boolean skip) {
            return new Run(progress, skip, cancelled, force, endsMachine);
        }
    }

    /** What becomes of a machine, its instance and its deployment after the stop of its jobs. */
    private enum Next {
        KEEP("keep", "keep", "keep"),
        DELETE_VM("delete", "keep", "keep"),
        DELETE_INSTANCE("delete", "delete", "keep"),
        DELETE_DEPLOYMENT("delete", "delete", "delete");

        private final Map<String, String> environment;

        Next(String vm, String instance, String deployment) {
            this.environment = Map.of(
                    "BOSH_VM_NEXT_STATE", vm,
                    "BOSH_INSTANCE_NEXT_STATE", instance,
                    "BOSH_DEPLOYMENT_NEXT_STATE", deployment);
        }
    }

    /**
     * What drain scripts are told.
     *
     * @param packages names of those that change
     */
    private record Drain(String job, String configuration, List<String> packages, int diskMb, int nextDiskMb) {

        private static final JsonMapper MAPPER = new JsonMapper();

        static Drain shutdown(Instance instance) {
            return new Drain("job_shutdown", "hash_unchanged", List.of(), diskSize(instance), diskSize(instance));
        }

        Map<String, String> environment() {
            return Map.of("BOSH_JOB_STATE", disk(diskMb), "BOSH_JOB_NEXT_STATE", disk(nextDiskMb));
        }

        private static String disk(int megabytes) {
            return MAPPER.writeValueAsString(Map.of("persistent_disk", megabytes));
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
        if (monit.isStarting(machine)) {
            return "starting";
        }
        List<Status> declared = processes.status(machine);
        if (processes.hasJobs(machine) && !monit.isMonitored(machine)) {
            return "stopped";
        }
        return declared.stream().allMatch(Status::running) ? "running" : "failing";
    }

    List<Status> processes(Instance instance) {
        return instance.vm() == null ? List.of() : processes.status(machine(instance));
    }

    boolean needsUpdate(Plan.Wanted wanted) {
        Instance instance = wanted.instance();
        if (instance.ignored()) {
            return false;
        }
        boolean changed = instance.dirty()
                || wanted.change() != Change.NONE
                || wanted.state() != instance.state()
                || !wanted.configuration().equals(instance.configuration())
                || needsOtherDisk(wanted)
                || needsOtherMachine(wanted);
        return switch (wanted.state()) {
            case STARTED -> changed || !jobState(instance).equals("running");
            case STOPPED -> changed || jobState(instance).equals("running");
            case DETACHED -> changed || instance.vm() != null;
        };
    }

    private static boolean needsOtherDisk(Plan.Wanted wanted) {
        return diskSize(wanted.instance()) != wanted.group().persistentDiskMb()
                || wanted.newDisk() && wanted.instance().disk() != null;
    }

    /** Stemcell, cloud properties and addresses are given to a machine when it is made. */
    private static boolean needsOtherMachine(Plan.Wanted wanted) {
        Instance.Vm vm = wanted.instance().vm();
        return vm != null
                && vm.stemcell() != null
                && !(vm.stemcell().equals(stemcell(wanted))
                        && wanted.group().cloudProperties().equals(vm.cloudProperties())
                        && (vm.addresses() == null
                                || vm.addresses().equals(wanted.instance().addresses())));
    }

    private static String stemcell(Plan.Wanted wanted) {
        Manifest.Stemcell stemcell = wanted.group().stemcell();
        return stemcell.os() + "/" + stemcell.version();
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
            host.createDisk(disk.cid());
        }
        Instance given = instance.with(newVm(wanted), disk).updating();
        deployments.change(deployment, before -> before.with(given));
        host.create(machine(given), given.addresses().values());
        describe(machine(given), deployment, given);
        records.publish();
        return given;
    }

    /** Whether a machine for this instance is made before its present one stops. */
    boolean swapsMachine(Plan.Wanted wanted) {
        return wanted.group().update().swapsMachines()
                && wanted.group().staticIps().isEmpty()
                && wanted.state() == State.STARTED
                && !wanted.instance().ignored()
                && wanted.instance().vm() != null
                && host.isAlive(machine(wanted.instance()))
                && (wanted.change() == Change.RECREATE || needsOtherMachine(wanted));
    }

    /** Makes such a machine, without the disk, which its instance still uses. */
    void createSwap(Instance.Vm vm) {
        // Until it has its turn the other one has the addresses.
        host.create(host.machine(vm.cid(), null), List.of());
    }

    /** Takes away those that never got their turn. */
    void discardUnused(String deployment, Collection<Instance.Vm> swaps) {
        List<Instance.Vm> used = deployments.get(deployment).instances().stream()
                .map(Instance::vm)
                .toList();
        swaps.stream()
                .filter(vm -> used.stream()
                        .noneMatch(other -> other != null && other.cid().equals(vm.cid())))
                .forEach(vm -> host.destroy(host.machine(vm.cid(), null)));
    }

    private Map<String, String> addresses(String deployment, Instance instance) {
        return deployments.get(deployment).byId(instance.id()).addresses();
    }

    /** The old machine has stopped: the disk goes to the new one, and the addresses are those of the new one. */
    private Instance swap(String deployment, Instance instance, Plan.Wanted wanted) {
        Instance.Vm old = Objects.requireNonNull(instance.vm());
        host.kill(machine(instance));
        Instance before = instance.at(addresses(deployment, instance));
        Instance moved = instance.with(Objects.requireNonNull(wanted.swap()).at(instance.addresses()), instance.disk());
        // In this order: after a crash in between the old machine is one that nobody knows, and goes.
        store(deployment, moved);
        orphanedVms.add(deployment, before, old);
        host.kill(machine(moved));
        host.create(machine(moved), moved.addresses().values());
        return moved;
    }

    Instance.Vm newVm(Plan.Wanted wanted) {
        return new Instance.Vm(
                UUID.randomUUID().toString(),
                UUID.randomUUID().toString(),
                clock.instant().truncatedTo(ChronoUnit.SECONDS).toString(),
                wanted.group().vmType(),
                stemcell(wanted),
                wanted.group().cloudProperties(),
                wanted.instance().addresses());
    }

    /** Brings an instance to what is wanted of it. */
    void update(String deployment, Plan.Wanted wanted, WatchTime watchTime, Run run) {
        switch (wanted.state()) {
            case STARTED -> start(deployment, wanted, watchTime, run);
            case STOPPED, DETACHED -> halt(deployment, wanted, run);
        }
        repairs.end(wanted.instance());
    }

    private void start(String deployment, Plan.Wanted wanted, WatchTime watchTime, Run run) {
        Instance before = wanted.instance();
        // What was stopped on purpose has nothing to stop; its steps are counted from there on.
        boolean runs = before.state() == State.STARTED;
        Instance current = before.in(State.STARTED).updating();
        store(deployment, wanted.swap() == null ? current : current.at(addresses(deployment, before)));
        boolean otherDisk = needsOtherDisk(wanted);
        boolean otherMachine = wanted.change() == Change.RECREATE || needsOtherMachine(wanted);
        if (runs) {
            stop(
                    machine(before),
                    otherMachine ? Next.DELETE_VM : Next.KEEP,
                    new Drain(
                            otherMachine || otherDisk ? "job_shutdown" : "job_changed",
                            before.configuration() == null
                                    ? "hash_new"
                                    : wanted.configuration().equals(before.configuration())
                                            ? "hash_unchanged"
                                            : "hash_changed",
                            processes.changedPackages(machine(before), wanted.jobs()),
                            diskSize(before),
                            wanted.group().persistentDiskMb()),
                    run);
        }
        if (wanted.swap() != null) {
            current = swap(deployment, current, wanted);
        } else if (otherMachine) {
            host.destroy(machine(before));
            current = ensureMachine(deployment, wanted.with(current.with(null, before.disk())));
        }
        if (otherDisk) {
            current = changeDisk(deployment, current, wanted);
        }
        Machine machine = machine(current);
        run.progress().at(runs ? 50 : 10, "installing packages");
        run.progress().at(runs ? 60 : 20, "configuring jobs");
        processes.install(machine, wanted.jobs());
        describe(machine, deployment, current);
        records.publish();
        run.progress().at(runs ? 70 : 30, "executing pre-start");
        runAll(machine, "pre-start", Map.of());
        run.progress().at(runs ? 90 : 50, "starting jobs");
        monit.start(machine);
        awaitRunning(machine, current, watchTime);
        run.progress().at(runs ? 100 : 60, "executing post-start");
        runAll(machine, "post-start", Map.of());
        store(deployment, current.updated(wanted.configuration()));
    }

    /** A stopped instance keeps the configuration that it had: its next start brings the new one. */
    private void halt(String deployment, Plan.Wanted wanted, Run run) {
        Instance instance = wanted.instance();
        boolean detached = wanted.state() == State.DETACHED;
        if (instance.vm() != null && instance.state() == State.STARTED && host.isAlive(machine(instance))) {
            store(deployment, instance.updating());
            stop(
                    machine(instance),
                    detached || run.endsMachine() ? Next.DELETE_VM : Next.KEEP,
                    Drain.shutdown(instance),
                    run);
        }
        Instance halted = instance;
        if (instance.vm() != null && detached) {
            host.destroy(machine(instance));
            halted = instance.with(null, instance.disk());
        } else if (instance.vm() != null) {
            monit.unmonitor(machine(instance));
        }
        store(deployment, settled(halted.in(wanted.state())));
        records.publish();
    }

    /** As it was, but not dirty. */
    private static Instance settled(Instance instance) {
        return new Instance(
                instance.id(),
                instance.group(),
                instance.index(),
                instance.az(),
                instance.bootstrap(),
                instance.addresses(),
                instance.vm(),
                instance.disk(),
                instance.configuration(),
                false,
                instance.state(),
                instance.ignored());
    }

    /** Whether an instance is ignored is its operator's word, also while a task works on it. */
    private void store(String deployment, Instance instance) {
        deployments.change(
                deployment,
                record ->
                        record.with(instance.ignored(record.byId(instance.id()).ignored())));
    }

    void postDeploy(Instance instance) {
        runAll(machine(instance), "post-deploy", Map.of());
    }

    /** Runs an errand's script where its job is installed. */
    ScriptResult runErrand(Instance instance, String job, BooleanSupplier cancelled) {
        return processes.runErrand(machine(instance), job, cancelled);
    }

    /** Ends a machine in order if it lives; the instance stays what it is, without one. */
    void stopAndDeleteMachine(String deployment, Instance instance, BooleanSupplier cancelled) {
        if (host.isAlive(machine(instance))) {
            stop(machine(instance), Next.DELETE_VM, Drain.shutdown(instance), Run.forced(true, cancelled));
        }
        deleteMachine(deployment, instance);
    }

    /** Takes an instance's machine away, whether it lives or not; the disk stays. */
    Instance deleteMachine(String deployment, Instance instance) {
        if (instance.vm() != null) {
            host.destroy(machine(instance));
        }
        Instance without = instance.with(null, instance.disk());
        store(deployment, without);
        records.publish();
        return without;
    }

    /** Ends an instance: its jobs are stopped in order if its machine lives; its disk becomes an orphan. */
    void delete(String deployment, Instance instance, boolean withDeployment, Run run) {
        if (instance.vm() != null) {
            Machine machine = machine(instance);
            if (host.isAlive(machine) && instance.state() == State.STARTED) {
                stop(
                        machine,
                        withDeployment ? Next.DELETE_DEPLOYMENT : Next.DELETE_INSTANCE,
                        Drain.shutdown(instance),
                        run);
            }
            host.destroy(machine);
        }
        repairs.end(instance);
        // In this order: a crash in between leaves a disk that nobody knows, which the next start finds.
        deployments.change(deployment, before -> before.without(instance.id()));
        if (instance.disk() != null) {
            orphanedDisks.add(deployment, instance, instance.disk());
        }
        records.publish();
    }

    /** What was on the disk is lost; the next deploy makes a new one. */
    void forgetDisk(String deployment, Instance instance) {
        store(deployment, instance.with(instance.vm(), null).updating());
    }

    /** Gives a stopped instance another disk; the one that it had becomes an orphan. */
    void changeDisk(String deployment, Instance instance, Instance.Disk disk) {
        boolean equipped = instance.vm() != null;
        if (equipped) {
            host.kill(machine(instance));
        }
        Instance changed = instance.with(instance.vm(), disk);
        store(deployment, changed);
        if (instance.disk() != null) {
            orphanedDisks.add(deployment, instance, instance.disk());
        }
        if (equipped) {
            host.create(machine(changed), changed.addresses().values());
        }
    }

    private void stop(Machine machine, Next next, Drain drain, Run run) {
        run.progress().at(5, "executing pre-stop");
        if (!run.skipDrain()) {
            script(run, () -> runAll(machine, "pre-stop", next.environment));
        }
        run.progress().at(10, "executing drain");
        monit.unmonitor(machine);
        if (!run.skipDrain()) {
            script(run, () -> drain(machine, next, drain, run.cancelled()));
        }
        run.progress().at(30, "stopping jobs");
        processes.stopAll(machine);
        run.progress().at(40, "executing post-stop");
        script(run, () -> runAll(machine, "post-stop", next.environment));
    }

    private static void script(Run run, Runnable scripts) {
        try {
            scripts.run();
        } catch (DirectorException failure) {
            if (!run.force()) {
                throw failure;
            }
            LOG.warn("going on past it: {}", failure.getMessage());
        }
    }

    /** A drain script prints how many seconds to wait; a negative number asks to be called again after that. */
    private void drain(Machine machine, Next next, Drain drain, BooleanSupplier cancelled) {
        Map<String, String> environment = new HashMap<>(next.environment);
        environment.putAll(drain.environment());
        List<String> jobs = processes.jobsWithScript(machine, "drain");
        List<String> failed = Parallel.filter(jobs, job -> !drains(machine, job, drain, environment, cancelled));
        if (!failed.isEmpty() && !cancelled.getAsBoolean()) {
            throw scriptsFailed("drain", jobs.size(), failed);
        }
    }

    private boolean drains(
            Machine machine, String job, Drain drain, Map<String, String> environment, BooleanSupplier cancelled) {
        String reason = drain.job();
        while (!cancelled.getAsBoolean()) {
            List<String> arguments = new ArrayList<>(List.of(reason, drain.configuration()));
            arguments.addAll(drain.packages());
            ScriptResult result = processes.runCancellable(machine, job, "drain", arguments, environment, cancelled);
            long wait;
            try {
                wait = Long.parseLong(result.standardOutput().strip());
            } catch (NumberFormatException notANumber) {
                return false;
            }
            if (result.exitCode() != 0) {
                return false;
            }
            for (long second = 0; second < Math.abs(wait) && !cancelled.getAsBoolean(); second++) {
                sleep(TimeUnit.SECONDS.toMillis(1));
            }
            if (wait >= 0) {
                return true;
            }
            reason = "job_check_status";
        }
        return true;
    }

    private void runAll(Machine machine, String script, Map<String, String> environment) {
        List<String> jobs = processes.jobsWithScript(machine, script);
        List<String> failed = Parallel.filter(
                jobs,
                job -> processes
                                .run(machine, job, script, List.of(), environment)
                                .exitCode()
                        != 0);
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
        if (watchTime.equals(NO_WAIT)) {
            return;
        }
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
        // Nothing may write while the content is copied, and the old disk goes only when the new one is in its place.
        host.destroy(old);
        if (after != null) {
            if (before == null) {
                host.createDisk(after.cid());
            } else {
                copy(before, after);
            }
        }
        Instance changed = instance.with(instance.vm(), after);
        deployments.change(deployment, record -> record.with(changed));
        host.create(machine(changed), changed.addresses().values());
        if (before != null) {
            orphanedDisks.add(deployment, instance, before);
        }
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
            int synced = new ProcessBuilder("sync", "-f", host.disk(to.cid()).toString())
                    .start()
                    .waitFor();
            if (synced != 0) {
                throw DirectorException.uncoded(
                        "Failed to migrate disk " + from.cid() + ": sync exited with " + synced);
            }
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
