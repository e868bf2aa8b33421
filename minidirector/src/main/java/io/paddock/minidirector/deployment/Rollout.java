package io.paddock.minidirector.deployment;

import io.paddock.minidirector.manifest.UpdatePolicy;
import io.paddock.minidirector.task.EventLog;
import io.paddock.minidirector.task.TaskLog;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/** Updates the instances of a group: canaries first, then the others; after the first failure no further one starts. */
final class Rollout {

    private final InstanceUpdater updater;
    private final String deployment;
    private final TaskLog log;

    Rollout(InstanceUpdater updater, String deployment, TaskLog log) {
        this.updater = updater;
        this.deployment = deployment;
        this.log = log;
    }

    void run(Plan.Group group, List<Plan.Wanted> changed) {
        if (changed.isEmpty()) {
            return;
        }
        List<Plan.Wanted> ordered = changed.stream()
                .sorted(Comparator.comparing(
                                (Plan.Wanted wanted) -> !wanted.instance().bootstrap())
                        .thenComparing(wanted -> wanted.instance().az())
                        .thenComparing(wanted -> wanted.instance().id()))
                .toList();
        UpdatePolicy policy = group.group().update();
        EventLog stage = log.stage("Updating instance", List.of(group.group().name()), ordered.size());
        int canaries = Math.min(policy.canaries(), ordered.size());
        inFlight(
                ordered.subList(0, canaries),
                policy.maxInFlight(),
                wanted -> stage.step(
                        wanted.instance().label() + " (canary)",
                        progress -> updater.update(deployment, wanted, policy.canaryWatchTime(), progress)));
        inFlight(
                ordered.subList(canaries, ordered.size()),
                policy.maxInFlight(),
                wanted -> stage.step(
                        wanted.instance().label(),
                        progress -> updater.update(deployment, wanted, policy.updateWatchTime(), progress)));
    }

    private static void inFlight(
            List<Plan.Wanted> instances, int atOnce, java.util.function.Consumer<Plan.Wanted> update) {
        ExecutorService threads = Executors.newFixedThreadPool(Math.max(1, atOnce));
        AtomicBoolean failed = new AtomicBoolean();
        try {
            List<Future<?>> running = new ArrayList<>();
            for (Plan.Wanted wanted : instances) {
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
