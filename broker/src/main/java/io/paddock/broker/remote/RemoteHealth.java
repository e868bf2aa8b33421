package io.paddock.broker.remote;

import io.paddock.contracts.deployer.Director;
import java.util.function.Supplier;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * What the broker needs to do its work but not to take requests: each is asked something that it answers only to the broker. No part of
 * the readiness, since a broker without them still answers, and no other replica could do more.
 */
@Configuration
class RemoteHealth {

    private final Interactive remote;
    private final Patient patient;

    RemoteHealth(Interactive remote, Patient patient) {
        this.remote = remote;
        this.patient = patient;
    }

    @Bean
    HealthIndicator serviceProviderHealthIndicator() {
        return () -> asked(() -> {
            int plans = remote.spi().catalog().plans().size();
            return Health.up().withDetail("plans", plans);
        });
    }

    @Bean
    HealthIndicator deployerHealthIndicator() {
        return () -> asked(() -> {
            int templates = remote.deployer().templates().size();
            return Health.up().withDetail("templates", templates);
        });
    }

    /** Down as well while the deployer is, who asks it, and says so itself when that takes too long. */
    @Bean
    HealthIndicator directorHealthIndicator() {
        return () -> asked(() -> {
            Director director = patient.deployer().director();
            return Health.up()
                    .withDetail("name", director.name())
                    .withDetail("version", director.version())
                    .withDetail("tasks", director.tasks());
        });
    }

    private static Health asked(Supplier<Health.Builder> question) {
        try {
            return question.get().build();
        } catch (RuntimeException failure) {
            return Health.down()
                    .withDetail("reason", String.valueOf(failure.getMessage()))
                    .build();
        }
    }
}
