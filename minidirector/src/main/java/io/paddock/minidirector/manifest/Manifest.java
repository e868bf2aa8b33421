package io.paddock.minidirector.manifest;

import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A deployment manifest, checked against the cloud config; references to variables are still in it.
 *
 * @param azs all zones of the cloud config; their places number them in DNS names
 */
public record Manifest(
        String name,
        List<Release> releases,
        List<Stemcell> stemcells,
        List<InstanceGroup> instanceGroups,
        List<VariableDeclaration> variables,
        List<String> azs) {

    public record Release(String name, String version) {}

    public record Stemcell(String alias, String os, String version) {}

    /** The manifest with other versions of what it uses. */
    public Manifest with(UnaryOperator<Release> release, UnaryOperator<Stemcell> stemcell) {
        return new Manifest(
                        name,
                        releases.stream().map(release).toList(),
                        stemcells.stream().map(stemcell).toList(),
                        instanceGroups,
                        variables,
                        azs)
                .resolved(stemcell);
    }

    /** The manifest with stemcells as the director knows them, in place of "latest" and names. */
    public Manifest resolved(UnaryOperator<Stemcell> stemcell) {
        return new Manifest(
                name,
                releases,
                stemcells,
                instanceGroups.stream()
                        .map(group -> group.on(stemcell.apply(group.stemcell())))
                        .toList(),
                variables,
                azs);
    }

    /**
     * @param updateMode as the manifest says it
     * @param namesFromLink alias of the link whose addresses are alternative names of a certificate; null for none
     */
    public record VariableDeclaration(
            String name,
            String type,
            Map<String, Object> options,
            String updateMode,
            @Nullable String namesFromLink) {}

    /**
     * @param properties of the job, or those of the group if the job has none of its own
     * @param provides link name to what the manifest says of it: {@code as}, or the word nil
     * @param consumes link name to what the manifest says of it: {@code from}, or the word nil
     */
    public record Job(
            String name,
            String release,
            Map<String, Object> properties,
            Map<String, Object> provides,
            Map<String, Object> consumes) {}

    /**
     * @param persistentDiskMb 0 without a disk
     * @param networks the first one gives the instance's address
     * @param staticIps network to the addresses of its instances in the order of their indexes; empty for those that the director picks
     */
    public record InstanceGroup(
            String name,
            int instances,
            List<String> azs,
            List<Job> jobs,
            String vmType,
            String cloudProperties,
            Stemcell stemcell,
            List<CloudConfig.Network> networks,
            Map<String, List<String>> staticIps,
            int persistentDiskMb,
            boolean errand,
            UpdatePolicy update) {

        InstanceGroup on(Stemcell other) {
            return new InstanceGroup(
                    name,
                    instances,
                    azs,
                    jobs,
                    vmType,
                    cloudProperties,
                    other,
                    networks,
                    staticIps,
                    persistentDiskMb,
                    errand,
                    update);
        }
    }
}
