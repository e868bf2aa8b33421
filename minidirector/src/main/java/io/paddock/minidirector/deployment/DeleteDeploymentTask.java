package io.paddock.minidirector.deployment;

import io.paddock.minidirector.event.Events;
import io.paddock.minidirector.lock.Locks;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.task.EventLog;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import java.util.List;
import java.util.Objects;
import org.springframework.stereotype.Component;

/** Carries "delete deployment": machines go, disks become orphans, variables stay with the config server. */
@Component
public class DeleteDeploymentTask implements TaskRunner {

    public static final String TYPE = "delete_deployment";
    public static final String FORCE = "force";

    private final Deployments deployments;
    private final Locks locks;
    private final InstanceUpdater updater;
    private final Problems problems;
    private final LinkRegister links;
    private final Events events;

    DeleteDeploymentTask(
            Deployments deployments,
            Locks locks,
            InstanceUpdater updater,
            Problems problems,
            LinkRegister links,
            Events events) {
        this.deployments = deployments;
        this.locks = locks;
        this.updater = updater;
        this.problems = problems;
        this.links = links;
        this.events = events;
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public String run(Task task, TaskLog log) {
        String name = Objects.requireNonNull(task.deployment());
        Events.Recorder recorder = events.of(task);
        try (Locks.Lock lock = locks.deployment(name, task, log)) {
            List<Instance> instances = deployments.get(name).instances();
            if (instances.stream().anyMatch(Instance::ignored)) {
                throw new DirectorException(
                        190021,
                        "You are trying to delete deployment '" + name
                                + "', which contains ignored instance(s). Operation not allowed.");
            }
            recorder.around("delete", "deployment", name, null, () -> delete(name, instances, task, log, recorder));
        }
        return "/deployments/" + name;
    }

    private void delete(String name, List<Instance> instances, Task task, TaskLog log, Events.Recorder recorder) {
        InstanceUpdater.Run run =
                InstanceUpdater.Run.forced(Boolean.parseBoolean(task.input().get(FORCE)), log::isCancelling);
        EventLog deleting = log.stage("Deleting instances", instances.size());
        Rollout.inFlight(
                instances,
                Math.max(1, instances.size()),
                instance -> deleting.step(
                        instance.label(),
                        progress -> recorder.around(
                                "delete",
                                "instance",
                                instance.name(),
                                instance.name(),
                                () -> updater.delete(name, instance, true, run))));
        EventLog artifacts = log.stage("Removing deployment artifacts", 3);
        artifacts.step("Detaching stemcells", () -> {});
        artifacts.step("Detaching releases", () -> {});
        EventLog properties = log.stage("Deleting properties", 0);
        properties.step("Deleting dynamic disks", () -> {});
        properties.step("Destroying deployment", () -> {
            deployments.remove(name);
            problems.forget(name);
            links.forget(name);
        });
    }
}
