package io.paddock.minidirector.api;

import io.paddock.minidirector.deployment.DeleteOrphanedDisksTask;
import io.paddock.minidirector.deployment.DeploymentLocks;
import io.paddock.minidirector.deployment.Deployments;
import io.paddock.minidirector.deployment.HealthMonitor;
import io.paddock.minidirector.deployment.OrphanedDisks;
import io.paddock.minidirector.release.Releases;
import io.paddock.minidirector.release.Stemcells;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.MinidirectorProperties;
import io.paddock.minidirector.task.TaskQueue;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** What the director says of itself: identity, releases, stemcells, locks, orphaned disks, resurrection. */
@RestController
class InfoController {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC);

    private final MinidirectorProperties properties;
    private final Releases releases;
    private final Stemcells stemcells;
    private final Deployments deployments;
    private final TaskQueue queue;
    private final DeploymentLocks locks;
    private final HealthMonitor healthMonitor;
    private final OrphanedDisks orphanedDisks;

    InfoController(
            MinidirectorProperties properties,
            Releases releases,
            Stemcells stemcells,
            Deployments deployments,
            TaskQueue queue,
            DeploymentLocks locks,
            HealthMonitor healthMonitor,
            OrphanedDisks orphanedDisks) {
        this.properties = properties;
        this.releases = releases;
        this.stemcells = stemcells;
        this.deployments = deployments;
        this.queue = queue;
        this.locks = locks;
        this.healthMonitor = healthMonitor;
        this.orphanedDisks = orphanedDisks;
    }

    @GetMapping("/info")
    ResponseEntity<String> info(
            @RequestAttribute(name = BasicAuthenticationFilter.USER, required = false) @Nullable String user) {
        Map<String, Object> info = new LinkedHashMap<>();
        info.put("name", properties.name());
        info.put(
                "uuid",
                UUID.nameUUIDFromBytes(properties.stateDirectory().toString().getBytes(StandardCharsets.UTF_8)));
        info.put("version", "0.0.0 (minidirector)");
        info.put("user", user);
        info.put("cpi", "minidirector");
        info.put("stemcell_os", "-");
        info.put("stemcell_version", "-");
        info.put("user_authentication", Map.of("type", "basic", "options", Map.of()));
        info.put(
                "features",
                Map.of(
                        "local_dns", Map.of("status", true, "extras", Map.of("domain_name", "bosh")),
                        "snapshots", Map.of("status", false),
                        "config_server", Map.of("status", true, "extras", Map.of("urls", List.of()))));
        return Answers.json(info);
    }

    @GetMapping("/releases")
    ResponseEntity<String> releases() {
        return Answers.html(releases.all().stream().map(this::release).toList());
    }

    @GetMapping("/releases/{name}")
    ResponseEntity<String> release(@PathVariable String name) {
        Releases.Release release = releases.find(name, "latest");
        return Answers.json(Map.of(
                "jobs",
                release.jobs().stream().map(job -> Map.of("name", job)).toList(),
                "packages",
                List.of(),
                "versions",
                List.of(release.version())));
    }

    @GetMapping("/stemcells")
    ResponseEntity<String> stemcells() {
        Stemcells.Stemcell stemcell = stemcells.only();
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("name", stemcell.name());
        shown.put("operating_system", stemcell.os());
        shown.put("version", stemcell.version());
        shown.put("cid", stemcell.name());
        shown.put("cpi", "");
        shown.put(
                "deployments",
                deployments.all().stream()
                        .filter(deployment -> !deployment.stemcells().isEmpty())
                        .map(deployment -> Map.of("name", deployment.name()))
                        .toList());
        shown.put("api_version", null);
        shown.put("id", 1);
        return Answers.html(List.of(shown));
    }

    private Map<String, Object> release(Releases.Release release) {
        String label = release.name() + "/" + release.version();
        boolean deployed = deployments.all().stream()
                .anyMatch(deployment -> deployment.releases().contains(label));
        return Map.of(
                "name",
                release.name(),
                "release_versions",
                List.of(Map.of(
                        "version",
                        release.version(),
                        "commit_hash",
                        "non-git",
                        "uncommitted_changes",
                        false,
                        "currently_deployed",
                        deployed,
                        "job_names",
                        release.jobs())));
    }

    @GetMapping("/locks")
    ResponseEntity<String> locks() {
        return Answers.json(locks.held().stream()
                .map(lock -> Map.of(
                        "type", "deployment",
                        "resource", List.of(lock.deployment()),
                        "timeout", String.format(Locale.ROOT, "%.6f", lock.until()),
                        "task_id", String.valueOf(lock.taskId())))
                .toList());
    }

    /** Newer clients say "disks". */
    @GetMapping({"/orphan_disks", "/disks"})
    ResponseEntity<String> orphanedDisks() {
        return Answers.json(
                orphanedDisks.all().stream().map(InfoController::disk).toList());
    }

    @DeleteMapping("/orphan_disks/{cid}")
    ResponseEntity<String> deleteOrphanedDisk(
            @PathVariable String cid, @RequestAttribute(BasicAuthenticationFilter.USER) String user) {
        return Answers.started(queue.submit(
                        DeleteOrphanedDisksTask.TYPE,
                        "delete orphan disks",
                        user,
                        null,
                        "",
                        Map.of(DeleteOrphanedDisksTask.DISK, cid))
                .id());
    }

    /** Machines are deleted at once here. */
    @GetMapping("/orphaned_vms")
    ResponseEntity<String> orphanedVms() {
        return Answers.json(List.of());
    }

    /** What a clean-up would remove; releases and the stemcell are this machine's, so they stay. */
    @GetMapping("/cleanup/dryrun")
    ResponseEntity<String> cleanUpDryRun() {
        Map<String, Object> shown = new LinkedHashMap<>();
        for (String kind : List.of("releases", "stemcells", "compiled_packages")) {
            shown.put(kind, List.of());
        }
        shown.put(
                "orphaned_disks",
                orphanedDisks.all().stream().map(InfoController::disk).toList());
        for (String kind : List.of("orphaned_vms", "exported_releases", "dns_blobs")) {
            shown.put(kind, List.of());
        }
        return Answers.html(shown);
    }

    @PostMapping(path = "/cleanup", consumes = "application/json")
    ResponseEntity<String> cleanUp(
            @RequestBody Map<String, Object> body, @RequestAttribute(BasicAuthenticationFilter.USER) String user) {
        Map<?, ?> config = body.get("config") instanceof Map<?, ?> given ? given : Map.of();
        boolean disks = Boolean.TRUE.equals(config.get("remove_all"))
                && !Boolean.TRUE.equals(config.get("keep_orphaned_disks"));
        return Answers.started(queue.submit(
                        DeleteOrphanedDisksTask.TYPE,
                        "clean up",
                        user,
                        null,
                        "",
                        disks ? Map.of(DeleteOrphanedDisksTask.ALL, "true") : Map.of())
                .id());
    }

    private static Map<String, Object> disk(OrphanedDisks.Orphan disk) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("disk_cid", disk.cid());
        shown.put("size", disk.sizeMb());
        shown.put("az", disk.az());
        shown.put("deployment_name", disk.deployment());
        shown.put("instance_name", disk.instance());
        shown.put("cloud_properties", Map.of());
        shown.put("orphaned_at", TIME.format(Instant.ofEpochSecond(disk.orphanedAt())));
        return shown;
    }

    @GetMapping("/resurrection")
    ResponseEntity<String> resurrection() {
        return Answers.html(Map.of("resurrection", !healthMonitor.isResurrectionPaused()));
    }

    @PutMapping(path = "/resurrection", consumes = "application/json")
    ResponseEntity<Void> pause(@RequestBody Map<String, Object> body) {
        if (!(body.get("resurrection_paused") instanceof Boolean paused)) {
            throw new DirectorException(40001, "Required property 'resurrection_paused' was not specified in object");
        }
        healthMonitor.pauseResurrection(paused);
        return ResponseEntity.ok().build();
    }
}
