package io.paddock.minidirector.deployment;

import io.paddock.minidirector.event.Events;
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
    private final DeploymentLocks locks;
    private final InstanceUpdater updater;
    private final Events events;

    DeleteVmTask(Deployments deployments, DeploymentLocks locks, InstanceUpdater updater, Events events) {
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
                                        .forEach(instance -> delete(deployment.name(), instance, task));
                            }
                        }));
        return "vm " + cid + " deleted";
    }

    private void delete(String deployment, Instance instance, Task task) {
        try (DeploymentLocks.Lock lock = locks.acquire(deployment, task.id(), task.description())) {
            updater.deleteMachine(deployment, deployments.get(deployment).byId(instance.id()));
        }
    }
}
