package io.paddock.minidirector.deployment;

import io.paddock.minidirector.event.Events;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import org.springframework.stereotype.Component;

/** Carries "delete orphan disks"; an unknown one is fine. */
@Component
public class DeleteOrphanedDisksTask implements TaskRunner {

    public static final String TYPE = "delete_orphan_disks";
    public static final String DISK = "disk";

    private final OrphanedDisks disks;
    private final Events events;

    DeleteOrphanedDisksTask(OrphanedDisks disks, Events events) {
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
        log.stage("Deleting orphaned disks", 1)
                .step(
                        "Deleting orphaned disk " + cid,
                        () -> disks.all().stream()
                                .filter(disk -> disk.cid().equals(cid))
                                .forEach(disk -> events.of(task, disk.deployment())
                                        .around("delete", "disk", cid, disk.instance(), () -> disks.remove(disk))));
        return "orphaned disk(s) " + cid + " deleted";
    }
}
