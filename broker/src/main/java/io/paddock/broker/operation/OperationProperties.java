package io.paddock.broker.operation;

import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * @param deadline after which an operation fails, measured from its turn; an update that fails has as long again to be taken back
 * @param longestWait after which an operation that has not had its turn fails
 * @param directorTasks how many operations of all replicas may have a task at the director at a time: less than the director has workers
 * @param keepFailed for how long the deployment of a creation that failed is kept for inspection, also if the instance is deleted meanwhile
 * @param lease for how long after reading its row a worker may be sure that nobody else took its operation over: less than
 *     heartbeat interval times (missed heartbeats limit - 1) of the scheduler
 * @param longestPause between two tries of a step that failed
 */
@Validated
@ConfigurationProperties("broker.operation")
public record OperationProperties(
        @NotNull @DefaultValue("1h") Duration deadline,
        @NotNull @DefaultValue("24h") Duration longestWait,
        @Min(1) @DefaultValue("2") int directorTasks,
        @NotNull @DefaultValue("0h") Duration keepFailed,
        @NotNull @DefaultValue("5s") Duration lease,
        @NotNull @DefaultValue("30s") Duration longestPause) {

    /** The longest time from an operation's request to its end. */
    public Duration longest() {
        return longestWait.plus(deadline.multipliedBy(2));
    }
}
