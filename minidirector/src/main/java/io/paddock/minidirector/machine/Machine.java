package io.paddock.minidirector.machine;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A simulated machine as it is on disk.
 *
 * @param cid names it among all machines that ever were
 * @param directory what its namespace shows as /var/vcap is the directory {@code vcap} in it
 * @param disk directory of its persistent disk, /var/vcap/store; null without one
 */
public record Machine(String cid, Path directory, @Nullable Path disk) {

    public Path vcap() {
        return directory.resolve("vcap");
    }

    /** Where the job is installed; the machine sees it as /var/vcap/jobs/JOB. */
    public Path job(String job) {
        return vcap().resolve("data/jobs").resolve(job);
    }

    public Path log(String job) {
        return vcap().resolve("sys/log").resolve(job);
    }

    Path holderFile() {
        return directory.resolve("holder");
    }
}
