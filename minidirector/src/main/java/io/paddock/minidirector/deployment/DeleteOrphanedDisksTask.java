package io.paddock.minidirector.deployment;

import io.paddock.minidirector.task.EventLog;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import java.util.List;
import org.springframework.stereotype.Component;

/** Carries "delete orphan disks"; an unknown one is fine. */
@Component
public class DeleteOrphanedDisksTask implements TaskRunner {

    public static final String TYPE = "delete_orphan_disks";
    public static final String DISK = "disk";

    private final OrphanedDisks disks;

    DeleteOrphanedDisksTask(OrphanedDisks disks) {
        this.disks = disks;
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public String run(Task task, TaskLog log) {
        List<OrphanedDisks.Orphan> wanted = disks.all().stream()
                .filter(disk -> disk.cid().equals(task.input().get(DISK)))
                .toList();
        EventLog stage = log.stage("Deleting orphaned disks", wanted.size());
        wanted.forEach(disk -> stage.step(disk.cid(), () -> disks.remove(disk)));
        return "orphaned disk(s) " + task.input().get(DISK) + " deleted";
    }
}
