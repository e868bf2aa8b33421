package io.paddock.keeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.keeper.decision.Lineage;
import io.paddock.keeper.decision.Local.Postgres;
import io.paddock.keeper.decision.Position;
import io.paddock.keeper.peer.Description;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PeersTest {

    private static final Duration ASKED = Duration.ofSeconds(10);

    private final Peers peers = new Peers();

    @Test
    void aNodeIsAskedOneQuestionAtATimeAndAgainWhenThatWasWantedMeanwhile() {
        assertThat(peers.ask("b")).isTrue();
        assertThat(peers.isWantedAgain("b")).isFalse();
        assertThat(peers.ask("b")).isFalse();
        assertThat(peers.ask("c")).isTrue();

        peers.answered("b", saying(false), ASKED);

        assertThat(peers.isWantedAgain("b")).isTrue();
        assertThat(peers.isWantedAgain("b")).as("once").isFalse();
        assertThat(peers.ask("b")).isTrue();
    }

    @Test
    void whoDoesNotAnswerIsAwayUntilItDoes() {
        peers.ask("b");
        peers.unanswered("b");
        assertThat(peers.isAway("b")).isTrue();
        assertThat(peers.ask("b")).isTrue();

        peers.answered("b", saying(false), ASKED);

        assertThat(peers.isAway("b")).isFalse();
        assertThat(peers.since("b", ASKED)).isPresent();
        assertThat(peers.since("b", ASKED.plusMillis(1))).isEmpty();
    }

    @Test
    void aWordIsALeaseSinceTheQuestion() {
        peers.answered("b", saying(true), ASKED);
        peers.answered("b", saying(true), ASKED.minusSeconds(1));
        assertThat(peers.leases()).as("an answer that was overtaken").containsEntry("b", ASKED);

        peers.answered("b", saying(false), ASKED.plusSeconds(1));
        assertThat(peers.leases()).as("a word holds until its lease ends").containsEntry("b", ASKED);
    }

    @Test
    void aLeaseThatWasGivenBackDoesNotComeBackWithALateAnswer() {
        peers.answered("b", saying(true), ASKED);
        peers.forgetLeases(ASKED.plusSeconds(1));
        assertThat(peers.leases()).isEmpty();

        peers.answered("b", saying(true), ASKED.plusMillis(900));
        assertThat(peers.leases()).isEmpty();

        peers.answered("b", saying(true), ASKED.plusSeconds(2));
        assertThat(peers.leases()).containsOnlyKeys("b");
    }

    private static Description saying(boolean given) {
        return new Description(
                2,
                Postgres.STANDBY,
                new Position(1, 1000),
                true,
                Lineage.FIRST,
                1,
                true,
                Set.of(),
                true,
                Optional.empty(),
                false,
                false,
                false,
                true,
                true,
                false,
                90,
                given,
                "");
    }
}
