package io.paddock.minidirector.deployment;

import io.paddock.minidirector.machine.MachineHost;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Directories;
import io.paddock.minidirector.system.JsonFile;
import io.paddock.minidirector.system.MinidirectorProperties;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Disks without an instance: kept for a while in case their content is missed, then removed. */
@Component
public class OrphanedDisks {

    /** The file's content. */
    record Content(List<Orphan> disks) {}

    /** @param orphanedAt seconds since the epoch */
    public record Orphan(String cid, int sizeMb, String az, String deployment, String instance, long orphanedAt) {}

    private final JsonFile<Content> file;
    private final Deployments deployments;
    private final MachineHost host;
    private final Clock clock;
    private final Duration retention;
    private final List<Orphan> disks;

    OrphanedDisks(MinidirectorProperties properties, Deployments deployments, MachineHost host, Clock clock) {
        this.deployments = deployments;
        this.file = new JsonFile<>(properties.stateDirectory().resolve("orphaned_disks.json"), Content.class);
        this.host = host;
        this.clock = clock;
        this.retention = properties.orphanedDiskRetention();
        this.disks = new ArrayList<>(file.read().map(Content::disks).orElse(List.of()));
    }

    public synchronized List<Orphan> all() {
        return List.copyOf(disks);
    }

    synchronized void add(String deployment, Instance instance, Instance.Disk disk) {
        disks.add(new Orphan(
                disk.cid(),
                disk.sizeMb(),
                instance.az(),
                deployment,
                instance.group() + "/" + instance.id(),
                clock.instant().getEpochSecond()));
        save();
        removeExpired();
    }

    /** Removes the disks whose time is over. */
    synchronized void removeExpired() {
        Instant limit = clock.instant().minus(retention);
        List<Orphan> expired = disks.stream()
                .filter(disk -> disk.orphanedAt() <= limit.getEpochSecond())
                .toList();
        expired.forEach(this::delete);
        if (!expired.isEmpty()) {
            save();
        }
    }

    synchronized void remove(Orphan disk) {
        delete(disk);
        save();
    }

    /**
     * Gives a disk to an instance; nobody deletes it meanwhile.
     *
     * @throws DirectorException 390002 if there is no such disk
     */
    synchronized void give(String cid, Consumer<Instance.Disk> attach) {
        Orphan found = find(cid);
        attach.accept(new Instance.Disk(found.cid(), found.sizeMb()));
        // Only off the list: a disk that an instance has is not deleted.
        remove(found);
    }

    private Orphan find(String cid) {
        return disks.stream()
                .filter(disk -> disk.cid().equals(cid))
                .findFirst()
                .orElseThrow(() -> new DirectorException(390002, "Disk '" + cid + "' is not an orphaned disk"));
    }

    /** A crash may have left a disk among the orphans that its instance still has: that one is only taken off the list. */
    private void delete(Orphan disk) {
        boolean inUse = deployments.withDisk(disk.cid()).isPresent();
        if (!inUse) {
            Directories.delete(host.disk(disk.cid()));
        }
        disks.remove(disk);
    }

    /** After a crash: disks that nobody knows of become orphans. */
    synchronized void adopt() {
        Set<String> known = deployments.all().stream()
                .flatMap(deployment -> deployment.instances().stream())
                .filter(instance -> instance.disk() != null)
                .map(instance -> instance.disk().cid())
                .collect(Collectors.toSet());
        disks.forEach(disk -> known.add(disk.cid()));
        host.existingDisks().stream()
                .filter(cid -> !known.contains(cid))
                .forEach(cid -> disks.add(new Orphan(
                        cid, 0, "", "unknown", "unknown", clock.instant().getEpochSecond())));
        save();
    }

    private void save() {
        file.write(new Content(List.copyOf(disks)));
    }
}
