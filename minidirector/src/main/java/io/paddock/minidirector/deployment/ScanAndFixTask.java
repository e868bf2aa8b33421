package io.paddock.minidirector.deployment;

import io.paddock.minidirector.lock.Locks;
import io.paddock.minidirector.system.MinidirectorProperties;
import io.paddock.minidirector.system.Yaml;
import io.paddock.minidirector.task.EventLog;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Carries "scan and fix": gives dead instances a machine again, with the disk that they had. */
@Component
public class ScanAndFixTask implements TaskRunner {

    public static final String TYPE = "cck_scan_and_fix";
    /** A JSON object of instance group to a list of ids or indexes; without it every instance is looked at. */
    public static final String JOBS = "jobs";

    private static final JsonMapper MAPPER = new JsonMapper();

    private final Deployments deployments;
    private final Locks locks;
    private final Deployed deployed;
    private final InstanceUpdater updater;
    private final Repairs repairs;
    private final boolean withDisks;

    ScanAndFixTask(
            Deployments deployments,
            Locks locks,
            Deployed deployed,
            InstanceUpdater updater,
            Repairs repairs,
            MinidirectorProperties properties) {
        this.repairs = repairs;
        this.withDisks = properties.autoFixStatefulNodes();
        this.deployments = deployments;
        this.locks = locks;
        this.deployed = deployed;
        this.updater = updater;
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public String run(Task task, TaskLog log) {
        String name = Objects.requireNonNull(task.deployment());
        try (Locks.Lock lock = locks.deployment(name, task, log)) {
            if (deployments.get(name).manifest() == null) {
                return "scan and fix complete";
            }
            Plan plan = deployed.plan(name, task, log);
            // Machines of errands come and go.
            plan.groups().stream()
                    .filter(group -> !group.group().errand())
                    .forEach(group -> fix(name, group, task.input().get(JOBS), log));
        }
        return "scan and fix complete";
    }

    private void fix(String name, Plan.Group group, @Nullable String jobs, TaskLog log) {
        List<Plan.Wanted> dead = group.instances().stream()
                .filter(wanted -> wanted.instance().vm() != null
                        && wanted.state() == Instance.State.STARTED
                        && !wanted.instance().ignored()
                        && (withDisks || wanted.instance().disk() == null)
                        && isAskedFor(wanted.instance(), jobs)
                        && (repairs.isPending(wanted.instance())
                                || updater.jobState(wanted.instance()).equals("unresponsive agent")))
                .toList();
        EventLog stage = log.stage("Applying problem resolutions", dead.size());
        for (Plan.Wanted wanted : dead) {
            stage.step("VM for '" + wanted.instance().label() + "' missing: recreate_vm", progress -> {
                repairs.begin(wanted.instance());
                Instance equipped = updater.ensureMachine(name, wanted);
                updater.update(
                        name,
                        wanted.with(equipped),
                        group.group().update().updateWatchTime(),
                        new InstanceUpdater.Run(progress, false, log::isCancelling));
                repairs.end(wanted.instance());
            });
        }
    }

    private static boolean isAskedFor(Instance instance, @Nullable String jobs) {
        if (jobs == null) {
            return true;
        }
        List<String> wanted = Yaml.strings(MAPPER.readValue(jobs, Map.class).get(instance.group()));
        return wanted.contains(instance.id()) || wanted.contains(Integer.toString(instance.index()));
    }
}
