package io.paddock.minidirector.lock;

import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/** One task at a time has a lock; another waits for its turn as long as that kind of lock is waited for, and then fails. */
@Component
public class Locks {

    /** A holder renews its lock; one that died would lose it after that. */
    private static final Duration VALIDITY = Duration.ofSeconds(10);

    /** A task that is cancelled stops waiting that much later. */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

    private final Map<String, Held> locks = new ConcurrentHashMap<>();
    private final Clock clock;

    Locks(Clock clock) {
        this.clock = clock;
    }

    /** What is locked; each kind is waited for in its own way. */
    public enum Kind {
        DEPLOYMENT(Duration.ofSeconds(10)),
        RELEASE(Duration.ofMinutes(5)),
        COMPILE(Duration.ofMinutes(15)),
        STEMCELL(Duration.ofSeconds(10));

        private final Duration patience;

        Kind(Duration patience) {
            this.patience = patience;
        }

        public String wireName() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** @param resource what it is called, in parts */
    public record Held(Kind kind, List<String> resource, long taskId, String description) {}

    /** Held until it is closed. */
    public interface Lock extends AutoCloseable {
        @Override
        void close();
    }

    public List<Held> held() {
        return List.copyOf(locks.values());
    }

    /** When a lock that is held now would end if nobody renewed it, in seconds since the epoch. */
    public double until() {
        return (clock.millis() + VALIDITY.toMillis()) / 1000.0;
    }

    public boolean isDeploymentLocked(String deployment) {
        return locks.containsKey(name(Kind.DEPLOYMENT, List.of(deployment)));
    }

    /** See {@link #acquire(Task, TaskLog, Kind, String...)}. */
    public Lock deployment(String deployment, Task task, TaskLog log) {
        return acquire(task, log, Kind.DEPLOYMENT, deployment);
    }

    /**
     * Waits for a lock; a cancelled task stops waiting.
     *
     * @throws DirectorException uncoded, if the lock is not free in time
     */
    public Lock acquire(Task task, TaskLog log, Kind kind, String... resource) {
        List<String> parts = List.of(resource);
        String name = name(kind, parts);
        Instant deadline = clock.instant().plus(kind.patience);
        while (!take(name, new Held(kind, parts, task.id(), task.description()))) {
            log.checkpoint();
            Held holder = locks.get(name);
            if (holder != null && clock.instant().isAfter(deadline)) {
                throw DirectorException.uncoded("Failed to acquire lock for " + name + " uid: " + UUID.randomUUID()
                        + ". Locking task id is " + holder.taskId() + ", description: '" + holder.description() + "'");
            }
            awaitRelease();
        }
        return () -> release(name);
    }

    /** As the director names it in events and errors: {@code lock:deployment:NAME}. */
    private static String name(Kind kind, List<String> resource) {
        return "lock:" + kind.wireName() + ":" + String.join(":", resource);
    }

    private synchronized boolean take(String name, Held holder) {
        return locks.putIfAbsent(name, holder) == null;
    }

    private synchronized void release(String name) {
        locks.remove(name);
        notifyAll();
    }

    private synchronized void awaitRelease() {
        try {
            wait(LOOK_AGAIN.toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a lock", interrupted);
        }
    }
}
