package io.paddock.minidirector.deployment;

import io.paddock.minidirector.blob.Blobs;
import io.paddock.minidirector.event.Events;
import io.paddock.minidirector.lock.Locks;
import io.paddock.minidirector.machine.JobProcesses.ScriptResult;
import io.paddock.minidirector.manifest.Manifest;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.RubyText;
import io.paddock.minidirector.task.EventLog;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * Carries "run errand": a job's {@code bin/run} on every instance that has the job, or on an instance group made for it. A script that
 * fails does not fail the task: its exit code is in the result.
 */
@Component
public class ErrandTask implements TaskRunner {

    public static final String TYPE = "run_errand";
    public static final String ERRAND = "errand";
    public static final String KEEP_ALIVE = "keep-alive";
    public static final String WHEN_CHANGED = "when-changed";
    /** A JSON array of {@code {"group", "id"}}. */
    public static final String INSTANCES = "instances";

    private static final JsonMapper MAPPER = new JsonMapper();

    private final Deployments deployments;
    private final Locks locks;
    private final Planner planner;
    private final InstanceUpdater updater;
    private final PackageCompiler compiler;
    private final Blobs blobs;
    private final Events events;

    ErrandTask(
            Deployments deployments,
            Locks locks,
            Planner planner,
            InstanceUpdater updater,
            PackageCompiler compiler,
            Blobs blobs,
            Events events) {
        this.deployments = deployments;
        this.locks = locks;
        this.planner = planner;
        this.updater = updater;
        this.compiler = compiler;
        this.blobs = blobs;
        this.events = events;
    }

    @Override
    public String type() {
        return TYPE;
    }

    /** What runs where. */
    private record Errand(String job, List<Plan.Wanted> instances) {}

    @Override
    public String run(Task task, TaskLog log) {
        String name = Objects.requireNonNull(task.deployment());
        String errand = task.input().get(ERRAND);
        refuseStopped(name);
        try (Locks.Lock lock = locks.deployment(name, task, log)) {
            Errand[] found = new Errand[1];
            log.stage("Preparing deployment", 1)
                    .step("Preparing deployment", () -> found[0] = find(name, errand, task, log));
            Errand chosen = found[0];
            if (Boolean.parseBoolean(task.input().get(WHEN_CHANGED))
                    && chosen.instances().stream()
                            .allMatch(wanted -> wanted.configuration()
                                    .equals(deployments.get(name).errandRuns().get(key(errand, wanted))))) {
                return "skipped - no changes detected";
            }
            try {
                return runAll(name, errand, chosen, task, log);
            } finally {
                if (!Boolean.parseBoolean(task.input().get(KEEP_ALIVE))) {
                    takeDown(name, chosen.instances(), log);
                }
            }
        }
    }

    private String runAll(String name, String errand, Errand chosen, Task task, TaskLog log) {
        List<Plan.Wanted> equipped = bringUp(name, chosen, log, events.of(task));
        int succeeded = 0;
        int errored = 0;
        EventLog running = log.stage("Running errand", equipped.size());
        for (Plan.Wanted wanted : equipped) {
            ScriptResult[] result = new ScriptResult[1];
            running.step(
                    wanted.instance().label(),
                    () -> events.of(task)
                            .around(
                                    "run",
                                    "errand",
                                    errand,
                                    wanted.instance().name(),
                                    () -> result[0] =
                                            updater.runErrand(wanted.instance(), chosen.job(), log::isCancelling)));
            log.checkpoint();
            report(errand, chosen.job(), wanted, result[0], log);
            if (result[0].exitCode() == 0) {
                succeeded++;
                deployments.change(name, before -> before.ran(key(errand, wanted), wanted.configuration()));
            } else {
                errored++;
            }
        }
        return succeeded + " succeeded, " + errored + " errored, 0 canceled";
    }

    private void refuseStopped(String name) {
        List<String> stopped = deployments.get(name).instances().stream()
                .filter(instance -> instance.state() != Instance.State.STARTED)
                .map(instance -> "'" + instance.name() + "'")
                .toList();
        if (!stopped.isEmpty()) {
            throw new DirectorException(
                    510000,
                    "Instance(s) " + String.join(",", stopped) + " is stopped, unable to run errand. Maybe start vm?");
        }
    }

    private Errand find(String name, String errand, Task task, TaskLog log) {
        if (deployments.get(name).manifest() == null) {
            // The director's own words.
            throw new DirectorException(70000, 404, "- Deployment '' doesn't exist");
        }
        Planner.Checked checked = planner.checkDeployed(name);
        boolean isJob = planner.errandJobs(checked).contains(errand);
        Optional<Manifest.InstanceGroup> group = checked.manifest().instanceGroups().stream()
                .filter(candidate -> candidate.errand() && candidate.name().equals(errand))
                .findFirst();
        if (!isJob && group.isEmpty()) {
            throw new DirectorException(70009, 404, "Errand '" + errand + "' doesn't exist");
        }
        if (isJob && group.isPresent()) {
            log.warning("Ambiguous request: the requested errand name '" + errand
                    + "' matches both a job name and an errand instance group name. Executing errand on all relevant"
                    + " instances with job '" + errand + "'.");
        }
        log.stage("Preparing package compilation", 1).step("Finding packages to compile", () -> {});
        compiler.compile(checked.manifest().name(), planner.packages(checked), task, log);
        String job = isJob
                ? errand
                : group.orElseThrow().jobs().stream()
                        .map(Manifest.Job::name)
                        .filter(planner.errandJobs(checked)::contains)
                        .findFirst()
                        .orElseThrow(() -> new DirectorException(70009, 404, "Errand '" + errand + "' doesn't exist"));
        List<Plan.Wanted> instances = planner.plan(planner.prepare(checked), DeployOptions.none()).groups().stream()
                .filter(candidate -> isJob
                        ? candidate.group().jobs().stream()
                                .anyMatch(runs -> runs.name().equals(job))
                        : candidate.group().name().equals(errand))
                .flatMap(candidate -> candidate.instances().stream())
                .toList();
        return new Errand(job, chosen(instances, task.input().getOrDefault(INSTANCES, "[]")));
    }

