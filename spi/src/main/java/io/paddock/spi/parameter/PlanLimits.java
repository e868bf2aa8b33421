package io.paddock.spi.parameter;

import jakarta.validation.constraints.Min;

/**
 * How far parameters may go on a plan's machines.
 *
 * @param maxConnections highest value of max_connections, at least 150
 * @param workMemMb highest value of work_mem, MiB
 */
public record PlanLimits(
        @Min(150) int maxConnections, @Min(1) int workMemMb) {}
