package io.paddock.minidirector.deployment;

import io.paddock.minidirector.deployment.InstanceUpdater.Run;
import io.paddock.minidirector.deployment.Problem.Resolution;
import io.paddock.minidirector.lock.Locks;
import io.paddock.minidirector.manifest.Manifest;
import io.paddock.minidirector.manifest.UpdatePolicy;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.task.EventLog;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Carries "apply resolutions": does with each problem what the operator chose. Its input: problem id to resolution. */
@Component
public class ResolveProblemsTask implements TaskRunner {

    public static final String TYPE = "cck_apply";
    /** A JSON object of instance group to how many of its problems are solved at once. */
    public static final String OVERRIDES = "max_in_flight_overrides";

    private static final JsonMapper MAPPER = new JsonMapper();

    private final Deployments deployments;
    private final Locks locks;
    private final Planner planner;
    private final Deployed deployed;
    private final InstanceUpdater updater;
    private final Problems problems;

    ResolveProblemsTask(
            Deployments deployments,
            Locks locks,
            Planner planner,
            Deployed deployed,
            InstanceUpdater updater,
            Problems problems) {
        this.deployments = deployments;
        this.locks = locks;
        this.planner = planner;
        this.deployed = deployed;
        this.updater = updater;
        this.problems = problems;
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public String run(Task task, TaskLog log) {
        String name = Objects.requireNonNull(task.deployment());
        try (Locks.Lock lock = locks.deployment(name, task, log)) {
            Map<Problem, String> chosen = problems.of(name).stream()
                    .filter(problem -> task.input().containsKey(Long.toString(problem.id())))
                    .collect(Collectors.toMap(
                            problem -> problem, problem -> task.input().get(Long.toString(problem.id()))));
            EventLog stage = log.stage("Applying problem resolutions", chosen.size());
            chosen.keySet().stream()
                    .collect(Collectors.groupingBy(
                            problem -> problem.instance().group(), TreeMap::new, Collectors.toList()))
                    .forEach((group, found) -> Rollout.inFlight(
                            found,
                            maxInFlight(name, group, task),
                            problem -> resolve(name, problem, chosen.get(problem), stage, task, log)));
            return chosen.size() + " resolved";
        }
    }

    /** As many of a group at once as its manifest says, or the request. */
    private int maxInFlight(String name, String group, Task task) {
        if (deployments.get(name).manifest() == null) {
            return 1;
        }
        Object override = MAPPER.readValue(task.input().getOrDefault(OVERRIDES, "{}"), Map.class)
                .get(group);
        int instances = deployments.get(name).instances().size();
        return planner.checkDeployed(name).manifest().instanceGroups().stream()
                .filter(candidate -> candidate.name().equals(group))
                .map(Manifest.InstanceGroup::update)
                .map(policy -> policy.with(null, override == null ? null : override.toString(), instances))
                .findFirst()
                .map(UpdatePolicy::maxInFlight)
                .orElse(1);
    }

    private void resolve(String name, Problem problem, String choice, EventLog stage, Task task, TaskLog log) {
        Optional<Resolution> resolution = Arrays.stream(Resolution.values())
                .filter(candidate -> candidate.wireName().equals(choice))
                .findFirst();
        String title = problem.description() + " (" + problem.type().wireName() + " " + problem.id() + "): "
                + resolution.map(problem::plan).orElse("no resolution");
        try {
            stage.step(
                    title,
                    () -> apply(
                            name,
                            problem,
                            resolution.orElseThrow(() -> DirectorException.uncoded("Cannot find '" + choice
                                    + "' resolution for 'Bosh::Director::ProblemHandlers::"
                                    + problem.type().handler() + "'")),
                            task,
                            log));
        } catch (DirectorException failure) {
            throw DirectorException.uncoded("Error resolving problem '" + problem.id() + "': " + failure.getMessage());
        }
        problems.close(name, problem);
    }

    private void apply(String name, Problem problem, Resolution resolution, Task task, TaskLog log) {
        if (!isStill(name, problem)) {
            return;
        }
        switch (resolution) {
            case IGNORE -> {}
            case REBOOT_VM, RECREATE_VM -> recreate(name, problem.instance(), true, task, log);
            case RECREATE_VM_WITHOUT_WAIT -> recreate(name, problem.instance(), false, task, log);
            case DELETE_VM, DELETE_VM_REFERENCE -> updater.deleteMachine(name, problem.instance());
            case DELETE_DISK_REFERENCE -> updater.forgetDisk(name, problem.instance());
            case REATTACH_DISK, REATTACH_DISK_AND_REBOOT -> {
                // A disk is laid into a machine when that is made.
                updater.stopAndDeleteMachine(name, problem.instance(), log::isCancelling);
                recreate(name, problem.instance(), true, task, log);
            }
        }
    }

    /** Since the scan somebody else may have mended it, or taken the instance away. */
    private boolean isStill(String name, Problem problem) {
        return deployments.get(name).instances().stream()
                .anyMatch(now -> now.id().equals(problem.instance().id())
                        && !now.ignored()
                        && Objects.equals(now.vm(), problem.instance().vm())
                        && (problem.type().isOfDisk()
                                ? Objects.equals(now.disk(), problem.instance().disk())
                                : !updater.jobState(now).equals("running")));
    }

    private void recreate(String name, Instance lost, boolean wait, Task task, TaskLog log) {
        Plan.Wanted wanted = deployed.instance(name, lost.id(), task, log);
        Instance equipped = updater.ensureMachine(name, wanted);
        if (wanted.state() == Instance.State.STARTED) {
            updater.update(
                    name,
                    wanted.with(equipped),
                    wait ? wanted.group().update().updateWatchTime() : InstanceUpdater.NO_WAIT,
                    Run.quiet(log::isCancelling));
        }
    }
}
