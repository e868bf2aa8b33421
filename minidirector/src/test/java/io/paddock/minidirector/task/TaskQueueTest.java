package io.paddock.minidirector.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.paddock.minidirector.system.MinidirectorProperties;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks that outlive their director, and those that are forgotten: reference/bosh-director.md, B.3. */
class TaskQueueTest {

    private final MinidirectorProperties properties = mock(MinidirectorProperties.class);

    @TempDir
    private Path state;

    @BeforeEach
    void settings() {
        when(properties.stateDirectory()).thenReturn(state);
        when(properties.workers()).thenReturn(1);
        when(properties.maxTasks()).thenReturn(3);
    }

    @Test
    void aTaskWhoseWorkerDiedEndsAsTimeoutAndWhatWaitedGoesOn() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        TaskQueue first = queue((task, log) -> {
            begun.countDown();
            return hang();
        });
        long running = submit(first);
        long waiting = submit(first);
        assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();

        // A director that is killed leaves its files as they are.
        TaskStore store = new TaskStore(properties);
        TaskQueue second =
                new TaskQueue(store, Clock.systemUTC(), properties, List.of(runner((task, log) -> "went on")));
        second.goOn();

        assertThat(store.find(running).state()).isEqualTo(Task.State.TIMEOUT);
        assertThat(store.find(running).timestamp()).isNotNull();
        await(store, waiting);
        assertThat(store.find(waiting).result()).isEqualTo("went on");
    }

    @Test
    void ofEachTypeTheNewestAreKept() {
        TaskStore store = new TaskStore(properties);
        TaskQueue queue = new TaskQueue(store, Clock.systemUTC(), properties, List.of(runner((task, log) -> "")));
        long last = 0;
        for (int i = 0; i < 5; i++) {
            last = submit(queue);
            await(store, last);
        }
        while (store.newestFirst().size() > 3) {
            Thread.onSpinWait();
        }

        assertThat(store.newestFirst().stream().map(Task::id)).containsExactly(last, last - 1, last - 2);
        assertThat(new TaskStore(properties).newestFirst()).hasSize(3);
    }

    private interface Work {
        String run(Task task, TaskLog log);
    }

    private TaskQueue queue(Work work) {
        return new TaskQueue(new TaskStore(properties), Clock.systemUTC(), properties, List.of(runner(work)));
    }

    private static TaskRunner runner(Work work) {
        return new TaskRunner() {
            @Override
            public String type() {
                return "test";
            }

            @Override
            public String run(Task task, TaskLog log) {
                return work.run(task, log);
            }
        };
    }

    private static long submit(TaskQueue queue) {
        return queue.submit("test", "a test", "somebody", null, "", Map.of()).id();
    }

    private static void await(TaskStore store, long task) {
        while (store.find(task).state().isRunning()) {
            Thread.onSpinWait();
        }
    }

    /** Its thread is a daemon's. */
    private static String hang() {
        try {
            new CountDownLatch(1).await();
            return "";
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return "";
        }
    }
}
