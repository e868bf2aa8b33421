package io.paddock.minidirector.release;

import io.paddock.minidirector.lock.Locks;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Directories;
import io.paddock.minidirector.system.Tar;
import io.paddock.minidirector.system.Yaml;
import io.paddock.minidirector.task.EventLog;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** Carries "create release": unpacks a tarball, checks it, and keeps it beside the other releases. */
@Component
public class UpdateReleaseTask implements TaskRunner {

    public static final String TYPE = "update_release";
    /** Whether the release gets the next development version. */
    public static final String REBASE = "rebase";
    /** Whether what is there already is replaced. */
    public static final String FIX = "fix";

    private final Releases releases;
    private final Packages packages;
    private final Uploads uploads;
    private final Locks locks;

    UpdateReleaseTask(Releases releases, Packages packages, Uploads uploads, Locks locks) {
        this.locks = locks;
        this.releases = releases;
        this.packages = packages;
        this.uploads = uploads;
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public String run(Task task, TaskLog log) {
        try (Upload upload = uploads.of(task)) {
            if (upload.isRemote()) {
                log.stage("Downloading remote release", 1).step("Downloading remote release", upload::fetch);
            }
            Path unpacked = upload.unpacked();
            log.stage("Extracting release", 1).step("Extracting release", () -> extract(upload));
            log.stage("Verifying manifest", 1).step("Verifying manifest", () -> verify(unpacked));
            Release release = ReleaseReader.unpacked(unpacked);
            fillIn(release, unpacked);
            log.stage("Resolving package dependencies", 1)
                    .step("Resolving package dependencies", () -> refuseCycles(release));
            try (Locks.Lock lock = locks.acquire(task, log, Locks.Kind.RELEASE, release.name())) {
                if ("true".equals(task.input().get(REBASE))) {
                    rebase(unpacked, release.name());
                }
                return "Created release '"
                        + keep(
                                ReleaseReader.unpacked(unpacked),
                                unpacked,
                                "true".equals(task.input().get(FIX)),
                                log)
                        + "'";
            }
        }
    }

    private static void extract(Upload upload) {
        upload.verifyDigest(30015, "Release");
        Path target = upload.unpacked();
        if (!Tar.unpack(upload.archive(), target)) {
            throw new DirectorException(30002, "Extracting release archive failed. Check task debug log for details.");
        }
        refuseLinks(target);
        if (!Files.isRegularFile(target.resolve(ReleaseReader.MANIFEST))) {
            throw new DirectorException(30003, "Release manifest not found");
        }
        for (String kind : List.of("jobs", "packages", "compiled_packages")) {
            archives(target.resolve(kind)).forEach(inner -> extractPart(inner));
        }
    }

    /** What is unpacked below a link would land wherever that leads. */
    private static void refuseLinks(Path directory) {
        try (Stream<Path> found = Files.walk(directory)) {
            if (found.anyMatch(Files::isSymbolicLink)) {
                throw new DirectorException(30002, "Release archive holds symbolic links beside its jobs and packages");
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Jobs and packages are archives in the archive. */
    private static void extractPart(Path archive) {
        String name = archive.getFileName().toString().replaceAll("\\.tgz$", "");
        if (!Tar.unpack(archive, archive.resolveSibling(name))) {
            throw new DirectorException(30002, "Extracting release archive failed. Check task debug log for details.");
        }
        Directories.delete(archive);
    }

    private static List<Path> archives(Path directory) {
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            return List.of();
        }
        try (Stream<Path> found = Files.list(directory)) {
            return found.filter(file ->
                            file.toString().endsWith(".tgz") && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .sorted()
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static void verify(Path unpacked) {
        Map<String, Object> manifest = manifest(unpacked);
        for (String key : List.of("name", "version", "jobs")) {
            if (manifest.get(key) == null) {
                throw new DirectorException(
                        40001, "Required property '" + key + "' was not specified in object (release manifest)");
            }
        }
    }

    /** Gives the release the development version that follows the newest one. */
    private void rebase(Path unpacked, String name) {
        Map<String, Object> manifest = new LinkedHashMap<>(manifest(unpacked));
        releases.all().stream()
                .filter(release -> release.name().equals(name))
                .reduce((older, newer) -> newer)
                .ifPresent(newest -> manifest.put("version", Versions.nextDevelopment(newest.version())));
        try {
            Files.writeString(unpacked.resolve(ReleaseReader.MANIFEST), Yaml.write(manifest));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static Map<String, Object> manifest(Path unpacked) {
        try {
            return Yaml.map(Yaml.parse(Files.readString(unpacked.resolve(ReleaseReader.MANIFEST))));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** A client leaves out of its upload what is here already. */
    private void fillIn(Release release, Path unpacked) {
        for (Package wanted : release.packages()) {
            Path sources = unpacked.resolve("packages").resolve(wanted.name());
            if (Files.isDirectory(sources)
                    || Files.isDirectory(unpacked.resolve("compiled_packages").resolve(wanted.name()))) {
                continue;
            }
            Path known = releases.sources(wanted)
                    .orElseThrow(() -> DirectorException.uncoded(
                            "Package '" + wanted.label() + "' is neither in the release's archive nor known here"));
            Directories.create(sources.getParent(), "rwx------");
            Directories.copy(known, sources);
        }
    }

    private static void refuseCycles(Release release) {
        Map<String, Package> byName = release.packages().stream()
                .collect(Collectors.toMap(Package::name, found -> found, (one, two) -> one, LinkedHashMap::new));
        byName.values().forEach(found -> follow(found, byName, new HashSet<>()));
    }

    private static void follow(Package from, Map<String, Package> byName, Set<String> path) {
        if (!path.add(from.name())) {
            throw DirectorException.uncoded("Cycle detected while resolving package dependencies: " + path);
        }
        for (String dependency : from.dependencies()) {
            Package next = byName.get(dependency);
            if (next == null) {
                throw DirectorException.uncoded(
                        "Package '" + from.name() + "' depends on missing package '" + dependency + "'");
            }
            follow(next, byName, new HashSet<>(path));
        }
    }

    private String keep(Release release, Path unpacked, boolean fix, TaskLog log) {
        List<Release> known = releases.all();
        known.stream()
                .filter(other -> other.label().equals(release.label()))
                .filter(other -> !other.commitHash().equals(release.commitHash())
                        || other.uncommittedChanges() != release.uncommittedChanges())
                .findFirst()
                .ifPresent(other -> {
                    throw new DirectorException(
                            30014,
                            "release '" + release.label() + "' has already been uploaded with commit_hash as '"
                                    + other.commitHash() + "' and uncommitted_changes as '"
                                    + other.uncommittedChanges() + "'");
                });
        Set<String> knownPackages = known.stream()
                .flatMap(other -> other.packages().stream())
                .map(Package::label)
                .collect(Collectors.toSet());
        Set<String> knownJobs = known.stream()
                .flatMap(other -> other.jobs().stream())
                .map(Release.Job::label)
                .collect(Collectors.toSet());
        report(release.packages().stream().map(Package::label).toList(), knownPackages, "package", log);
        report(release.jobs().stream().map(Release.Job::label).toList(), knownJobs, "job", log);
        boolean exists = known.stream().anyMatch(other -> other.label().equals(release.label()));
        log.stage("Release has been created", 1).step(release.label(), () -> {
            keepCompiled(release, unpacked);
            if (fix || !exists) {
                releases.keep(unpacked);
            }
        });
        return release.label();
    }

    /** A compiled release brings its packages ready. */
    private void keepCompiled(Release release, Path unpacked) {
        for (Package brought : release.packages()) {
            Path content = unpacked.resolve("compiled_packages").resolve(brought.name());
            if (Files.isDirectory(content)) {
                packages.keep(brought, content);
            }
        }
    }

    private static void report(List<String> labels, Set<String> known, String kind, TaskLog log) {
        List<String> existing = labels.stream().filter(known::contains).toList();
        List<String> created = new ArrayList<>(labels);
        created.removeAll(existing);
        if (!created.isEmpty()) {
            EventLog creating = log.stage("Creating new " + kind + "s", created.size());
            created.forEach(label -> creating.step(label, () -> {}));
        }
        if (!existing.isEmpty()) {
            String stage = "Processing " + existing.size() + " existing " + kind + (existing.size() == 1 ? "" : "s");
            log.stage(stage, 1).step(stage, () -> {});
        }
    }
}
