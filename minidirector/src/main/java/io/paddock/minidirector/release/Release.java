package io.paddock.minidirector.release;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A version of a release.
 *
 * @param directory holds {@code jobs} and {@code packages}; null for the release that the director brings along
 * @param uploaded whether it came as a tarball; otherwise it is a directory that the operator named
 */
public record Release(
        String name,
        String version,
        String commitHash,
        boolean uncommittedChanges,
        List<Job> jobs,
        List<Package> packages,
        @Nullable Path directory,
        boolean uploaded) {

    /**
     * @param fingerprint of its files
     * @param sha1 digest of its archive; empty without one
     */
    public record Job(String name, String fingerprint, String sha1) {

        /** As the director names it in events: {@code name/fingerprint}. */
        public String label() {
            return name + "/" + fingerprint;
        }
    }

    /** As the director names it: {@code name/version}. */
    public String label() {
        return name + "/" + version;
    }

    public List<String> jobNames() {
        return jobs.stream().map(Job::name).toList();
    }

    public boolean hasJob(String job) {
        return jobNames().contains(job);
    }
}
