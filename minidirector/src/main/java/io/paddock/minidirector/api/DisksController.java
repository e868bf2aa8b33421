package io.paddock.minidirector.api;

import io.paddock.minidirector.deployment.AttachDiskTask;
import io.paddock.minidirector.deployment.DeleteOrphanedDisksTask;
import io.paddock.minidirector.deployment.Deployments;
import io.paddock.minidirector.deployment.OrphanDiskTask;
import io.paddock.minidirector.deployment.OrphanedDisks;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.RubyText;
import io.paddock.minidirector.task.TaskQueue;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Persistent disks beside their instances: orphaned, attached, deleted. */
@RestController
class DisksController {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC);

    private final OrphanedDisks orphanedDisks;
    private final Deployments deployments;
    private final TaskQueue queue;

    DisksController(OrphanedDisks orphanedDisks, Deployments deployments, TaskQueue queue) {
        this.orphanedDisks = orphanedDisks;
        this.deployments = deployments;
        this.queue = queue;
    }

    /** Newer clients say "disks". */
    @GetMapping({"/orphan_disks", "/disks"})
    ResponseEntity<String> orphaned() {
        return Answers.json(
                orphanedDisks.all().stream().map(DisksController::shown).toList());
    }

    /** @throws DirectorException 520000 for a disk that an instance has */
    @DeleteMapping("/orphan_disks/{cid}")
    ResponseEntity<String> deleteOrphaned(
            @PathVariable String cid, @RequestAttribute(AuthenticationFilter.USER) String user) {
        if (deployments.withDisk(cid).isPresent()) {
            throw new DirectorException(
                    520000, "Deleting persistent disk is not supported: " + RubyText.inspect(List.of(cid)));
        }
        return Answers.started(queue.submit(
                        DeleteOrphanedDisksTask.TYPE,
                        "delete orphan disks",
                        user,
                        null,
                        "",
                        Map.of(DeleteOrphanedDisksTask.DISK, cid))
                .id());
    }

    /** Deletes an orphaned disk, or makes one of a disk that an instance has. */
    @DeleteMapping("/disks/{cid}")
    ResponseEntity<String> deleteOrOrphan(
            @PathVariable String cid,
            @RequestParam(defaultValue = "false") String orphan,
            @RequestAttribute(AuthenticationFilter.USER) String user) {
        if (orphan.equals("false")) {
            return deleteOrphaned(cid, user);
        }
        return Answers.started(
                queue.submit(OrphanDiskTask.TYPE, "orphan disk", user, null, "", Map.of(OrphanDiskTask.DISK, cid))
                        .id());
    }

    @PutMapping("/disks/{cid}/attachments")
    ResponseEntity<String> attach(
            @PathVariable String cid,
            @RequestParam String deployment,
            @RequestParam String job,
            @RequestParam(name = "instance_id") String instance,
            @RequestAttribute(AuthenticationFilter.USER) String user) {
        deployments.get(deployment);
        return Answers.started(queue.submit(
                        AttachDiskTask.TYPE,
                        "attach disk '" + cid + "' to '" + job + "/" + instance + "'",
                        user,
                        deployment,
                        "",
                        Map.of(AttachDiskTask.DISK, cid, AttachDiskTask.GROUP, job, AttachDiskTask.INSTANCE, instance))
                .id());
    }

    /** Disks that jobs ask for while they run. There are none: docs/minidirector.md says why. */
    @GetMapping("/dynamic_disks")
    ResponseEntity<String> dynamic() {
        return Answers.html(List.of());
    }

    static Map<String, Object> shown(OrphanedDisks.Orphan disk) {
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
}
