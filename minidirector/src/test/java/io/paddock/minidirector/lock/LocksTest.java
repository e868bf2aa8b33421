package io.paddock.minidirector.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paddock.minidirector.lock.Locks.Kind;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskCancelledException;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TestLogs;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How long a task waits for another one's lock: reference/bosh-director.md, B.3. */
class LocksTest {

    private final AtomicReference<Instant> time = new AtomicReference<>(Instant.EPOCH);

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({"DEPLOYMENT, PT10S", "RELEASE, PT5M", "COMPILE, PT15M", "STEMCELL, PT10S"})
    void eachKindIsWaitedForInItsOwnWay(Kind kind, Duration patience) {
        // With each look at the clock a quarter of the patience has gone by.
        Locks locks = new Locks(ticking(patience.dividedBy(4)));
        locks.acquire(task(40, "create deployment"), log(), kind, "x");
        Instant start = time.get();

        assertThatThrownBy(() -> locks.acquire(task(41, "other"), log(), kind, "x"))
                .isInstanceOfSatisfying(
                        DirectorException.class,
                        failure -> assertThat(failure.code()).isEqualTo(DirectorException.UNCODED))
                .hasMessageMatching("Failed to acquire lock for lock:" + kind.wireName()
                        + ":x uid: .* Locking task id is 40, description: 'create deployment'");

        assertThat(Duration.between(start, time.get())).isBetween(patience, patience.multipliedBy(2));
    }

    @Test
    void aLockThatIsGivenBackIsFree() {
        Locks locks = new Locks(ticking(Duration.ofSeconds(1)));

        locks.acquire(task(1, "first"), log(), Kind.RELEASE, "x").close();
        locks.acquire(task(2, "second"), log(), Kind.RELEASE, "x");

        assertThat(locks.held())
                .singleElement()
                .satisfies(held -> assertThat(held.taskId()).isEqualTo(2));
    }

    @Test
    void aCancelledTaskStopsWaiting() {
        Locks locks = new Locks(ticking(Duration.ZERO));
        locks.acquire(task(1, "first"), log(), Kind.COMPILE, "x");

        assertThatThrownBy(() -> locks.acquire(task(2, "second"), TestLogs.cancelled(directory), Kind.COMPILE, "x"))
                .isInstanceOf(TaskCancelledException.class);
    }

    private Clock ticking(Duration tick) {
        InstantSource source = () -> time.getAndUpdate(now -> now.plus(tick));
        return source.withZone(ZoneOffset.UTC);
    }

    private TaskLog log() {
        return TestLogs.in(directory);
    }

    private static Task task(long id, String description) {
        return new Task(
                id, "test", Task.State.PROCESSING, description, null, null, null, "somebody", null, "", 0, Map.of());
    }
}
