package io.paddock.minidirector.deployment;

import io.paddock.minidirector.blob.Blobs;
import io.paddock.minidirector.lock.Locks;
import io.paddock.minidirector.release.Package;
import io.paddock.minidirector.release.Packages;
import io.paddock.minidirector.release.Release;
import io.paddock.minidirector.release.Releases;
import io.paddock.minidirector.release.Stemcells;
import io.paddock.minidirector.system.Digests;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Directories;
import io.paddock.minidirector.system.MinidirectorProperties;
import io.paddock.minidirector.system.Tar;
import io.paddock.minidirector.system.Yaml;
import io.paddock.minidirector.task.EventLog;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.springframework.stereotype.Component;

/** Carries "export release": packs an uploaded release with its packages compiled, so that another director need not compile them. */
@Component
public class ExportReleaseTask implements TaskRunner {

    public static final String TYPE = "export_release";
    public static final String NAME = "name";
    public static final String VERSION = "version";
    /** Operating system and version, {@code os/1}. */
    public static final String STEMCELL = "stemcell";

    private final Deployments deployments;
    private final Releases releases;
    private final Packages packages;
    private final Stemcells stemcells;
    private final PackageCompiler compiler;
    private final Locks locks;
    private final Blobs blobs;
    private final Path work;

    ExportReleaseTask(
            Deployments deployments,
            Releases releases,
            Packages packages,
            Stemcells stemcells,
            PackageCompiler compiler,
            Locks locks,
            Blobs blobs,
            MinidirectorProperties properties) {
        this.deployments = deployments;
        this.releases = releases;
        this.packages = packages;
        this.stemcells = stemcells;
        this.compiler = compiler;
        this.locks = locks;
        this.blobs = blobs;
        this.work = properties.stateDirectory().resolve("exports");
        Directories.delete(work);
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public String run(Task task, TaskLog log) {
        String deployment = Objects.requireNonNull(task.deployment());
        Release release = releases.find(task.input().get(NAME), task.input().get(VERSION));
        if (!release.uploaded()) {
            throw DirectorException.uncoded(
                    "Release '" + release.label() + "' was not uploaded, so there is nothing to export");
        }
        String stemcell = task.input().get(STEMCELL);
        String[] parts = stemcell.split("/", 2);
        stemcells
                .byOs(parts[0], parts[1])
                .orElseThrow(() -> new DirectorException(
                        50003, 404, "Stemcell version '" + parts[1] + "' for OS '" + parts[0] + "' doesn't exist"));
        Path directory = work.resolve(Long.toString(task.id()));
        if (!deployments.get(deployment).releases().contains(release.label())) {
            throw new DirectorException(
                    30011,
                    "Release version '" + release.label() + "' not found in deployment '" + deployment + "' manifest");
        }
        try (Locks.Lock lock = locks.deployment(deployment, task, log)) {
            log.stage("Preparing package compilation", 1).step("Finding packages to compile", () -> {});
            compiler.compile(
                    deployment,
                    release.packages().stream()
                            .flatMap(found -> Packages.sources(release, found).stream())
                            .distinct()
                            .toList(),
                    task,
                    log);
            Directories.create(directory, "rwx------");
            Blobs.Blob blob = pack(release, stemcell, directory, log);
            log.result(Map.of("blobstore_id", blob.id(), "sha1", blob.sha1()));
        } finally {
            Directories.delete(directory);
        }
        return "Exported release: " + release.label() + " for " + stemcell;
    }

    private Blobs.Blob pack(Release release, String stemcell, Path directory, TaskLog log) {
        for (String kind : List.of("jobs", "compiled_packages")) {
            Directories.create(directory.resolve(kind), "rwx------");
        }
        EventLog copying = log.stage("copying packages", release.packages().size());
        List<Map<String, Object>> compiled = new ArrayList<>();
        for (Package found : release.packages()) {
            copying.step(found.label(), () -> {
                Map<String, Object> entry = entry(
                        directory, "compiled_packages", found.name(), found.fingerprint(), packages.directory(found));
                entry.put("stemcell", stemcell);
                entry.put("dependencies", found.dependencies());
                compiled.add(entry);
            });
        }
        List<Map<String, Object>> jobs = new ArrayList<>();
        EventLog copyingJobs = log.stage("copying jobs", release.jobs().size());
        Path sources = Objects.requireNonNull(release.directory()).resolve("jobs");
        for (Release.Job job : release.jobs()) {
            copyingJobs.step(
                    job.name() + "/" + job.fingerprint(),
                    () -> jobs.add(
                            entry(directory, "jobs", job.name(), job.fingerprint(), sources.resolve(job.name()))));
        }
        Map<String, Object> manifest = new LinkedHashMap<>();
        manifest.put("name", release.name());
        manifest.put("version", release.version());
        manifest.put("commit_hash", release.commitHash());
        manifest.put("uncommitted_changes", release.uncommittedChanges());
        manifest.put("compiled_packages", compiled);
        manifest.put("jobs", jobs);
        try {
            Files.writeString(directory.resolve("release.MF"), Yaml.write(manifest));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return blobs.pack(directory, List.of("release.MF", "jobs", "compiled_packages"));
    }

    /** Packs a part and describes it as the manifest does. */
    private static Map<String, Object> entry(
            Path directory, String kind, String name, String fingerprint, Path content) {
        Path archive = directory.resolve(kind).resolve(name + ".tgz");
        Tar.pack(archive, content, List.of("."));
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("name", name);
        entry.put("version", fingerprint);
        entry.put("fingerprint", fingerprint);
        entry.put("sha1", Digests.sha1(archive));
        return entry;
    }
}
