package io.paddock.minidirector.deployment;

import io.paddock.minidirector.lock.Locks;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import java.util.Objects;
import org.springframework.stereotype.Component;

/** Carries "attach disk": a stopped instance gets another disk, such as an orphaned one; the one that it had becomes an orphan. */
@Component
public class AttachDiskTask implements TaskRunner {

    public static final String TYPE = "attach_disk";
    public static final String DISK = "disk";
    public static final String GROUP = "group";
    public static final String INSTANCE = "instance";

    private final Deployments deployments;
    private final Locks locks;
    private final InstanceUpdater updater;
    private final OrphanedDisks orphanedDisks;

    AttachDiskTask(Deployments deployments, Locks locks, InstanceUpdater updater, OrphanedDisks orphanedDisks) {
        this.deployments = deployments;
        this.locks = locks;
        this.updater = updater;
        this.orphanedDisks = orphanedDisks;
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public String run(Task task, TaskLog log) {
        String name = Objects.requireNonNull(task.deployment());
        String disk = task.input().get(DISK);
        String id = task.input().get(INSTANCE);
        try (Locks.Lock lock = locks.deployment(name, task, log)) {
            Instance instance = deployments.get(name).instances().stream()
                    .filter(candidate -> candidate.id().equals(id)
                            && candidate.group().equals(task.input().get(GROUP)))
                    .findFirst()
                    .orElseThrow(() -> new DirectorException(
                            520001,
                            "Instance '" + task.input().get(GROUP) + "/" + id + "' in deployment '" + name
                                    + "' was not found"));
            if (instance.disk() == null) {
                throw new DirectorException(
                        520002,
                        "Job '" + instance.group()
                                + "' is not configured with a persistent disk, so there is nothing to" + " replace");
            }
            if (instance.state() == Instance.State.STARTED) {
                throw new DirectorException(
                        520003,
                        "Instance '" + instance.name() + "' in deployment '" + name
                                + "' must be in 'bosh stopped' state");
            }
            orphanedDisks.give(disk, given -> updater.changeDisk(name, instance, given));
        }
        return "attached disk '" + disk + "' to '" + task.input().get(GROUP) + "/" + id + "' in deployment '" + name
                + "'";
    }
}
