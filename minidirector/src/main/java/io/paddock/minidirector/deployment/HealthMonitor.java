package io.paddock.minidirector.deployment;

import io.paddock.minidirector.lock.Locks;
import io.paddock.minidirector.machine.JobProcesses;
import io.paddock.minidirector.machine.Machine;
import io.paddock.minidirector.machine.MachineHost;
import io.paddock.minidirector.machine.Monit;
import io.paddock.minidirector.system.JsonFile;
import io.paddock.minidirector.system.MinidirectorProperties;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskQueue;
import io.paddock.minidirector.task.TaskStore;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.annotation.Order;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Looks after machines while nobody asks: dead processes are started, dead machines resurrected, unless that is paused. */
@Component
public class HealthMonitor {

    private static final Logger LOG = LoggerFactory.getLogger(HealthMonitor.class);

    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(30);

    /** The file's content. */
    record Resurrection(boolean paused) {}

    private final Deployments deployments;
    private final Locks locks;
    private final InstanceUpdater updater;
    private final Repairs repairs;
    private final MachineHost host;
    private final Monit monit;
    private final JobProcesses processes;
    private final OrphanedDisks orphanedDisks;
    private final OrphanedVms orphanedVms;
    private final TaskQueue queue;
    private final TaskStore tasks;
    private final JsonFile<Resurrection> file;
    private final Clock clock;
    private final boolean withDisks;
    /** Machines that the last repair of a deployment was for: those that it did not mend are not tried again at once. */
    private final Map<String, Set<String>> tried = new ConcurrentHashMap<>();

    private volatile boolean paused;
    private volatile boolean ready;

    HealthMonitor(
            Deployments deployments,
            Locks locks,
            InstanceUpdater updater,
            Repairs repairs,
            MachineHost host,
            Monit monit,
            JobProcesses processes,
            OrphanedDisks orphanedDisks,
            OrphanedVms orphanedVms,
            TaskQueue queue,
            TaskStore tasks,
            MinidirectorProperties properties,
            Clock clock) {
        this.clock = clock;
        this.withDisks = properties.autoFixStatefulNodes();
        this.deployments = deployments;
        this.locks = locks;
        this.updater = updater;
        this.repairs = repairs;
        this.host = host;
        this.monit = monit;
        this.processes = processes;
        this.orphanedDisks = orphanedDisks;
        this.orphanedVms = orphanedVms;
        this.queue = queue;
        this.tasks = tasks;
        this.file = new JsonFile<>(properties.stateDirectory().resolve("resurrection.json"), Resurrection.class);
        this.paused = file.read().map(Resurrection::paused).orElse(false);
    }

    public boolean isResurrectionPaused() {
        return paused;
    }

    public void pauseResurrection(boolean pause) {
        file.write(new Resurrection(pause));
        paused = pause;
    }

    /** After a restart, before waiting tasks go on: removes what the last director left half done. */
    @EventListener(ApplicationReadyEvent.class)
    @Order(0)
    void cleanUp() {
        deployments.all().forEach(this::forgetCompilation);
        Set<String> known = deployments.all().stream()
                .flatMap(deployment -> deployment.instances().stream())
                .filter(instance -> instance.vm() != null)
                .map(instance -> instance.vm().cid())
                .collect(Collectors.toSet());
        orphanedVms.removeAll();
        host.existing().stream()
                .filter(cid -> !known.contains(cid))
                .forEach(cid -> host.destroy(host.machine(cid, null)));
        instances(machine -> {
            try {
                if (host.isAlive(machine)) {
                    processes.killStrays(machine);
                }
            } catch (RuntimeException failure) {
                LOG.warn("machine {}: strays of the last director are left: {}", machine.cid(), failure.toString());
            }
        });
        orphanedDisks.adopt();
        orphanedDisks.removeExpired();
        ready = true;
    }

    /** What compiled packages when the last director died. */
    private void forgetCompilation(Deployment deployment) {
        deployment.instances().stream()
                .filter(instance -> instance.group().startsWith(PackageCompiler.GROUP_PREFIX))
                .forEach(instance -> deployments.change(deployment.name(), before -> before.without(instance.id())));
    }

    @Scheduled(fixedDelayString = "${minidirector.supervise-interval:1s}")
    void look() {
        if (!ready) {
            return;
        }
        orphanedDisks.removeExpired();
        orphanedVms.removeExpired();
        for (Deployment deployment : deployments.all()) {
            Set<String> lost = new TreeSet<>();
            for (Instance instance : deployment.instances()) {
                if (instance.vm() == null) {
                    continue;
                }
                Machine machine = updater.machine(instance);
                boolean dead = !host.isAlive(machine);
                if (!dead && !repairs.isPending(instance)) {
                    supervise(machine);
                } else if (!instance.ignored()
                        && (withDisks || instance.disk() == null)
                        && (repairs.isPending(instance) || monit.isMonitored(machine))
                        // Machines of errands come and go. Last, since it reads the manifest.
                        && !deployment.errandGroups().contains(instance.group())) {
                    lost.add(instance.vm().cid());
                }
            }
            if (!lost.isEmpty() && !paused && !locks.isDeploymentLocked(deployment.name())) {
                resurrect(deployment.name(), lost);
            }
        }
    }

    private void supervise(Machine machine) {
        try {
            monit.supervise(machine);
        } catch (RuntimeException failure) {
            LOG.warn("machine {} could not be looked after, trying again: {}", machine.cid(), failure.toString());
        }
    }

    private void resurrect(String deployment, Set<String> lost) {
        long tooSoon = clock.instant().minus(PAUSE_AFTER_FAILURE).getEpochSecond();
        boolean wait = tasks.newestFirst().stream()
                .filter(task -> deployment.equals(task.deployment()))
                .anyMatch(task -> task.state().isRunning()
                        || task.type().equals(ScanAndFixTask.TYPE)
                                && (task.state() != Task.State.DONE || lost.equals(tried.get(deployment)))
                                && task.createdAt() > tooSoon);
        if (!wait) {
            LOG.warn("deployment {}: a machine is dead, recreating it", deployment);
            tried.put(deployment, lost);
            queue.submit(ScanAndFixTask.TYPE, "scan and fix", "hm", deployment, "", Map.of());
        }
    }

    private void instances(java.util.function.Consumer<Machine> work) {
        deployments.all().stream()
                .flatMap(deployment -> deployment.instances().stream())
                .filter(instance -> instance.vm() != null)
                .map(updater::machine)
                .forEach(work);
    }
}
