package io.paddock.acceptance;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The short form of what {@code ./paddock bench survival} does at length. */
class SurvivalTest {

    @Test
    void whateverServiceIsKilledWhatWasAskedForHappensAndNothingIsLeftOver() throws Exception {
        new Survival(Platform.shared()).under(4, 8, Duration.ofSeconds(3));
    }
}
