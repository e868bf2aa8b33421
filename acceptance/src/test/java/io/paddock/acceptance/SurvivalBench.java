package io.paddock.acceptance;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What {@code ./paddock bench survival} runs: whether every instance ends in what was asked for, however often services are killed. */
@Tag("bench")
class SurvivalBench {

    private static final int INSTANCES = 20;
    /** In each round every service is killed once. */
    private static final int ROUNDS = Integer.getInteger("paddock.bench.rounds", 50);

    @Test
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void survival() throws Exception {
        System.out.println(new Survival(Platform.shared()).under(INSTANCES, 4 * ROUNDS, Duration.ofSeconds(30)));
    }
}
