package io.paddock.minidirector.api;

import io.paddock.minidirector.deployment.DeploymentLocks;
import io.paddock.minidirector.deployment.HealthMonitor;
import io.paddock.minidirector.deployment.OrphanedDisks;
import io.paddock.minidirector.release.Releases;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.MinidirectorProperties;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
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
    private final DeploymentLocks locks;
    private final HealthMonitor healthMonitor;
    private final OrphanedDisks orphanedDisks;

    InfoController(
            MinidirectorProperties properties,
            Releases releases,
            DeploymentLocks locks,
            HealthMonitor healthMonitor,
            OrphanedDisks orphanedDisks) {
        this.properties = properties;
        this.releases = releases;
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
        return Answers.html(releases.all().stream()
                .map(release -> Map.of(
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
                                true,
                                "job_names",
                                release.jobs()))))
                .toList());
    }

    @GetMapping("/stemcells")
    ResponseEntity<String> stemcells() {
        return Answers.html(List.of());
    }

    @GetMapping("/locks")
    ResponseEntity<String> locks() {
        return Answers.json(locks.held().stream()
                .map(lock -> Map.of(
                        "type", "deployment",
                        "resource", List.of(lock.deployment()),
                        "timeout", String.valueOf(lock.until()),
                        "task_id", String.valueOf(lock.taskId())))
                .toList());
    }

    @GetMapping("/orphan_disks")
    ResponseEntity<String> orphanedDisks() {
        return Answers.json(orphanedDisks.all().stream()
                .map(disk -> Map.of(
                        "disk_cid", disk.cid(),
                        "size", disk.sizeMb(),
                        "az", disk.az(),
                        "deployment_name", disk.deployment(),
                        "instance_name", disk.instance(),
                        "cloud_properties", Map.of(),
                        "orphaned_at", TIME.format(Instant.ofEpochSecond(disk.orphanedAt()))))
                .toList());
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
