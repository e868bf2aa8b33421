package io.paddock.keeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.keeper.decision.Lock;
import io.paddock.keeper.decision.Members;
import io.paddock.keeper.engine.Effect;
import io.paddock.keeper.engine.Event;
import io.paddock.keeper.system.BootClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CoreTest {

    private static final Duration ANY_TIME = Duration.ofSeconds(30);

    @TempDir
    private Path directory;

    private TestNode node;
    private Core core;

    @BeforeEach
    void begin() throws IOException {
        node = TestNode.in(directory, new BootClock());
        core = node.core();
    }

    @Test
    void whatATickWantsIsTakenInItsOrder() {
        core.tick();

        assertThat(core.nextEffect()).containsInstanceOf(Effect.AskOthers.class);
        assertThat(core.nextEffect()).as("it knows no cluster").containsInstanceOf(Effect.Meet.class);
        assertThat(core.nextEffect()).isEmpty();
    }

    @Test
    void whoTellsSomethingWakesTheLoop() throws InterruptedException {
        core.tick();
        core.awaits(Duration.ZERO);

        core.tell(new Event.OthersWanted());

        assertThat(core.awaits(ANY_TIME)).isTrue();
        assertThat(core.awaits(Duration.ZERO)).as("once").isFalse();
    }

    @Test
    void eventsOfManyThreadsAreStepsOneAfterTheOther() {
        CompletableFuture.allOf(IntStream.range(0, 8)
                        .mapToObj(thread -> CompletableFuture.runAsync(() -> IntStream.range(0, 500)
                                .forEach(i -> core.tell(new Event.Tried(Event.Tried.Outcome.START_FAILED)))))
                        .toArray(CompletableFuture[]::new))
                .join();

        assertThat(core.picture().state().attempts().starts()).isEqualTo(8 * 500);
    }

    @Test
    void theLeashKnowsAPermitBeforeWhoeverAskedForIt() throws IOException {
        node.store().membership().learn(new Members(1, Set.of("a", "b", "c")));
        core.tell(new Event.LockTaken(core.now(), false));
        Duration readAt = core.now();
        core.tell(new Event.LockRead(Lock.heldBy("a", readAt), Optional.empty()));

        assertThat(core.tell(new Event.PermitWanted(false))).isTrue();

        // In hundredths of a second.
        assertThat(node.leash().permittedUntil())
                .isBetween(
                        node.observer().onClock(readAt.plusSeconds(3)).minusMillis(10),
                        node.observer().onClock(readAt.plusSeconds(3)));
    }

    @Test
    void whatBoshKnowsIsSeen() {
        node.observer().saw(Map.of("a", "127.0.0.1", "b", "127.0.0.2"), Duration.ofMinutes(3));

        assertThat(core.picture().others()).containsExactly("b");
        assertThat(core.picture().view().node().preparedFor()).isEqualTo(Duration.ofMinutes(3));
        assertThat(node.observer().address("b")).contains("127.0.0.2");
        assertThat(node.observer().others()).containsOnlyKeys("b");
    }
}
