package io.paddock.minidirector.api;

import io.paddock.minidirector.deployment.DeleteReleaseTask;
import io.paddock.minidirector.deployment.Deployments;
import io.paddock.minidirector.deployment.ExportReleaseTask;
import io.paddock.minidirector.release.JobSpec;
import io.paddock.minidirector.release.Package;
import io.paddock.minidirector.release.Packages;
import io.paddock.minidirector.release.Release;
import io.paddock.minidirector.release.Releases;
import io.paddock.minidirector.release.Stemcells;
import io.paddock.minidirector.release.UpdateReleaseTask;
import io.paddock.minidirector.release.Upload;
import io.paddock.minidirector.release.Uploads;
import io.paddock.minidirector.system.Digests;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Yaml;
import io.paddock.minidirector.task.TaskQueue;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Releases: what there is, uploads, deletions, exports. */
@RestController
class ReleasesController {

    private final Releases releases;
    private final Packages packages;
    private final Stemcells stemcells;
    private final Deployments deployments;
    private final Uploads uploads;
    private final TaskQueue queue;

    ReleasesController(
            Releases releases,
            Packages packages,
            Stemcells stemcells,
            Deployments deployments,
            Uploads uploads,
            TaskQueue queue) {
        this.releases = releases;
        this.packages = packages;
        this.stemcells = stemcells;
        this.deployments = deployments;
        this.uploads = uploads;
        this.queue = queue;
    }

    @GetMapping("/releases")
    ResponseEntity<String> releases() {
        Map<String, List<Release>> byName = releases.all().stream()
                .collect(Collectors.groupingBy(Release::name, TreeMap::new, Collectors.toList()));
        return Answers.html(byName.entrySet().stream()
                .map(entry -> Map.of(
                        "name",
                        entry.getKey(),
                        "release_versions",
                        entry.getValue().stream().map(this::version).toList()))
                .toList());
    }

    private Map<String, Object> version(Release release) {
        return Map.of(
                "version",
                release.version(),
                "commit_hash",
                release.commitHash(),
                "uncommitted_changes",
                release.uncommittedChanges(),
                "currently_deployed",
                !deployments.using(release).isEmpty(),
                "job_names",
                release.jobNames());
    }

    /** All jobs and packages of the newest version with all versions' numbers; with {@code version} those of that one. */
    @GetMapping("/releases/{name}")
    ResponseEntity<String> release(@PathVariable String name, @RequestParam(defaultValue = "") String version) {
        if (!version.isEmpty()) {
            return Answers.json(parts(releases.find(name, version)));
        }
        List<Release> versions = releases.versions(name);
        Release newest = versions.get(versions.size() - 1);
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put(
                "packages",
                newest.packages().stream().map(ReleasesController::briefly).toList());
        shown.put(
                "jobs",
                newest.jobs().stream()
                        .map(job -> Map.of(
                                "name",
                                job.name(),
                                "sha1",
                                job.sha1(),
                                "version",
                                job.fingerprint(),
                                "packages",
                                releases.job(newest, job.name()).packages().stream()
                                        .map(Package::name)
                                        .toList()))
                        .toList());
        shown.put("versions", versions.stream().map(Release::version).toList());
        return Answers.json(shown);
    }

    private static Map<String, Object> briefly(Package found) {
        return Map.of(
                "name", found.name(),
                "sha1", found.sha1(),
                "version", found.fingerprint(),
                "dependencies", found.dependencies());
    }

