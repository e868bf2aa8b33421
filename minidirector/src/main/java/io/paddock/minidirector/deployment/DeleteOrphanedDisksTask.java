package io.paddock.minidirector.deployment;

import io.paddock.minidirector.task.EventLog;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import java.util.List;
import org.springframework.stereotype.Component;

/** Carries "delete orphan disks" and "clean up": one orphaned disk, all of them and the machines, or the machines only; an unknown one is fine. */
@Component
public class DeleteOrphanedDisksTask implements TaskRunner {

    public static final String TYPE = "delete_orphan_disks";
    public static final String DISK = "disk";
    public static final String ALL = "all";
    /** Whether orphaned machines go as well. */
    public static final String VMS = "vms";

    private final OrphanedDisks disks;
    private final OrphanedVms vms;

    DeleteOrphanedDisksTask(OrphanedDisks disks, OrphanedVms vms) {
        this.vms = vms;
        this.disks = disks;
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public String run(Task task, TaskLog log) {
        if (task.input().containsKey(VMS)) {
            log.stage("Deleting orphaned vms", vms.all().size()).step("orphaned vms", vms::removeAll);
        }
        List<OrphanedDisks.Orphan> wanted = disks.all().stream()
                .filter(disk -> task.input().containsKey(ALL)
                        || disk.cid().equals(task.input().get(DISK)))
                .toList();
        EventLog stage = log.stage("Deleting orphaned disks", wanted.size());
        wanted.forEach(disk -> stage.step(disk.cid(), () -> disks.remove(disk)));
        return wanted.size() == 1
                ? "orphaned disk(s) " + wanted.get(0).cid() + " deleted"
                : wanted.size() + " orphaned disk(s) deleted";
    }
}
