package io.paddock.minidirector.machine;

import io.paddock.minidirector.release.Package;
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

    /** What the machine sees as /var/vcap/store. */
    public Path store() {
        return disk == null ? vcap().resolve("store") : disk;
    }

    /** Where a compiled package is laid, or made; the machine sees it as /var/vcap/packages/NAME. */
    public Path compiled(Package wanted) {
        return vcap().resolve("data/packages").resolve(wanted.label());
    }

    /** A directory for each job. */
    public Path logs() {
        return vcap().resolve("sys/log");
    }

    public Path log(String job) {
        return logs().resolve(job);
    }

    /** What the machine's holder printed; nothing else stands for an agent here. */
    public Path agentLog() {
        return directory.resolve("holder.log");
    }

    Path holderFile() {
        return directory.resolve("holder");
    }
}
