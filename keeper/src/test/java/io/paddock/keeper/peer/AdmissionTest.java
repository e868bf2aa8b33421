package io.paddock.keeper.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AdmissionTest {

    private static final String NODE = "192.0.2.1";

    private long now;
    private final Admission admission = new Admission(4, 2, NODE::equals, () -> now);

    @AfterEach
    void noInterruptIsLeft() {
        admission.leave();
        assertThat(Thread.interrupted()).isFalse();
    }

    /** Whether a handshake may begin; it ends at once. */
    private boolean begins(String address) {
        admission.enter(address);
        boolean isTurnedAway = Thread.interrupted();
        admission.leave();
        return !isTurnedAway;
    }

    @Test
    void strangersGetAsManyHandshakesAsScriptsNeedAndNodesAllTheyWant() {
        assertThat(IntStream.range(0, 100).filter(i -> begins("203.0.113." + i)))
                .hasSize(40);
        assertThat(begins("203.0.113.200")).isFalse();
        assertThat(IntStream.range(0, 100).allMatch(i -> begins(NODE))).isTrue();

        now += Duration.ofSeconds(1).toNanos();
        assertThat(IntStream.range(0, 100).filter(i -> begins("203.0.113.7"))).hasSize(20);

        now += Duration.ofHours(1).toNanos();
        assertThat(IntStream.range(0, 100).filter(i -> begins("203.0.113.7"))).hasSize(40);
    }
}
