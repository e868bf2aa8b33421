package io.paddock.minidirector.deployment;

import io.paddock.minidirector.event.Events;
import io.paddock.minidirector.manifest.UpdatePolicy;
import io.paddock.minidirector.task.EventLog;
import io.paddock.minidirector.task.TaskLog;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Updates the instances of a group, the zone of the bootstrap instance first, in it the bootstrap instance, then the others by id;
 * canaries before the rest. After the first failure no further one starts.
 */
final class Rollout {

    private final InstanceUpdater updater;
    private final String deployment;
    private final DeployOptions options;
    private final TaskLog log;
    private final Events.Recorder events;

    Rollout(InstanceUpdater updater, String deployment, DeployOptions options, TaskLog log, Events.Recorder events) {
        this.updater = updater;
        this.deployment = deployment;
        this.options = options;
        this.log = log;
        this.events = events;
    }

    void run(Plan.Group group, List<Plan.Wanted> changed) {
        if (changed.isEmpty()) {
            return;
        }
        String firstAz = group.instances().stream()
                .map(Plan.Wanted::instance)
                .filter(Instance::bootstrap)
                .map(Instance::az)
                .findFirst()
                .orElse("");
        SortedMap<String, List<Plan.Wanted>> byAz = new TreeMap<>(
                Comparator.comparing((String az) -> !az.equals(firstAz)).thenComparing(Comparator.naturalOrder()));
        changed.stream()
                .sorted(Comparator.comparing(
                                (Plan.Wanted wanted) -> !wanted.instance().bootstrap())
                        .thenComparing(wanted -> wanted.instance().id()))
                .forEach(wanted -> byAz.computeIfAbsent(wanted.instance().az(), az -> new ArrayList<>())
                        .add(wanted));
        UpdatePolicy policy =
                options.over(group.group().update(), group.instances().size());
        EventLog stage = log.stage("Updating instance", List.of(group.group().name()), changed.size());
        // Canaries are of the first zone only.
        int canaries = policy.canaries();
        for (List<Plan.Wanted> zone : byAz.values()) {
            int first = Math.min(canaries, zone.size());
            canaries = 0;
            inFlight(
                    zone.subList(0, first),
                    policy.maxInFlight(),
                    wanted -> stage.step(
                            wanted.instance().label() + " (canary)",
                            progress -> update(wanted, policy.canaryWatchTime(), progress)));
            inFlight(
                    zone.subList(first, zone.size()),
                    policy.maxInFlight(),
                    wanted -> stage.step(
                            wanted.instance().label(), progress -> update(wanted, policy.updateWatchTime(), progress)));
        }
    }

    private void update(Plan.Wanted wanted, UpdatePolicy.WatchTime watchTime, EventLog.Progress progress) {
        Instance instance = wanted.instance();
        events.around(
                instance.configuration() == null ? "create" : action(wanted),
                "instance",
                instance.name(),
                instance.name(),
                () -> updater.update(
                        deployment,
                        wanted,
                        watchTime,
                        new InstanceUpdater.Run(progress, options.skipsDrain(instance.group()), log::isCancelling)));
    }

    private static String action(Plan.Wanted wanted) {
        if (wanted.state() != wanted.instance().state()) {
            return wanted.state() == Instance.State.STARTED ? "start" : "stop";
        }
        return switch (wanted.change()) {
            case NONE -> "update";
            case RESTART -> "restart";
            case RECREATE -> "recreate";
        };
    }

    /** Does something for each, so many at once; after the first failure no further one starts. */
    static <T> void inFlight(List<T> instances, int atOnce, java.util.function.Consumer<T> update) {
        ExecutorService threads = Executors.newFixedThreadPool(Math.max(1, atOnce));
        AtomicBoolean failed = new AtomicBoolean();
        try {
            List<Future<?>> running = new ArrayList<>();
            for (T wanted : instances) {
                running.add(threads.submit(() -> {
                    if (failed.get()) {
                        return;
                    }
                    try {
                        update.accept(wanted);
                    } catch (RuntimeException failure) {
                        failed.set(true);
                        throw failure;
                    }
                }));
            }
            for (Future<?> instance : running) {
                instance.get();
            }
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(failure.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        } finally {
            threads.shutdown();
            awaitEnd(threads);
        }
    }

    private static void awaitEnd(ExecutorService threads) {
        try {
            threads.awaitTermination(1, java.util.concurrent.TimeUnit.HOURS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
