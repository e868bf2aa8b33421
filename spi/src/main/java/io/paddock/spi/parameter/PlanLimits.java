package io.paddock.spi.parameter;

import jakarta.validation.constraints.Min;

/**
 * How large a plan's machines are, and how far parameters may go on them.
 *
 * @param memoryMb memory of a machine, MiB: shared_buffers is a share of it, maintenance_work_mem at most a quarter
 * @param diskGb persistent disk of a machine, GiB: a disk never shrinks; WAL takes at most a fifth of it, temporary files at most half
 * @param maxConnections highest value of max_connections, at least 150
 * @param workMemMb highest value of work_mem, MiB
 * @param standbys servers that follow the primary: where there are some, commits may wait for them
 */
public record PlanLimits(
        @Min(512) int memoryMb,
        @Min(1) int diskGb,
        @Min(150) int maxConnections,
        @Min(1) int workMemMb,
        @Min(0) int standbys) {

    long maintenanceWorkMemKb() {
        return memoryMb * 1024L / 4;
    }

    long walKb() {
        return diskGb * 1024L * 1024L / 5;
    }

    long temporaryFilesKb() {
        return diskGb * 1024L * 1024L / 2;
    }
}
