package io.paddock.minidirector.release;

import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.MinidirectorProperties;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/**
 * The releases that deployments may use: directories as {@code bosh create-release} takes them, each with a file {@code VERSION}.
 * They are read anew for each deployment, so that a changed job needs no restart. The release {@code bpm} is built in.
 */
@Component
public class Releases {

    private static final String BPM = "bpm";
    private static final String BPM_VERSION = "1.4.0";

    private final Map<String, Path> directories;

    Releases(MinidirectorProperties properties) {
        this.directories = properties.releases();
        directories.forEach((name, directory) -> {
            if (!Files.isRegularFile(directory.resolve("VERSION"))) {
                throw new IllegalStateException("minidirector.releases." + name + " = " + directory
                        + " is not a release: it has no file VERSION");
            }
        });
    }

    /** A release with the names of its jobs. */
    public record Release(String name, String version, List<String> jobs) {}

    public List<Release> all() {
        List<Release> all = new ArrayList<>();
        all.add(new Release(BPM, BPM_VERSION, List.of(BPM)));
        directories.forEach((name, directory) -> all.add(new Release(name, version(directory), jobs(directory))));
        return all;
    }

    /** @throws DirectorException 30005 or 30006 if there is no such release or version */
    public Release find(String name, String version) {
        Release release = all().stream()
                .filter(candidate -> candidate.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new DirectorException(30005, 404, "Release '" + name + "' doesn't exist"));
        if (!version.equals("latest") && !version.equals(release.version())) {
            throw new DirectorException(30006, 404, "Release version '" + name + "/" + version + "' doesn't exist");
        }
        return release;
    }

    /** @throws DirectorException 140029 if the release has no such job */
    public JobSpec job(Release release, String job) {
        if (!release.jobs().contains(job)) {
            throw new DirectorException(140029, "Job '" + job + "' not found in release '" + release.name() + "'");
        }
        Path directory = directories.get(release.name());
        return directory == null
                ? new JobSpec(job, null, Map.of(), List.of(), Map.of(), List.of(), List.of())
                : JobSpec.read(directory.resolve("jobs").resolve(job));
    }

    private static String version(Path directory) {
        try {
            return Files.readString(directory.resolve("VERSION")).strip();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static List<String> jobs(Path directory) {
        try (Stream<Path> jobs = Files.list(directory.resolve("jobs"))) {
            return jobs.map(job -> job.getFileName().toString()).sorted().toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
