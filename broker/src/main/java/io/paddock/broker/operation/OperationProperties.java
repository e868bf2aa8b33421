package io.paddock.broker.operation;

import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * @param deadline after which an operation fails, measured from its request
 * @param lease for how long after reading its row a worker may be sure that nobody else took its operation over: less than
 *     heartbeat interval times (missed heartbeats limit - 1) of the scheduler
 * @param longestPause between two tries of a step that failed
 */
@Validated
@ConfigurationProperties("broker.operation")
public record OperationProperties(
        @NotNull @DefaultValue("1h") Duration deadline,
        @NotNull @DefaultValue("5s") Duration lease,
        @NotNull @DefaultValue("30s") Duration longestPause) {}
