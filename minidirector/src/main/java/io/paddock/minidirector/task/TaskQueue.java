package io.paddock.minidirector.task;

import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.MinidirectorProperties;
import io.paddock.minidirector.task.Task.State;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.annotation.Order;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;
import org.springframework.stereotype.Component;

/**
 * Takes tasks in and has workers run them in order: a few workers for what changes things, others for readings. What a lost
 * director left half done ends as {@code timeout}, as it does when a real director's worker dies; what waited goes on.
 */
@Component
public class TaskQueue {

    private static final Logger LOG = LoggerFactory.getLogger(TaskQueue.class);

    /** A scan that waits for its deployment's lock keeps nobody from reading. */
    private static final int URGENT_WORKERS = 2;

    private final TaskStore store;
    private final Clock clock;
    private final Map<String, TaskRunner> runners = new HashMap<>();
    private final int maxTasks;
    private final ExecutorService normal;
    private final ExecutorService urgent;

    TaskQueue(TaskStore store, Clock clock, MinidirectorProperties properties, List<TaskRunner> runners) {
        this.store = store;
        this.clock = clock;
        runners.forEach(runner -> this.runners.put(runner.type(), runner));
        this.maxTasks = properties.maxTasks();
        normal = Executors.newFixedThreadPool(properties.workers(), daemons("worker-"));
        urgent = Executors.newFixedThreadPool(URGENT_WORKERS, daemons("urgent-worker-"));
        store.newestFirst().stream()
                .filter(task -> task.state() == State.PROCESSING || task.state() == State.CANCELLING)
                .forEach(this::lost);
    }

    /** @param contextId at most 64 characters, or empty */
    public Task submit(
            String type,
            String description,
            String user,
            @Nullable String deployment,
            String contextId,
            Map<String, String> input) {
        Task task = store.add(new Task(
                0, type, State.QUEUED, description, null, null, null, user, deployment, contextId, now(), input));
        enqueue(task);
        return task;
    }

    /** Asks a running task to end at its next checkpoint; a queued one ends when a worker picks it up. */
    public void cancel(long id) {
        store.change(id, task -> {
            if (task.state() != State.QUEUED && task.state() != State.PROCESSING) {
                throw new IllegalStateException("Cannot cancel task " + id + ": invalid state ("
                        + task.state().wireName() + ")");
            }
            return task.cancelling();
        });
    }

    /** After what the last director left half done was cleaned up. */
    @EventListener(ApplicationReadyEvent.class)
    @Order(1)
    void goOn() {
        List<Task> waiting = store.newestFirst().stream()
                .filter(task -> task.state() == State.QUEUED)
                .sorted(java.util.Comparator.comparing(Task::id))
                .toList();
        waiting.forEach(this::enqueue);
    }

    private void enqueue(Task task) {
        TaskRunner runner = runners.get(task.type());
        (runner.isUrgent() ? urgent : normal).execute(() -> work(task.id(), runner));
    }

    private void work(long id, TaskRunner runner) {
        Path directory = store.output(id, "event").getParent();
        TaskLog log = new TaskLog(id, directory, clock, () -> store.find(id).state() == State.CANCELLING);
        Task task = store.change(id, queued -> queued.state() == State.QUEUED ? queued.processing(now()) : queued);
        try {
            log.checkpoint();
            LOG.info("task {} ({}) started", id, task.description());
            log.debug("Running " + task.type() + ": " + task.description());
            end(id, State.DONE, runner.run(task, log));
        } catch (TaskCancelledException cancelled) {
            log.error(10001, "Task " + id + " cancelled");
            end(id, State.CANCELLED, "task cancelled");
        } catch (DirectorException refused) {
            log.error(refused.code(), String.valueOf(refused.getMessage()));
            end(id, State.ERROR, String.valueOf(refused.getMessage()));
        } catch (RuntimeException | Error unexpected) {
            LOG.error("task {} failed unexpectedly", id, unexpected);
            log.error(DirectorException.UNCODED, String.valueOf(unexpected.getMessage()));
            end(id, State.ERROR, String.valueOf(unexpected.getMessage()));
        }
        store.forgetOldest(task.type(), maxTasks);
    }

    private void end(long id, State state, String result) {
        Task ended = store.change(id, task -> task.ended(state, TaskResult.shorten(result), now()));
        LOG.info("task {} ({}) {}: {}", id, ended.description(), state.wireName(), ended.result());
    }

    private void lost(Task task) {
        store.change(task.id(), running -> running.ended(State.TIMEOUT, "the director was restarted", now()));
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }

    private static java.util.concurrent.ThreadFactory daemons(String prefix) {
        CustomizableThreadFactory factory = new CustomizableThreadFactory(prefix);
        factory.setDaemon(true);
        return factory;
    }
}
