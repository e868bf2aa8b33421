package io.paddock.minidirector.deployment;

import io.paddock.minidirector.task.EventLog;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import java.util.ArrayList;
import java.util.List;
import org.springframework.stereotype.Component;

/** Carries "create deployment": first deploys and all later ones. */
@Component
public class DeployTask implements TaskRunner {

    public static final String TYPE = "update_deployment";
    public static final String MANIFEST = "manifest";

    private final Deployments deployments;
    private final DeploymentLocks locks;
    private final Planner planner;
    private final InstanceUpdater updater;

    DeployTask(Deployments deployments, DeploymentLocks locks, Planner planner, InstanceUpdater updater) {
        this.deployments = deployments;
        this.locks = locks;
        this.planner = planner;
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
            deployments.ensure(name);
            deploy(name, task.input().get(MANIFEST), log);
        }
        return "/deployments/" + name;
    }

    private void deploy(String name, String manifest, TaskLog log) {
        EventLog preparing = log.stage("Preparing deployment", 1);
        Planner.Prepared[] prepared = new Planner.Prepared[1];
        Plan[] planned = new Plan[1];
        preparing.step("Preparing deployment", () -> prepared[0] = planner.prepare(manifest));
        deployments.change(name, before -> before.withVariables(prepared[0].variables()));
        preparing.step("Rendering templates", () -> planned[0] = planner.plan(prepared[0].manifest(), name));
        Plan plan = planned[0];
        log.stage("Preparing package compilation", 1).step("Finding packages to compile", () -> {});
        deleteSurplus(name, plan, log);
        Plan equipped = createMissingMachines(name, plan, log);
        for (Plan.Group group : equipped.groups()) {
            if (!group.group().errand()) {
                List<Plan.Wanted> changed =
                        group.instances().stream().filter(updater::needsUpdate).toList();
                new Rollout(updater, name, log).run(group, changed);
            }
        }
        equipped.groups().stream()
                .filter(group -> !group.group().errand())
                .flatMap(group -> group.instances().stream())
                .forEach(wanted -> updater.postDeploy(wanted.instance()));
        deployments.change(name, before -> before.deployed(manifest, plan.releases(), plan.stemcells()));
    }

    private void deleteSurplus(String name, Plan plan, TaskLog log) {
        for (Instance instance : plan.surplus()) {
            log.stage(
                            "Deleting unneeded instances",
                            List.of(instance.group()),
                            plan.surplus().size())
                    .step(instance.label(), () -> updater.delete(name, instance, false));
        }
    }

    private Plan createMissingMachines(String name, Plan plan, TaskLog log) {
        List<Plan.Wanted> all = plan.groups().stream()
                .filter(group -> !group.group().errand())
                .flatMap(group -> group.instances().stream())
                .toList();
        int missing = (int) all.stream().filter(this::isMissing).count();
        EventLog stage = log.stage("Creating missing vms", missing);
        List<Plan.Group> groups = new ArrayList<>();
        for (Plan.Group group : plan.groups()) {
            if (group.group().errand()) {
                continue;
            }
            List<Plan.Wanted> equipped = new ArrayList<>();
            for (Plan.Wanted wanted : group.instances()) {
                if (!isMissing(wanted)) {
                    equipped.add(wanted);
                    continue;
                }
                stage.step(
                        wanted.instance().label(),
                        () -> equipped.add(new Plan.Wanted(
                                updater.ensureMachine(name, wanted),
                                wanted.group(),
                                wanted.jobs(),
                                wanted.configuration())));
            }
            groups.add(new Plan.Group(group.group(), equipped));
        }
        return new Plan(groups, plan.surplus(), plan.releases(), plan.stemcells());
    }

    private boolean isMissing(Plan.Wanted wanted) {
        return wanted.instance().vm() == null
                || updater.jobState(wanted.instance()).equals("unresponsive agent");
    }
}
