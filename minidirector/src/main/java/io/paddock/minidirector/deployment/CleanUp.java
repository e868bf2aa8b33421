package io.paddock.minidirector.deployment;

import io.paddock.minidirector.release.Release;
import io.paddock.minidirector.release.Releases;
import io.paddock.minidirector.release.Stemcells;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** What nobody uses any more: uploaded releases and stemcells but for the newest of each, machines and disks without an instance. */
@Component
public class CleanUp {

    /** Versions of a release or stemcell that stay although nobody uses them, unless everything goes. */
    private static final int KEPT = 2;

    private final Releases releases;
    private final Stemcells stemcells;
    private final Deployments deployments;
    private final OrphanedDisks disks;
    private final OrphanedVms vms;

    CleanUp(Releases releases, Stemcells stemcells, Deployments deployments, OrphanedDisks disks, OrphanedVms vms) {
        this.releases = releases;
        this.stemcells = stemcells;
        this.deployments = deployments;
        this.disks = disks;
        this.vms = vms;
    }

    /** What would go. */
    public record Waste(
            List<Release> releases,
            List<Stemcells.Stemcell> stemcells,
            List<OrphanedDisks.Orphan> disks,
            List<OrphanedVms.Orphan> vms) {}

    /**
     * @param all whether the newest ones go as well, and disks
     * @param keepDisks whether disks stay even then
     */
    public Waste find(boolean all, boolean keepDisks) {
        Stream<List<Release>> releasesByName = releases.all().stream()
                .filter(Release::uploaded)
                .filter(release -> deployments.using(release).isEmpty())
                .collect(Collectors.groupingBy(Release::name))
                .values()
                .stream();
        Stream<List<Stemcells.Stemcell>> stemcellsByName = stemcells.uploaded().stream()
                .filter(stemcell -> deployments.using(stemcell).isEmpty())
                .collect(Collectors.groupingBy(Stemcells.Stemcell::name))
                .values()
                .stream();
        return new Waste(
                releasesByName.flatMap(versions -> old(versions, all)).toList(),
                stemcellsByName.flatMap(versions -> old(versions, all)).toList(),
                all && !keepDisks ? disks.all() : List.of(),
                vms.all());
    }

    /** @param versions from old to new */
    private static <T> Stream<T> old(List<T> versions, boolean all) {
        return versions.stream().limit(all ? versions.size() : Math.max(0, versions.size() - KEPT));
    }
}
