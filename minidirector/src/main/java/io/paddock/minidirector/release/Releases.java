package io.paddock.minidirector.release;

import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Directories;
import io.paddock.minidirector.system.MinidirectorProperties;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.springframework.stereotype.Component;

/**
 * The releases that deployments may use: directories as {@code bosh create-release} takes them, each with a file {@code VERSION}, which
 * are read anew for each deployment, so that a changed job needs no restart; and tarballs that were uploaded. The release {@code bpm} is
 * built in.
 */
@Component
public class Releases {

    private static final Release BPM = new Release(
            "bpm", "1.4.0", "non-git", false, List.of(new Release.Job("bpm", "", "")), List.of(), null, false);

    private final Map<String, Path> directories;
    private final Path uploaded;
    private final Uploads uploads;

    Releases(MinidirectorProperties properties, Uploads uploads) {
        this.uploads = uploads;
        this.directories = properties.releases();
        this.uploaded = Directories.create(properties.stateDirectory().resolve("releases"), "rwx------");
        directories.forEach((name, directory) -> {
            if (!Files.isRegularFile(directory.resolve("VERSION"))) {
                throw new IllegalStateException("minidirector.releases." + name + " = " + directory
                        + " is not a release: it has no file VERSION");
            }
        });
    }

    /** By name; the versions of one from old to new. */
    public synchronized List<Release> all() {
        List<Release> all = new ArrayList<>();
        all.add(BPM);
        directories.forEach((name, directory) -> all.addAll(ReleaseReader.directory(name, directory)));
        uploaded().values().forEach(all::add);
        all.sort(Comparator.comparing(Release::name).thenComparing(Release::version, Versions.ORDER));
        return all;
    }

    /**
     * The versions of a release, from old to new.
     *
     * @throws DirectorException 30005 if there is none
     */
    public List<Release> versions(String name) {
        List<Release> versions =
                all().stream().filter(release -> release.name().equals(name)).toList();
        if (versions.isEmpty()) {
            throw new DirectorException(30005, 404, "Release '" + name + "' doesn't exist");
        }
        return versions;
    }

    /**
     * @param version also "latest" and "N.latest"
     * @throws DirectorException 30005 or 30006 if there is no such release or version
     */
    public Release find(String name, String version) {
        return versions(name).stream()
                .filter(release -> Versions.matches(version, release.version()))
                .reduce((older, newer) -> newer)
                .orElseThrow(() -> new DirectorException(
                        30006, 404, "Release version '" + name + "/" + version + "' doesn't exist"));
    }

    /** @throws DirectorException 140029 if the release has no such job */
    public JobSpec job(Release release, String job) {
        if (!release.hasJob(job)) {
            throw new DirectorException(140029, "Job '" + job + "' not found in release '" + release.name() + "'");
        }
        return release.directory() == null
                ? new JobSpec(job, null, Map.of(), List.of(), Map.of(), List.of(), List.of())
                : JobSpec.read(release.directory().resolve("jobs").resolve(job), release.packages());
    }

    /**
     * By label. An upload that replaces an earlier one lies beside it for a moment: directories have numbers, and the highest counts, so
     * that a crash never leaves none.
     */
    private Map<String, Release> uploaded() {
        Map<String, Release> newest = new LinkedHashMap<>();
        ReleaseReader.list(uploaded).stream()
                .sorted(Comparator.comparing(Releases::number))
                .map(ReleaseReader::unpacked)
                .forEach(release -> newest.put(release.label(), release));
        return newest;
    }

    private static long number(Path directory) {
        return Long.parseLong(directory.getFileName().toString());
    }

    /** Where the sources of a package are found, if some upload brought them. */
    public Optional<Path> sources(Package wanted) {
        return all().stream()
                .filter(Release::uploaded)
                .filter(release -> release.packages().stream()
                        .anyMatch(known -> known.label().equals(wanted.label())))
                .map(release -> release.directory().resolve("packages").resolve(wanted.name()))
                .filter(Files::isDirectory)
                .findFirst();
    }

    /** Keeps an unpacked tarball; what was there under its name and version is replaced. */
    synchronized void keep(Path unpacked) {
        Release release = ReleaseReader.unpacked(unpacked);
        Optional<Release> before = Optional.ofNullable(uploaded().get(release.label()));
        long next = ReleaseReader.list(uploaded).stream()
                        .mapToLong(Releases::number)
                        .max()
                        .orElse(0)
                + 1;
        try {
            Files.move(unpacked, uploaded.resolve(Long.toString(next)), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot keep release " + release.label(), failure);
        }
        before.ifPresent(this::discard);
    }

    /** As a whole first: half a release could not be read. */
    private void discard(Release release) {
        Path gone = uploads.temporary();
        try {
            Files.move(Objects.requireNonNull(release.directory()), gone, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot remove release " + release.label(), failure);
        }
        Directories.delete(gone);
    }

    /** @throws DirectorException uncoded for a release that was not uploaded */
    public synchronized void remove(Release release) {
        if (!release.uploaded() || release.directory() == null) {
            throw DirectorException.uncoded("Release '" + release.label()
                    + "' was not uploaded: the settings of this director name it (minidirector.releases)");
        }
        discard(release);
    }
}
