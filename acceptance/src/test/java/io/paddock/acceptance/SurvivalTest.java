package io.paddock.acceptance;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The short form of what {@code ./paddock bench survival} does at length. */
@Tag("survival")
class SurvivalTest {

    @Test
    @Tag("sample")
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void whateverServiceIsKilledWhatWasAskedForHappensAndNothingIsLeftOver() throws Exception {
        new Survival(Platform.shared()).under(4, 8, Duration.ofSeconds(3));
    }
}