    private static List<Plan.Wanted> chosen(List<Plan.Wanted> instances, String filters) {
        List<?> wanted = MAPPER.readValue(filters, List.class);
        if (wanted.isEmpty()) {
            return instances;
        }
        List<Object> unmatched = new ArrayList<>();
        Set<Plan.Wanted> chosen = new LinkedHashSet<>();
        for (Object filter : wanted) {
            List<Plan.Wanted> matching = instances.stream()
                    .filter(candidate -> matches((Map<?, ?>) filter, candidate, instances))
                    .toList();
            chosen.addAll(matching);
            if (matching.isEmpty()) {
                unmatched.add(filter);
            }
        }
        if (!unmatched.isEmpty()) {
            throw DirectorException.uncoded("No instances match selection criteria: ["
                    + String.join(
                            ", ", unmatched.stream().map(RubyText::inspect).toList())
                    + "]");
        }
        return List.copyOf(chosen);
    }

    /** "first" is the one of the group whose id is the lowest. */
    private static boolean matches(Map<?, ?> filter, Plan.Wanted candidate, List<Plan.Wanted> all) {
        Object id = filter.get("id");
        if (!candidate.group().name().equals(filter.get("group"))) {
            return false;
        }
        if (id == null || id.toString().isEmpty()) {
            return true;
        }
        if (id.equals("first")) {
            return all.stream()
                    .filter(other -> other.group().name().equals(filter.get("group")))
                    .map(other -> other.instance().id())
                    .min(Comparator.naturalOrder())
                    .filter(candidate.instance().id()::equals)
                    .isPresent();
        }
        return id.equals(candidate.instance().id())
                || id.toString().equals(Integer.toString(candidate.instance().index()));
    }

    /** Machines of errand groups are made for the run; service instances are as they are. */
    private List<Plan.Wanted> bringUp(String name, Errand errand, TaskLog log, Events.Recorder recorder) {
        List<Plan.Wanted> equipped = new ArrayList<>();
        List<Plan.Wanted> made = errand.instances().stream()
                .filter(wanted -> wanted.group().errand())
                .toList();
        EventLog creating = log.stage("Creating missing vms", (int)
                made.stream().filter(wanted -> wanted.instance().vm() == null).count());
        for (Plan.Wanted wanted : errand.instances()) {
            if (wanted.group().errand() && isMissing(wanted)) {
                creating.step(
                        wanted.instance().label(),
                        () -> equipped.add(wanted.with(updater.ensureMachine(name, wanted))));
            } else {
                equipped.add(wanted);
            }
        }
        equipped.stream()
                .map(Plan.Wanted::group)
                .filter(Manifest.InstanceGroup::errand)
                .distinct()
                .forEach(group -> {
                    List<Plan.Wanted> instances = equipped.stream()
                            .filter(wanted -> wanted.group().equals(group))
                            .toList();
                    new Rollout(updater, name, DeployOptions.none(), log, recorder)
                            .run(
                                    new Plan.Group(group, instances),
                                    // Also one that was kept alive and is as it should be.
                                    instances.stream()
                                            .filter(wanted -> !wanted.instance().ignored())
                                            .toList());
                });
        return equipped;
    }

    /** One that a lost director left dead is made anew. */
    private boolean isMissing(Plan.Wanted wanted) {
        return wanted.instance().vm() == null
                || updater.jobState(wanted.instance()).equals("unresponsive agent");
    }

    /** Machines of errand groups live for the run only; whoever runs the errand next wants them started. */
    private void takeDown(String name, List<Plan.Wanted> instances, TaskLog log) {
        instances.stream()
                .filter(wanted -> wanted.group().errand())
                .map(wanted -> deployments.get(name).byId(wanted.instance().id()))
                .filter(instance -> instance.vm() != null)
                .forEach(instance -> updater.stopAndDeleteMachine(name, instance, log::isCancelling));
    }

    private void report(String errand, String job, Plan.Wanted wanted, ScriptResult result, TaskLog log) {
        Blobs.Blob[] blob = new Blobs.Blob[1];
        log.stage("Fetching logs for " + wanted.instance().label(), 1)
                .step(
                        "Finding and packing log files",
                        () -> blob[0] =
                                blobs.pack(updater.machine(wanted.instance()).logs(), List.of(job)));
        Map<String, Object> line = new LinkedHashMap<>();
        line.put(
                "instance",
                Map.of(
                        "group",
                        wanted.instance().group(),
                        "id",
                        wanted.instance().id()));
        line.put("errand_name", errand);
        line.put("exit_code", result.exitCode());
        line.put("stdout", result.standardOutput());
        line.put("stderr", result.standardError());
        line.put("logs", Map.of("blobstore_id", blob[0].id(), "sha1", blob[0].sha1()));
        log.result(line);
    }

    private static String key(String errand, Plan.Wanted wanted) {
        return errand + "/" + wanted.instance().id();
    }
}
