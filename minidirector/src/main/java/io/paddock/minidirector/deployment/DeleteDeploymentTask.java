package io.paddock.minidirector.deployment;

import io.paddock.minidirector.task.EventLog;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import java.util.List;
import org.springframework.stereotype.Component;

/** Carries "delete deployment": machines go, disks become orphans, variables stay with the config server. */
@Component
public class DeleteDeploymentTask implements TaskRunner {

    public static final String TYPE = "delete_deployment";

    private final Deployments deployments;
    private final DeploymentLocks locks;
    private final InstanceUpdater updater;

    DeleteDeploymentTask(Deployments deployments, DeploymentLocks locks, InstanceUpdater updater) {
        this.deployments = deployments;
        this.locks = locks;
        this.updater = updater;
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public String run(Task task, TaskLog log) {
        String name = java.util.Objects.requireNonNull(task.deployment());
        try (DeploymentLocks.Lock lock = locks.acquire(name, task.id(), task.description())) {
            List<Instance> instances = deployments.get(name).instances();
            EventLog deleting = log.stage("Deleting instances", instances.size());
            instances.forEach(instance -> deleting.step(instance.label(), () -> updater.delete(name, instance, true)));
            EventLog artifacts = log.stage("Removing deployment artifacts", 3);
            artifacts.step("Detaching stemcells", () -> {});
            artifacts.step("Detaching releases", () -> {});
            log.stage("Deleting properties", 0).step("Destroying deployment", () -> deployments.remove(name));
        }
        return "/deployments/" + name;
    }
}
