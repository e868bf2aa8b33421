package io.paddock.keeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.keeper.engine.Effect;
import io.paddock.keeper.engine.Event;
import io.paddock.keeper.engine.Switchover;
import io.paddock.keeper.engine.Switchover.Order;
import io.paddock.keeper.engine.Switchover.Outcome;
import io.paddock.keeper.peer.KeeperServer.Answer;
import io.paddock.keeper.peer.PeerClient;
import io.paddock.keeper.system.BootClock;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DepartureTest {

    @TempDir
    private Path directory;

    private TestNode node;
    private Departure departure;

    @BeforeEach
    void begin() throws IOException {
        node = TestNode.in(directory, new BootClock());
        departure = new Departure(
                node.core(),
                node.observer(),
                node.leash(),
                Duration.ofSeconds(1),
                new PeerClient(HttpClient.newHttpClient(), 1));
    }

    private static Switchover.Request request() {
        return new Switchover.Request(Optional.empty(), Order.FURTHEST_FIRST, false);
    }

    @Test
    void whoWaitsLearnsOfItsOwnSwitchoverOnly() {
        Switchover.Request request = request();
        CompletableFuture<Answer> answer = CompletableFuture.supplyAsync(() -> departure.handOver(request));
        awaitBegun();
        assertThat(node.core().nextEffect()).contains(new Effect.PrepareSwitchover());

        departure.ended(request(), new Outcome(409, "another one"));
        departure.ended(request, new Outcome(200, "handed over to b"));

        assertThat(answer.join().status()).isEqualTo(200);
        assertThat(answer.join().body()).containsEntry("message", "handed over to b");
    }

    private void awaitBegun() {
        while (node.core().picture().state().work().switchover().isEmpty()) {
            Thread.onSpinWait();
        }
    }

    @Test
    void onlyOneSwitchoverIsUnderWay() {
        node.core().tell(new Event.SwitchoverWanted(request()));

        assertThat(departure.handOver(request()).status()).isEqualTo(409);
    }

    @Test
    void whoBelongsToNoClusterMayBeDeleted() {
        Answer answer = departure.leave();

        assertThat(answer.status()).isEqualTo(200);
    }

    @Test
    void whoIsDrainedDoesNotStartAgain() {
        departure.drain(false);

        assertThat(node.core().picture().state().restraints().drained()).isTrue();
    }
}
