package io.paddock.broker.instance;

import io.paddock.broker.operation.Operation;
import java.time.Clock;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** How often a task of the director is looked at: often while it is young, seldom when it takes long. How long it has waited for its turn does not count. */
@Component
class TaskPolling {

    private final Clock clock;

    TaskPolling(Clock clock) {
        this.clock = clock;
    }

    Duration pause(Operation operation) {
        Duration age = Duration.between(operation.startedAt(), clock.instant());
        if (age.compareTo(Duration.ofSeconds(15)) < 0) {
            return Duration.ofMillis(250);
        }
        return age.compareTo(Duration.ofMinutes(2)) < 0 ? Duration.ofSeconds(1) : Duration.ofSeconds(5);
    }
}