    private Map<String, Object> parts(Release release) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put(
                "jobs",
                release.jobs().stream()
                        .sorted(Comparator.comparing(Release.Job::name))
                        .map(job -> job(release, job))
                        .toList());
        shown.put(
                "packages",
                release.packages().stream()
                        .sorted(Comparator.comparing(Package::name))
                        .map(this::inspected)
                        .toList());
        return shown;
    }

    private Map<String, Object> inspected(Package found) {
        return Map.of(
                "name",
                found.name(),
                "blobstore_id",
                blob("package", found.label()),
                "sha1",
                found.sha1(),
                "fingerprint",
                found.fingerprint(),
                "compiled_packages",
                found.isCompiledHere() && packages.isReady(found) ? compiled(found) : List.of());
    }

    /** All stemcells are this machine: what was compiled once is compiled for each that a deployment has, or else for all. */
    private List<Map<String, String>> compiled(Package found) {
        List<Stemcells.Stemcell> used = stemcells.all().stream()
                .filter(stemcell -> !deployments.using(stemcell).isEmpty())
                .toList();
        return (used.isEmpty() ? stemcells.all() : used)
                .stream()
                        .map(stemcell -> stemcell.os() + "/" + stemcell.version())
                        .distinct()
                        .sorted()
                        .map(stemcell -> Map.of(
                                "stemcell", stemcell,
                                "blobstore_id", blob("compiled package for " + stemcell, found.label()),
                                // It is kept as a directory: there is no archive to make a digest of.
                                "sha1", Digests.sha1(found.label() + " for " + stemcell)))
                        .toList();
    }

    /** Archives are unpacked when they come in: an id that says nothing, but always the same of the same part. */
    private static String blob(String kind, String label) {
        return UUID.nameUUIDFromBytes((kind + " " + label).getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    private Map<String, Object> job(Release release, Release.Job job) {
        JobSpec spec = releases.job(release, job.name());
        return Map.of(
                "name",
                job.name(),
                "blobstore_id",
                blob("job", job.label()),
                "sha1",
                job.sha1(),
                "fingerprint",
                job.fingerprint(),
                "consumes",
                spec.consumes().stream().map(ReleasesController::consumed).toList(),
                "provides",
                spec.provides().stream().map(ReleasesController::provided).toList());
    }

    private static Map<String, Object> consumed(JobSpec.Consumed link) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("name", link.name());
        shown.put("type", link.type());
        if (link.optional()) {
            shown.put("optional", true);
        }
        return shown;
    }

    private static Map<String, Object> provided(JobSpec.Provided link) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("name", link.name());
        shown.put("type", link.type());
        if (!link.properties().isEmpty()) {
            shown.put("properties", link.properties());
        }
        return shown;
    }

    @PostMapping(path = "/releases", consumes = "application/x-compressed")
    ResponseEntity<String> upload(
            InputStream tarball,
            @RequestParam Map<String, String> query,
            @RequestAttribute(AuthenticationFilter.USER) String user) {
        Map<String, String> input = options(query);
        input.put(Upload.FILE, uploads.receive(tarball));
        return create(user, input);
    }

    @PostMapping(path = "/releases", consumes = "application/json")
    ResponseEntity<String> uploadFrom(
            @RequestBody Map<String, Object> body,
            @RequestParam Map<String, String> query,
            @RequestAttribute(AuthenticationFilter.USER) String user) {
        Map<String, String> input = options(query);
        input.put(Upload.LOCATION, Answers.required(body, "location"));
        if (body.get("sha1") != null) {
            input.put(Upload.SHA1, body.get("sha1").toString());
        }
        return create(user, input);
    }

    private static Map<String, String> options(Map<String, String> query) {
        Map<String, String> input = new HashMap<>(query);
        input.keySet().retainAll(List.of(Upload.SHA1, UpdateReleaseTask.REBASE, UpdateReleaseTask.FIX));
        return input;
    }

    private ResponseEntity<String> create(String user, Map<String, String> input) {
        return Answers.started(queue.submit(UpdateReleaseTask.TYPE, "create release", user, null, "", input)
                .id());
    }

    @DeleteMapping("/releases/{name}")
    ResponseEntity<String> delete(
            @PathVariable String name,
            @RequestParam(defaultValue = "") String version,
            @RequestAttribute(AuthenticationFilter.USER) String user) {
        releases.versions(name);
        return Answers.started(queue.submit(
                        DeleteReleaseTask.TYPE,
                        "delete release: " + name + (version.isEmpty() ? "" : "/" + version),
                        user,
                        null,
                        "",
                        Map.of(DeleteReleaseTask.NAME, name, DeleteReleaseTask.VERSION, version))
                .id());
    }

    /** The release with its packages compiled, to be fetched from {@code /resources/ID}. */
    @PostMapping(path = "/releases/export", consumes = "application/json")
    ResponseEntity<String> export(
            @RequestBody Map<String, Object> body, @RequestAttribute(AuthenticationFilter.USER) String user) {
        String deployment = Answers.required(body, "deployment_name");
        String name = Answers.required(body, "release_name");
        String version = Answers.required(body, "release_version");
        String os = Answers.required(body, "stemcell_os");
        String stemcell = Answers.required(body, "stemcell_version");
        deployments.get(deployment);
        return Answers.started(queue.submit(
                        ExportReleaseTask.TYPE,
                        "export release: '" + name + "/" + version + "' for '" + os + "/" + stemcell + "'",
                        user,
                        deployment,
                        "",
                        Map.of(
                                ExportReleaseTask.NAME, name,
                                ExportReleaseTask.VERSION, version,
                                ExportReleaseTask.STEMCELL, os + "/" + stemcell))
                .id());
    }

    /** Which packages of a release's manifest are here already, by fingerprint: a client leaves them out of its upload. */
    @PostMapping(
            path = {"/packages/matches", "/packages/matches_compiled"},
            consumes = "text/yaml")
    ResponseEntity<String> matches(@RequestBody String manifest) {
        if (!(Yaml.parse(manifest) instanceof Map<?, ?> tree) || !(tree.get("packages") instanceof List)) {
            throw new DirectorException(440001, "Manifest doesn't have a usable packages section");
        }
        return Answers.html(Yaml.maps(tree.get("packages")).stream()
                .map(wanted -> new Package(
                        String.valueOf(wanted.get("name")), String.valueOf(wanted.get("fingerprint")), "", List.of()))
                .filter(wanted -> releases.sources(wanted).isPresent())
                .map(Package::fingerprint)
                .toList());
    }
}
