package io.paddock.minidirector.deployment;

import io.paddock.minidirector.event.Events;
import io.paddock.minidirector.lock.Locks;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import org.springframework.stereotype.Component;

/** Carries "delete vm": takes a machine away as it is; its instance stays, without one. An unknown one is fine. */
@Component
public class DeleteVmTask implements TaskRunner {

    public static final String TYPE = "delete_vm";
    public static final String CID = "cid";

    private final Deployments deployments;
    private final Locks locks;
    private final InstanceUpdater updater;
    private final Events events;

    DeleteVmTask(Deployments deployments, Locks locks, InstanceUpdater updater, Events events) {
        this.deployments = deployments;
        this.locks = locks;
        this.updater = updater;
        this.events = events;
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public String run(Task task, TaskLog log) {
        String cid = task.input().get(CID);
        log.stage("Delete VM", 1)
                .step(
                        cid,
                        () -> events.of(task).around("delete", "vm", cid, null, () -> {
                            for (Deployment deployment : deployments.all()) {
                                deployment.instances().stream()
                                        .filter(instance -> instance.vm() != null
                                                && instance.vm().cid().equals(cid))
                                        .forEach(instance -> delete(deployment.name(), instance, cid, task, log));
                            }
                        }));
        return "vm " + cid + " deleted";
    }

    private void delete(String deployment, Instance instance, String cid, Task task, TaskLog log) {
        try (Locks.Lock lock = locks.deployment(deployment, task, log)) {
            // While this waited, the instance may have been given another one.
            deployments.get(deployment).instances().stream()
                    .filter(now -> now.id().equals(instance.id())
                            && now.vm() != null
                            && now.vm().cid().equals(cid))
                    .forEach(now -> updater.deleteMachine(deployment, now));
        }
    }
}
