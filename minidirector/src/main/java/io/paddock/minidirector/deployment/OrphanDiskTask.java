package io.paddock.minidirector.deployment;

import io.paddock.minidirector.event.Events;
import io.paddock.minidirector.lock.Locks;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Carries "orphan disk": takes a disk from its instance, which gets an empty one with the next deploy. An unknown one is fine. */
@Component
public class OrphanDiskTask implements TaskRunner {

    public static final String TYPE = "orphan_disk";
    public static final String DISK = "disk";

    private final Deployments deployments;
    private final Locks locks;
    private final InstanceUpdater updater;
    private final OrphanedDisks disks;
    private final Events events;

    OrphanDiskTask(Deployments deployments, Locks locks, InstanceUpdater updater, OrphanedDisks disks, Events events) {
        this.deployments = deployments;
        this.locks = locks;
        this.updater = updater;
        this.disks = disks;
        this.events = events;
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public String run(Task task, TaskLog log) {
        String cid = task.input().get(DISK);
        log.stage("Orphan disk", 1).step(cid, () -> {
            Optional<Deployment> owner = deployments.withDisk(cid);
            if (owner.isEmpty()) {
                log.warning("Disk " + cid + " does not exist. Orphaning is skipped");
                return;
            }
            String deployment = owner.get().name();
            try (Locks.Lock lock = locks.deployment(deployment, task, log)) {
                // While this waited, the instance may have been given another one.
                deployments.get(deployment).withDisk(cid).ifPresent(instance -> orphan(task, deployment, instance));
            }
        });
        return "disk " + cid + " orphaned";
    }

    private void orphan(Task task, String deployment, Instance instance) {
        Instance.Disk disk = instance.disk();
        if (disk != null) {
            events.of(task, deployment).around("orphan", "disk", disk.cid(), instance.name(), () -> {
                // In this order: a crash in between leaves a disk that nobody knows, which the next start finds.
                updater.forgetDisk(deployment, instance);
                disks.add(deployment, instance, disk);
            });
        }
    }
}
