package io.paddock.minidirector.deployment;

import io.paddock.minidirector.system.DirectorException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.springframework.stereotype.Component;

/** One task at a time works on a deployment; another waits ten seconds for its turn and then fails. */
@Component
public class DeploymentLocks {

    private static final long WAIT_SECONDS = 10;

    private final Map<String, Held> locks = new ConcurrentHashMap<>();
    private final Clock clock;

    DeploymentLocks(Clock clock) {
        this.clock = clock;
    }

    /** @param until seconds since the epoch when the lock would expire if it were not renewed */
    public record Held(String deployment, long taskId, String description, double until) {}

    /** Held until it is closed. */
    public interface Lock extends AutoCloseable {
        @Override
        void close();
    }

    public List<Held> held() {
        return List.copyOf(locks.values());
    }

    public boolean isLocked(String deployment) {
        return locks.containsKey(deployment);
    }

    /** Takes the lock if it is free. */
    public synchronized Optional<Lock> tryAcquire(String deployment, long taskId, String description) {
        if (locks.containsKey(deployment)) {
            return Optional.empty();
        }
        locks.put(deployment, new Held(deployment, taskId, description, clock.millis() / 1000.0 + WAIT_SECONDS));
        return Optional.of(() -> release(deployment));
    }

    /** @throws DirectorException uncoded, if the lock is not free in time */
    Lock acquire(String deployment, long taskId, String description) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        while (true) {
            Optional<Lock> lock = tryAcquire(deployment, taskId, description);
            if (lock.isPresent()) {
                return lock.get();
            }
            Held holder = locks.get(deployment);
            if (holder != null && System.nanoTime() > deadline) {
                throw DirectorException.uncoded("Failed to acquire lock for lock:deployment:" + deployment + " uid: "
                        + UUID.randomUUID() + ". Locking task id is " + holder.taskId() + ", description: '"
                        + holder.description() + "'");
            }
            awaitRelease();
        }
    }

    private synchronized void release(String deployment) {
        locks.remove(deployment);
        notifyAll();
    }

    private synchronized void awaitRelease() {
        try {
            wait(TimeUnit.SECONDS.toMillis(1));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a lock", interrupted);
        }
    }
}
