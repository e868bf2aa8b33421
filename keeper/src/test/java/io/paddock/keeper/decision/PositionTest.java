package io.paddock.keeper.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PositionTest {

    @Test
    void aLaterTimelineIsAheadOfEveryPositionOnAnEarlierOne() {
        Position formerPrimary = Position.of(1, "16/FFFFFFFF");
        Position newPrimary = Position.of(2, "16/B374D848");

        assertThat(newPrimary.isAheadOf(formerPrimary)).isTrue();
        assertThat(formerPrimary.isAheadOf(newPrimary)).isFalse();
    }

    @Test
    void onOneTimelineTheLocationDecides() {
        assertThat(Position.of(1, "1/0").isAheadOf(Position.of(1, "0/FFFFFFFF")))
                .isTrue();
        assertThat(Position.of(1, "0/1").isAheadOf(Position.of(1, "0/1"))).isFalse();
        assertThat(Position.of(1, "FFFFFFFF/0").isAheadOf(Position.of(1, "0/1")))
                .as("locations have no sign")
                .isTrue();
    }

    @Test
    void nothingIsBehindAnUnknownPosition() {
        assertThat(Position.of(1, "0/0").isAheadOf(Position.UNKNOWN)).isTrue();
    }

    @Test
    void itIsReadAndPrintedAsPostgreSqlDoes() {
        assertThat(Position.of(3, "16/B374D848")).hasToString("3:16/B374D848");
        assertThatThrownBy(() -> Position.of(3, "16-B374D848")).hasMessageContaining("16-B374D848");
    }
}
