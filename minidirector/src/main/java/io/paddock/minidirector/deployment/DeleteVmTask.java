package io.paddock.minidirector.deployment;

import io.paddock.minidirector.event.Events;
import io.paddock.minidirector.lock.Locks;
import io.paddock.minidirector.task.EventLog;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import java.util.Optional;
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
        EventLog stage = log.stage("Delete VM", 1);
        stage.step(cid, () -> delete(cid, stage, task, log));
        return "vm " + cid + " deleted";
    }

    private void delete(String cid, EventLog stage, Task task, TaskLog log) {
        Optional<Deployment> owner = deployments.withMachine(cid);
        if (owner.isEmpty()) {
            log.warning("VM " + cid + " does not exist. Deletion is skipped");
            events.of(task).around("delete", "vm", cid, null, () -> {});
            return;
        }
        String deployment = owner.get().name();
        String instance = owner.get().withMachine(cid).map(Instance::name).orElse(null);
        events.of(task, deployment).around("delete", "vm", cid, instance, () -> {
            try (Locks.Lock lock = locks.deployment(deployment, task, log)) {
                // While this waited, the instance may have been given another one.
                deployments.get(deployment).withMachine(cid).ifPresent(now -> updater.deleteMachine(deployment, now));
            }
            // The director counts it in the same stage, beyond the stage's one step.
            stage.step("VM " + cid + " is successfully deleted", () -> {});
        });
    }
}
