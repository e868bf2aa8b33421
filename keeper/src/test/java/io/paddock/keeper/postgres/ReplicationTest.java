package io.paddock.keeper.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReplicationTest {

    /** As PostgreSQL 15 writes it: a promoted standby's file holds the lines of the one before. */
    @Test
    void theLastLineOfAHistoryFileTellsWhereTheTimelineWasLeft() {
        assertThat(Replication.endOfLastTimeline(
                        "1\t0/5000A28\tno recovery target specified\n\n\n2\t1/AC444C8\tno recovery target specified\n"))
                .isEqualTo(0x1_0AC4_44C8L);
        assertThat(Replication.endOfLastTimeline("1\t0/5000A28\tno recovery target specified"))
                .isEqualTo(0x500_0A28L);
    }

    @Test
    void theFirstTimelineHasNoHistoryFile() {
        assertThat(Replication.endOfLastTimeline(null)).isZero();
        assertThat(Replication.endOfLastTimeline("")).isZero();
    }
}
