package io.paddock.minidirector.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.minidirector.system.MinidirectorProperties;
import io.paddock.minidirector.system.TestSettings;
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

    @TempDir
    private Path state;

    private MinidirectorProperties properties;

    @BeforeEach
    void settings() {
        properties = TestSettings.with(state, 1, 3, false);
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
