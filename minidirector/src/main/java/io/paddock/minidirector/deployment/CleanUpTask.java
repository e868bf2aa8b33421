package io.paddock.minidirector.deployment;

import io.paddock.minidirector.lock.Locks;
import io.paddock.minidirector.release.Packages;
import io.paddock.minidirector.release.Release;
import io.paddock.minidirector.release.Releases;
import io.paddock.minidirector.release.Stemcells;
import io.paddock.minidirector.release.Stemcells.Stemcell;
import io.paddock.minidirector.task.EventLog;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Carries "clean up": removes what {@link CleanUp} finds, and compiled packages of releases that are gone. */
@Component
public class CleanUpTask implements TaskRunner {

    public static final String TYPE = "delete_artifacts";
    public static final String ALL = "remove_all";
    public static final String KEEP_DISKS = "keep_orphaned_disks";

    private final CleanUp cleanUp;
    private final Releases releases;
    private final Packages packages;
    private final Stemcells stemcells;
    private final OrphanedDisks disks;
    private final OrphanedVms vms;
    private final Locks locks;
    private final ReleaseDeletion deletion;

    CleanUpTask(
            CleanUp cleanUp,
            Releases releases,
            Packages packages,
            Stemcells stemcells,
            OrphanedDisks disks,
            OrphanedVms vms,
            Locks locks,
            ReleaseDeletion deletion) {
        this.deletion = deletion;
        this.cleanUp = cleanUp;
        this.releases = releases;
        this.packages = packages;
        this.stemcells = stemcells;
        this.disks = disks;
        this.vms = vms;
        this.locks = locks;
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public String run(Task task, TaskLog log) {
        CleanUp.Waste waste = cleanUp.find(
                Boolean.parseBoolean(task.input().get(ALL)),
                Boolean.parseBoolean(task.input().get(KEEP_DISKS)));
        EventLog deletingVms = log.stage("Deleting orphaned vms", waste.vms().size());
        waste.vms().forEach(vm -> deletingVms.step(vm.cid(), () -> vms.remove(vm)));
        EventLog deletingReleases =
                log.stage("Deleting releases", waste.releases().size());
        waste.releases().forEach(release -> deletingReleases.step(release.label(), () -> remove(release, task, log)));
        EventLog deletingStemcells =
                log.stage("Deleting stemcells", waste.stemcells().size());
        waste.stemcells()
                .forEach(stemcell -> deletingStemcells.step(stemcell.label(), () -> remove(stemcell, task, log)));
        packages.removeAllBut(releases.all().stream()
                .flatMap(release -> release.packages().stream())
                .collect(Collectors.toSet()));
        EventLog deletingDisks =
                log.stage("Deleting orphaned disks", waste.disks().size());
        waste.disks().forEach(disk -> deletingDisks.step(disk.cid(), () -> disks.remove(disk)));
        // The records of names are written into each machine: there are no blobs of them that could be left over.
        log.stage("Deleting dns blobs", 1).step("DNS blobs", () -> {});
        return "Deleted " + waste.releases().size() + " release(s), "
                + waste.stemcells().size() + " stemcell(s), 0 extra compiled package(s), "
                + waste.disks().size() + " orphaned disk(s), " + waste.vms().size()
                + " orphaned vm(s), 0 exported release(s), Deleted 0 dns blob(s)";
    }

    /** Meanwhile somebody may have begun to use it, or deleted it. */
    private void remove(Release release, Task task, TaskLog log) {
        try (Locks.Lock lock = locks.acquire(task, log, Locks.Kind.RELEASE, release.name())) {
            if (cleanUp.find(true, true).releases().contains(release)) {
                deletion.version(release, log);
            }
        }
    }

    /** See {@link #remove(Release, Task, TaskLog)}. */
    private void remove(Stemcell stemcell, Task task, TaskLog log) {
        try (Locks.Lock lock = locks.acquire(task, log, Locks.Kind.STEMCELL, stemcell.name(), stemcell.version())) {
            if (cleanUp.find(true, true).stemcells().contains(stemcell)) {
                stemcells.remove(stemcell);
            }
        }
    }
}
