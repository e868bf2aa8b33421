package io.paddock.minidirector.deployment;

import io.paddock.minidirector.config.Config;
import io.paddock.minidirector.event.Events;
import io.paddock.minidirector.lock.Locks;
import io.paddock.minidirector.manifest.Manifest;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.task.EventLog;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** Carries "create deployment": first deploys, all later ones, and changes of state, which deploy what is deployed again. */
@Component
public class DeployTask implements TaskRunner {

    public static final String TYPE = "update_deployment";
    public static final String MANIFEST = "manifest";
    /** Whether there was no such deployment before the request. */
    public static final String NEW = "new";
    /** Teams that own the deployment if it is new, between commas. */
    public static final String TEAMS = "teams";

    private final Deployments deployments;
    private final Locks locks;
    private final Planner planner;
    private final InstanceUpdater updater;
    private final PackageCompiler compiler;
    private final LinkRegister links;
    private final Events events;

    DeployTask(
            Deployments deployments,
            Locks locks,
            Planner planner,
            InstanceUpdater updater,
            PackageCompiler compiler,
            LinkRegister links,
            Events events) {
        this.compiler = compiler;
        this.links = links;
        this.deployments = deployments;
        this.locks = locks;
        this.planner = planner;
        this.updater = updater;
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
            deployments.ensure(name, teams(task));
            recorder.note("acquire", "lock", "lock:deployment:" + name);
            Map<String, Object> context = new LinkedHashMap<>();
            String action = Boolean.parseBoolean(task.input().get(NEW)) ? "create" : "update";
            DeployOptions options = DeployOptions.of(task.input());
            try {
                deploy(name, task, options, context, log, recorder);
            } catch (RuntimeException failure) {
                recorder.ended(action, "deployment", name, String.valueOf(failure.getMessage()), context);
                throw failure;
            }
            if (!options.dryRun()) {
                recorder.ended(action, "deployment", name, null, context);
            }
            recorder.note("release", "lock", "lock:deployment:" + name);
        }
        return "/deployments/" + name;
    }

    /** @param context of the deployment's events, filled as soon as it is known what will be deployed */
    private void deploy(
            String name,
            Task task,
            DeployOptions options,
            Map<String, Object> context,
            TaskLog log,
            Events.Recorder recorder) {
        Deployment previous = deployments.get(name);
        String manifest = task.input().get(MANIFEST);
        List<Config> cloudConfigs = planner.cloudConfigs(name, options);
        deployments.change(
                name,
                before -> before.under(
                        cloudConfigs.stream().map(Config::id).sorted().toList()));
        Planner.Checked checked = bind(name, manifest, cloudConfigs, task, log);
        options.target().ifPresent(DeployOptions.Target::check);
        EventLog preparing = log.stage("Preparing deployment", 1);
        Planner.Prepared[] prepared = new Planner.Prepared[1];
        preparing.step("Preparing deployment", () -> {
            options.target().ifPresent(target -> refuseIgnored(name, target));
            refuseWithoutIgnored(name, checked);
            prepared[0] = planner.prepare(checked);
        });
        context.put("before", used(previous));
        context.put("after", used(deployments.get(name)));
        if (deployments.get(name).instances().stream().anyMatch(Instance::ignored)) {
            log.warning("You have ignored instances. They will not be changed.");
        }
        Plan[] planned = new Plan[1];
        preparing.step("Rendering templates", () -> planned[0] = planner.plan(prepared[0], options));
        Plan plan = planned[0];
        if (options.dryRun()) {
            return;
        }
        log.stage("Preparing package compilation", 1).step("Finding packages to compile", () -> {});
        links.update(name, checked.links());
        compiler.compile(name, planner.packages(checked), task, log);
        deleteSurplus(name, plan, options, log, recorder);
        Map<String, Instance.Vm> swaps = new ConcurrentHashMap<>();
        Plan equipped;
        try {
            equipped = createMachines(name, prepared[0], plan, options, swaps, log);
            roll(name, equipped, options, log, recorder);
        } finally {
            updater.discardUnused(name, swaps.values());
            planner.settled(name);
        }
        List<Instance> deployed = equipped.deployed().stream()
                .map(wanted -> deployments
                        .get(name)
                        .instance(wanted.instance().group(), wanted.instance().index()))
                .flatMap(java.util.Optional::stream)
                .filter(instance ->
                        instance.vm() != null && instance.state() == Instance.State.STARTED && !instance.ignored())
                .toList();
        Rollout.inFlight(deployed, deployed.size(), updater::postDeploy);
        deployments.change(name, before -> before.deployed(manifest, plan.releases(), plan.stemcells()));
    }

    private static Map<String, Object> used(Deployment deployment) {
        Map<String, Object> used = new LinkedHashMap<>();
        if (!deployment.releases().isEmpty()) {
            used.put("releases", deployment.releases());
        }
        if (!deployment.stemcells().isEmpty()) {
            used.put("stemcells", deployment.stemcells());
        }
        return used;
    }

    private static List<String> teams(Task task) {
        String teams = task.input().getOrDefault(TEAMS, "");
        return teams.isEmpty() ? List.of() : List.of(teams.split(","));
    }

    /** Nobody deletes a release between the moment in which it is found and the one in which the deployment is known to use it. */
    private Planner.Checked bind(String name, String manifest, List<Config> cloudConfigs, Task task, TaskLog log) {
        Deque<Locks.Lock> held = new ArrayDeque<>();
        try {
            planner.check(manifest, cloudConfigs).manifest().releases().stream()
                    .map(Manifest.Release::name)
                    .distinct()
                    .sorted()
                    .forEach(release -> held.push(locks.acquire(task, log, Locks.Kind.RELEASE, release)));
            Planner.Checked checked = planner.check(manifest, cloudConfigs);
            deployments.change(name, before -> before.using(planner.releases(checked), planner.stemcells(checked)));
            return checked;
        } finally {
            held.forEach(Locks.Lock::close);
        }
    }

    private void refuseIgnored(String name, DeployOptions.Target target) {
        deployments.get(name).instances().stream()
                .filter(instance -> instance.ignored() && !target.instance().isEmpty() && target.hits(instance))
                .findFirst()
                .ifPresent(instance -> {
                    throw new DirectorException(
                            140021,
                            "You are trying to change the state of the ignored instance '" + instance.name()
                                    + "'. This operation is not allowed. You need to unignore it first.");
                });
    }

    private void refuseWithoutIgnored(String name, Planner.Checked checked) {
        for (Instance instance : deployments.get(name).instances()) {
            boolean stays = checked.manifest().instanceGroups().stream()
                    .anyMatch(group -> group.name().equals(instance.group()) && instance.index() < group.instances());
            if (instance.ignored() && !stays) {
                throw new DirectorException(
                        190021,
                        "In instance group '" + instance.group()
                                + "', an attempt was made to delete an ignored instance. This operation is not"
                                + " allowed.");
            }
        }
    }

    /** Consecutive groups that are not serial go together. */
    private void roll(String name, Plan plan, DeployOptions options, TaskLog log, Events.Recorder recorder) {
        Rollout rollout = new Rollout(updater, name, options, log, recorder);
        List<Plan.Group> together = new ArrayList<>();
        for (Plan.Group group : plan.groups()) {
            if (group.group().update().serial()) {
                rollTogether(rollout, together);
                together.clear();
                roll(rollout, group);
            } else {
                together.add(group);
            }
        }
        rollTogether(rollout, together);
    }

    private void rollTogether(Rollout rollout, List<Plan.Group> groups) {
        Rollout.inFlight(groups, Math.max(1, groups.size()), group -> roll(rollout, group));
    }

    private void roll(Rollout rollout, Plan.Group group) {
        if (group.isDeployed()) {
            rollout.run(
                    group,
                    group.instances().stream()
                            .filter(wanted -> group.group().errand()
                                    // The director updates these whether anything changed or not.
                                    ? !wanted.instance().ignored()
                                    : updater.needsUpdate(wanted))
                            .toList());
        }
    }

    /** Before anything else changes, as many at once as may be in flight. */
    private void deleteSurplus(String name, Plan plan, DeployOptions options, TaskLog log, Events.Recorder recorder) {
        if (plan.surplus().isEmpty()) {
            return;
        }
        Map<String, List<Instance>> byGroup = new java.util.LinkedHashMap<>();
        plan.surplus()
                .forEach(instance -> byGroup.computeIfAbsent(instance.group(), group -> new ArrayList<>())
                        .add(instance));
        byGroup.forEach((group, instances) -> {
            EventLog stage = log.stage("Deleting unneeded instances", List.of(group), instances.size());
            int atOnce = plan.groups().stream()
                    .filter(kept -> kept.group().name().equals(group))
                    .mapToInt(kept -> options.over(kept.group().update(), instances.size())
                            .maxInFlight())
                    .findFirst()
                    .orElse(1);
            Rollout.inFlight(
                    instances,
                    atOnce,
                    instance -> stage.step(
                            instance.label(),
                            progress -> recorder.around(
                                    "delete",
                                    "instance",
                                    instance.name(),
                                    instance.name(),
                                    () -> updater.delete(
                                            name,
                                            instance,
                                            false,
                                            new InstanceUpdater.Run(
                                                    (percent, status) -> {},
                                                    options.skipsDrain(group),
                                                    log::isCancelling)))));
        });
    }

    /**
     * Machines for those that have none, and those that will take another's place: what moves there has other addresses, so it is rendered
     * again.
     *
     * @param swaps filled with the machines that wait for their turn, by the instance's id
     */
    private Plan createMachines(
            String name,
            Planner.Prepared prepared,
            Plan plan,
            DeployOptions options,
            Map<String, Instance.Vm> swaps,
            TaskLog log) {
        List<Plan.Wanted> missing =
                plan.deployed().stream().filter(this::isMissing).toList();
        List<Plan.Wanted> swapped =
                plan.deployed().stream().filter(updater::swapsMachine).toList();
        List<Plan.Wanted> all =
                Stream.concat(missing.stream(), swapped.stream()).toList();
        EventLog stage = log.stage("Creating missing vms", all.size());
        Map<String, Instance> made = new ConcurrentHashMap<>();
        Rollout.inFlight(
                all,
                Math.max(1, all.size()),
                wanted -> stage.step(wanted.instance().label(), () -> {
                    if (swapped.contains(wanted)) {
                        Instance.Vm swap = updater.newVm(wanted);
                        swaps.put(wanted.instance().id(), swap);
                        updater.createSwap(swap);
                    } else {
                        made.put(wanted.instance().id(), updater.ensureMachine(name, wanted));
                    }
                }));
        Plan rendered = swaps.isEmpty() ? plan : planner.plan(planner.moved(prepared, swaps.keySet()), options);
        return rendered.with(wanted -> {
            String id = wanted.instance().id();
            return swaps.containsKey(id)
                    ? wanted.swappingTo(swaps.get(id))
                    : wanted.with(made.getOrDefault(id, wanted.instance()));
        });
    }

    private boolean isMissing(Plan.Wanted wanted) {
        return !wanted.instance().ignored()
                && wanted.state() != Instance.State.DETACHED
                && (wanted.instance().vm() == null
                        || updater.jobState(wanted.instance()).equals("unresponsive agent"));
    }
}
