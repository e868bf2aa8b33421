package io.paddock.minidirector.machine;

import io.paddock.minidirector.release.Package;
import io.paddock.minidirector.system.Digests;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Directories;
import java.io.IOException;
import java.io.UncheckedIOException;
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

    /** What the machine's first process printed; nothing else stands for an agent here. */
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
     * Creates a directory below /var/vcap with permissions for its owner alone.
     *
     * @throws DirectorException uncoded if a symbolic link would lead somewhere else: what lies there may be another user's work
     */
    Path ownDirectory(String path) {
        Path directory = hostPath(path);
        try {
            Files.createDirectories(directory);
            Path real = directory.toRealPath();
            if (!real.startsWith(vcap().toRealPath()) && !real.startsWith(store().toRealPath())) {
                throw DirectorException.uncoded("bpm: " + path + " leads out of the machine");
            }
            return Directories.create(real, "rwx------");
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot create " + path, failure);
        }
    }
}
