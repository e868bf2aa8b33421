package io.paddock.minidirector.machine;

import io.paddock.minidirector.release.Package;
import io.paddock.minidirector.system.Digests;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Directories;
import java.nio.file.Files;
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

    private static final String VCAP = "/var/vcap/";

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

    /** Where a compiled package is laid; the machine sees it as /var/vcap/packages/NAME. The agent compiles it elsewhere. */
    public Path installed(Package wanted) {
        return vcap().resolve(installedBelow(wanted));
    }

    /** Where a package is made; while it is, the machine sees it as /var/vcap/packages/NAME. */
    public Path compiled(Package wanted) {
        return vcap().resolve(compiledBelow(wanted));
    }

    /** The path below /var/vcap, as the agent names it. */
    static String installedBelow(Package wanted) {
        return "data/packages/" + wanted.name() + "/" + Digests.sha1(wanted.fingerprint() + "-" + wanted.name());
    }

    static String compiledBelow(Package wanted) {
        return "data/packages/" + wanted.name() + "/" + Digests.sha1(wanted.fingerprint());
    }

    /** A directory for each job. */
    public Path logs() {
        return vcap().resolve("sys/log");
    }

    public Path log(String job) {
        return logs().resolve(job);
    }

    /** The output of the machine's first process; nothing else stands for an agent here. */
    public Path agentLog() {
        return directory.resolve("holder.log");
    }

    Path holderFile() {
        return directory.resolve("holder");
    }

    /** Where the director finds a file that the machine sees; jobs are links into data/jobs. */
    Path hostPath(String path) {
        if (!(path + "/").startsWith(VCAP)) {
            return Path.of(path.isEmpty() ? "/" : path);
        }
        String below = path.length() < VCAP.length() ? "" : path.substring(VCAP.length());
        if ((below + "/").startsWith("store/")) {
            return store().resolve(below.length() > 6 ? below.substring(6) : "");
        }
        return vcap().resolve(below.startsWith("jobs/") ? "data/" + below : below);
    }

    /**
     * Creates a directory below /var/vcap.
     *
     * @throws DirectorException uncoded if a symbolic link is on the way: it may be another user's work, and lead anywhere
     */
    Path ownDirectory(String path, String permissions) {
        Path directory = hostPath(path);
        Path root = directory.startsWith(store()) ? store() : vcap();
        for (Path part = directory; part != null && !part.equals(root); part = part.getParent()) {
            if (Files.isSymbolicLink(part)) {
                throw DirectorException.uncoded(
                        "bpm: " + path + " is not created, since a symbolic link is on its way");
            }
        }
        return Directories.createOwn(directory, permissions);
    }
}
