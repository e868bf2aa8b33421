package io.paddock.minidirector.api;

import io.paddock.minidirector.access.Authentication;
import io.paddock.minidirector.certificate.DirectorCertificate;
import io.paddock.minidirector.deployment.CleanUp;
import io.paddock.minidirector.deployment.CleanUpTask;
import io.paddock.minidirector.deployment.HealthMonitor;
import io.paddock.minidirector.deployment.OrphanedVms;
import io.paddock.minidirector.lock.Locks;
import io.paddock.minidirector.release.Release;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.MinidirectorProperties;
import io.paddock.minidirector.task.TaskQueue;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The director's account of itself: identity, locks, leftovers, resurrection. */
@RestController
class InfoController {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC);

    private final MinidirectorProperties properties;
    private final Authentication authentication;
    private final Clock clock;
    private final TaskQueue queue;
    private final Locks locks;
    private final HealthMonitor healthMonitor;
    private final OrphanedVms orphanedVms;
    private final CleanUp cleanUp;

    InfoController(
            MinidirectorProperties properties,
            Authentication authentication,
            Clock clock,
            TaskQueue queue,
            Locks locks,
            HealthMonitor healthMonitor,
            OrphanedVms orphanedVms,
            CleanUp cleanUp) {
        this.properties = properties;
        this.authentication = authentication;
        this.clock = clock;
        this.queue = queue;
        this.locks = locks;
        this.healthMonitor = healthMonitor;
        this.orphanedVms = orphanedVms;
        this.cleanUp = cleanUp;
    }

    @GetMapping("/info")
    ResponseEntity<String> info(
            @RequestAttribute(name = AuthenticationFilter.USER, required = false) @Nullable String user) {
        Map<String, Object> info = new LinkedHashMap<>();
        info.put("name", properties.name());
        info.put("uuid", properties.uuid());
        info.put("version", "0.0.0 (minidirector)");
        info.put("user", user);
        info.put("cpi", "minidirector");
        info.put("stemcell_os", "-");
        info.put("stemcell_version", "-");
        info.put("user_authentication", authentication.description());
        info.put(
                "features",
                Map.of(
                        "local_dns", Map.of("status", true, "extras", Map.of("domain_name", "bosh")),
                        "snapshots", Map.of("status", false),
                        "config_server",
                                Map.of("status", properties.configServer(), "extras", Map.of("urls", List.of()))));
        return Answers.json(info);
    }

    /** When the director's own certificates end; empty if it serves plain HTTP. */
    @GetMapping("/director/certificate_expiry")
    ResponseEntity<String> certificates() {
        return Answers.json(DirectorCertificate.expiries(properties.stateDirectory()).entrySet().stream()
                .map(certificate -> Map.of(
                        "certificate_path",
                        certificate.getKey(),
                        "expiry",
                        certificate.getValue().truncatedTo(ChronoUnit.SECONDS).toString(),
                        "days_left",
                        Duration.between(clock.instant(), certificate.getValue())
                                .toDays()))
                .toList());
    }

    @GetMapping("/locks")
    ResponseEntity<String> locks() {
        return Answers.json(locks.held().stream()
                .map(lock -> Map.of(
                        "type", lock.kind().wireName(),
                        "resource", lock.resource(),
                        "timeout", String.format(Locale.ROOT, "%.6f", locks.until()),
                        "task_id", String.valueOf(lock.taskId())))
                .toList());
    }

    @GetMapping("/orphaned_vms")
    ResponseEntity<String> orphanedVms() {
        return Answers.json(orphanedVms.all().stream().map(InfoController::vm).toList());
    }

    private static Map<String, Object> vm(OrphanedVms.Orphan orphan) {
        return Map.of(
                "cid", orphan.cid(),
                "az", orphan.az(),
                "deployment_name", orphan.deployment(),
                "instance_name", orphan.instance(),
                "ip_addresses", orphan.addresses(),
                "orphaned_at", TIME.format(Instant.ofEpochSecond(orphan.orphanedAt())));
    }

    /** What a clean-up would remove. */
    @GetMapping("/cleanup/dryrun")
    ResponseEntity<String> cleanUpDryRun(
            @RequestParam(name = CleanUpTask.ALL, defaultValue = "false") boolean all,
            @RequestParam(name = CleanUpTask.KEEP_DISKS, defaultValue = "false") boolean keepDisks) {
        CleanUp.Waste waste = cleanUp.find(all, keepDisks);
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put(
                "releases",
                waste.releases().stream()
                        .collect(Collectors.groupingBy(
                                Release::name, TreeMap::new, Collectors.mapping(Release::version, Collectors.toList())))
                        .entrySet()
                        .stream()
                        .map(release -> Map.of("name", release.getKey(), "versions", release.getValue()))
                        .toList());
        shown.put(
                "stemcells",
                waste.stemcells().stream()
                        .map(stemcell -> Map.of("name", stemcell.name(), "version", stemcell.version()))
                        .toList());
        shown.put("compiled_packages", List.of());
        shown.put(
                "orphaned_disks",
                waste.disks().stream().map(DisksController::shown).toList());
        shown.put("orphaned_vms", waste.vms().stream().map(InfoController::vm).toList());
        for (String kind : List.of("exported_releases", "dns_blobs")) {
            shown.put(kind, List.of());
        }
        return Answers.html(shown);
    }

    @PostMapping(path = "/cleanup", consumes = "application/json")
    ResponseEntity<String> cleanUp(
            @RequestBody Map<String, Object> body, @RequestAttribute(AuthenticationFilter.USER) String user) {
        Map<?, ?> config = body.get("config") instanceof Map<?, ?> given ? given : Map.of();
        Map<String, String> input = Stream.of(CleanUpTask.ALL, CleanUpTask.KEEP_DISKS)
                .collect(Collectors.toMap(key -> key, key -> Boolean.toString(Boolean.TRUE.equals(config.get(key)))));
        return Answers.started(queue.submit(CleanUpTask.TYPE, "clean up", user, null, "", input)
                .id());
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
