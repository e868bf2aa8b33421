package io.paddock.minidirector.deployment;

import io.paddock.minidirector.lock.Locks;
import io.paddock.minidirector.machine.Machine;
import io.paddock.minidirector.machine.MachineHost;
import io.paddock.minidirector.task.EventLog;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.springframework.stereotype.Component;

/** Carries "scan cloud": finds machines that are gone or do not answer, and disks that are gone or not mounted. */
@Component
public class ScanTask implements TaskRunner {

    public static final String TYPE = "cck_scan";

    private final Deployments deployments;
    private final Locks locks;
    private final InstanceUpdater updater;
    private final MachineHost host;
    private final Problems problems;

    ScanTask(Deployments deployments, Locks locks, InstanceUpdater updater, MachineHost host, Problems problems) {
        this.deployments = deployments;
        this.locks = locks;
        this.updater = updater;
        this.host = host;
        this.problems = problems;
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public boolean isUrgent() {
        return true;
    }

    @Override
    public String run(Task task, TaskLog log) {
        String name = Objects.requireNonNull(task.deployment());
        try (Locks.Lock lock = locks.deployment(name, task, log)) {
            Deployment deployment = deployments.get(name);
            // Machines of errands come and go.
            Set<String> errands = deployment.errandGroups();
            List<Instance> instances = deployment.instances().stream()
                    .filter(instance ->
                            instance.vm() != null && !instance.ignored() && !errands.contains(instance.group()))
                    .toList();
            Map<Instance, Problem.Type> wrong = new LinkedHashMap<>();
            EventLog vms = log.stage("Scanning " + instances.size() + " VMs", 2);
            vms.step("Checking VM states", () -> instances.forEach(instance -> check(instance, wrong)));
            long missing = wrong.values().stream()
                    .filter(type -> type == Problem.Type.MISSING_VM)
                    .count();
            vms.step(
                    (instances.size() - wrong.size()) + " OK, " + (wrong.size() - missing) + " unresponsive, " + missing
                            + " missing, 0 unbound",
                    () -> {});
            List<Instance> withDisk = instances.stream()
                    .filter(instance -> instance.disk() != null)
                    .toList();
            Map<Instance, Problem.Type> wrongDisks = new LinkedHashMap<>();
            EventLog persistent = log.stage("Scanning " + withDisk.size() + " persistent disks", 2);
            persistent.step(
                    "Looking for inactive disks", () -> withDisk.forEach(instance -> checkDisk(instance, wrongDisks)));
            long missingDisks = wrongDisks.values().stream()
                    .filter(type -> type == Problem.Type.MISSING_DISK)
                    .count();
            persistent.step(
                    (withDisk.size() - wrongDisks.size()) + " OK, " + missingDisks + " missing, 0 inactive, "
                            + (wrongDisks.size() - missingDisks) + " mount-info mismatch",
                    () -> {});
            wrongDisks.forEach(wrong::putIfAbsent);
            problems.replace(name, wrong);
        }
        return "scan complete";
    }

    /** A machine without a directory is one that somebody took away; one with a directory does not answer. */
    private void check(Instance instance, Map<Instance, Problem.Type> wrong) {
        if (!host.existing().contains(Objects.requireNonNull(instance.vm()).cid())) {
            wrong.put(instance, Problem.Type.MISSING_VM);
        } else if (!host.isAlive(updater.machine(instance))) {
            wrong.put(instance, Problem.Type.UNRESPONSIVE_AGENT);
        }
    }

    /** Disks of instances have one state here: in use. */
    private void checkDisk(Instance instance, Map<Instance, Problem.Type> wrong) {
        Machine machine = updater.machine(instance);
        if (!Files.isDirectory(Objects.requireNonNull(machine.disk()))) {
            wrong.put(instance, Problem.Type.MISSING_DISK);
        } else if (host.isAlive(machine) && !host.hasDiskMounted(machine)) {
            wrong.put(instance, Problem.Type.MOUNT_INFO_MISMATCH);
        }
    }
}
