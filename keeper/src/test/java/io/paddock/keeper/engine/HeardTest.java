package io.paddock.keeper.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.keeper.decision.Lineage;
import io.paddock.keeper.decision.Local.Postgres;
import io.paddock.keeper.decision.Position;
import io.paddock.keeper.peer.Description;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HeardTest {

    private static final Duration ASKED = Duration.ofSeconds(10);

    private Heard heard = Heard.NOTHING;

    @Test
    void whatWasSaidHoldsSinceItWasAskedFor() {
        answered(false, ASKED);

        assertThat(heard.since("b", ASKED)).isPresent();
        assertThat(heard.since("b", ASKED.plusMillis(1))).isEmpty();
        assertThat(heard.peers().get("b").heardAt()).isEqualTo(ASKED);
    }

    @Test
    void aWordIsALeaseSinceTheQuestion() {
        answered(true, ASKED);
        answered(true, ASKED.minusSeconds(1));
        assertThat(heard.leases()).as("an answer that was overtaken").containsEntry("b", ASKED);

        answered(false, ASKED.plusSeconds(1));
        assertThat(heard.leases()).as("a word holds until its lease ends").containsEntry("b", ASKED);
    }

    @Test
    void aLeaseThatWasGivenBackDoesNotComeBackWithALateAnswer() {
        answered(true, ASKED);
        heard = heard.withoutLeases(ASKED.plusSeconds(1));
        assertThat(heard.leases()).isEmpty();

        answered(true, ASKED.plusMillis(900));
        assertThat(heard.leases()).isEmpty();

        answered(true, ASKED.plusSeconds(2));
        assertThat(heard.leases()).containsOnlyKeys("b");
    }

    @Test
    void whoIsForgottenCountsOnceItWasAskedAnew() {
        answered(true, ASKED);
        heard = heard.without("b", ASKED.plusSeconds(1));

        answered(true, ASKED.plusSeconds(1));
        assertThat(heard.said()).as("asked at the same time").isEmpty();
        assertThat(heard.isNews("b", saying(false), ASKED)).isFalse();

        answered(true, ASKED.plusSeconds(2));
        assertThat(heard.said()).containsOnlyKeys("b");
    }

    @Test
    void whatIsSaidForTheFirstTimeOrOtherwiseIsNews() {
        assertThat(heard.isNews("b", saying(false), ASKED)).isTrue();
        answered(false, ASKED);

        assertThat(heard.isNews("b", saying(false), ASKED.plusSeconds(1))).isFalse();
        assertThat(heard.isNews("b", saying(true), ASKED.plusSeconds(1))).isTrue();
        assertThat(heard.isNews("c", saying(false), ASKED.plusSeconds(1))).isTrue();
    }

    private void answered(boolean given, Duration askedAt) {
        heard = heard.answered("b", saying(given), askedAt);
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
