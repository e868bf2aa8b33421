package io.paddock.keeper.decision;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LineageTest {

    private static final Lineage THREE =
            new Lineage(List.of(new Lineage.Begun(1, 0), new Lineage.Begun(4, 100), new Lineage.Begun(5, 200)));

    @ParameterizedTest(name = "{0}:{1} {2}")
    @CsvSource({
        "5, 999, false",
        "4, 200, false",
        "4, 201, true",
        "1, 100, false",
        "1, 101, true",
        "1, 250, true",
        "3, 10, false",
        "6, 10, false",
        "0, 0, false",
    })
    void whatGoesOnBehindTheNextPromotionsBeginningIsLeftOut(int promotion, long lsn, boolean leftOut) {
        assertThat(THREE.leavesOut(new Position(promotion, lsn))).isEqualTo(leftOut);
    }

    @Test
    void asLongAsItIsNotKnownWhereThePromotionBeganNothingIsSaidOfTheOneBefore() {
        Lineage promoted = THREE.with(6);

        assertThat(promoted.isBeginningKnown()).isFalse();
        assertThat(promoted.leavesOut(new Position(5, 250))).isFalse();
        assertThat(promoted.leavesOut(new Position(4, 250))).isTrue();

        Lineage known = promoted.beginningAt(240);
        assertThat(known.leavesOut(new Position(5, 250))).isTrue();
        assertThat(known.leavesOut(new Position(5, 240))).isFalse();
        assertThat(known.beginningBefore()).isEqualTo(200);
    }

    @Test
    void withoutDataThereIsNoPromotion() {
        assertThat(Lineage.NONE.last()).isZero();
        assertThat(Lineage.NONE.isBeginningKnown()).isTrue();
        assertThat(Lineage.FIRST.last()).isEqualTo(1);
        assertThat(Lineage.FIRST.beginningBefore()).isZero();
    }
}
