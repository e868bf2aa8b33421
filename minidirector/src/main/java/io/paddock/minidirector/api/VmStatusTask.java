package io.paddock.minidirector.api;

import io.paddock.minidirector.deployment.DeploymentStatus;
import io.paddock.minidirector.deployment.Deployments;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import java.util.Objects;
import org.springframework.stereotype.Component;

/** Carries "retrieve vm-stats": one JSON object per instance, as the task's result. */
@Component
class VmStatusTask implements TaskRunner {

    static final String TYPE = "vms";
    static final String ONLY_VMS = "only_vms";

    private final Deployments deployments;
    private final DeploymentStatus status;

    VmStatusTask(Deployments deployments, DeploymentStatus status) {
        this.deployments = deployments;
        this.status = status;
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
        boolean onlyVms = Boolean.parseBoolean(task.input().get(ONLY_VMS));
        deployments.get(Objects.requireNonNull(task.deployment())).instances().stream()
                .filter(instance -> !onlyVms || instance.vm() != null)
                .map(status::full)
                .forEach(log::result);
        return "";
    }
}
