package io.paddock.minidirector.deployment;

import io.paddock.minidirector.manifest.ManifestParser;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Yaml;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A deployment as it was last left.
 *
 * @param manifest verbatim as sent; null while no deploy got through
 * @param releases names and versions, "demo/1"
 * @param variables absolute names
 * @param cloudConfigs ids of those that the last deploy began with, empty before the first
 * @param errandRuns "errand/instance" to the configuration with which it last succeeded
 * @param teams that own it: those of the client that deployed it first
 */
public record Deployment(
        String name,
        @Nullable String manifest,
        List<String> releases,
        List<String> stemcells,
        List<Instance> instances,
        List<String> variables,
        Map<String, String> errandRuns,
        List<Long> cloudConfigs,
        List<String> teams) {

    /** Files of an earlier director know no errands, configs and teams. */
    public Deployment {
        errandRuns = Objects.requireNonNullElse(errandRuns, Map.of());
        cloudConfigs = Objects.requireNonNullElse(cloudConfigs, List.of());
        teams = Objects.requireNonNullElse(teams, List.of());
    }

    static Deployment fresh(String name, List<String> teams) {
        return new Deployment(name, null, List.of(), List.of(), List.of(), List.of(), Map.of(), List.of(), teams);
    }

    public Optional<Instance> instance(String group, int index) {
        return instances.stream()
                .filter(instance -> instance.group().equals(group) && instance.index() == index)
                .findFirst();
    }

    /** @throws DirectorException 70001, HTTP status 404 */
    public Instance instance(String group, String idOrIndex) {
        return instances.stream()
                .filter(instance -> instance.group().equals(group)
                        && (instance.id().equals(idOrIndex)
                                || Integer.toString(instance.index()).equals(idOrIndex)))
                .findFirst()
                .orElseThrow(() -> new DirectorException(
                        70001, 404, "'" + name + "/" + group + "/" + idOrIndex + "' doesn't exist"));
    }

    /** @throws DirectorException 70001, HTTP status 404 */
    Instance byId(String id) {
        return instances.stream()
                .filter(instance -> instance.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new DirectorException(70001, 404, "Instance '" + id + "' doesn't exist"));
    }

    /** The instance that has a disk. */
    Optional<Instance> withDisk(String cid) {
        return instances.stream()
                .filter(instance ->
                        instance.disk() != null && instance.disk().cid().equals(cid))
                .findFirst();
    }

    /** The instance that has a machine. */
    Optional<Instance> withMachine(String cid) {
        return instances.stream()
                .filter(instance -> instance.vm() != null && instance.vm().cid().equals(cid))
                .findFirst();
    }

    /** Names of the groups whose machines live for an errand's run only, unless they are kept alive. */
    public Set<String> errandGroups() {
        return manifest == null
                ? Set.of()
                : Yaml.maps(ManifestParser.tree(manifest).get("instance_groups")).stream()
                        .filter(group -> "errand".equals(group.get("lifecycle")))
                        .map(group -> String.valueOf(group.get("name")))
                        .collect(Collectors.toSet());
    }

    Deployment under(List<Long> configs) {
        return new Deployment(name, manifest, releases, stemcells, instances, variables, errandRuns, configs, teams);
    }

    /** While a deploy goes on, and after it failed, what was deployed before is used as well. */
    Deployment using(List<String> usedReleases, List<String> usedStemcells) {
        return deployed(manifest, union(releases, usedReleases), union(stemcells, usedStemcells));
    }

    private static List<String> union(List<String> one, List<String> two) {
        return Stream.concat(one.stream(), two.stream()).distinct().toList();
    }

    Deployment deployed(@Nullable String text, List<String> usedReleases, List<String> usedStemcells) {
        return new Deployment(
                name, text, usedReleases, usedStemcells, instances, variables, errandRuns, cloudConfigs, teams);
    }

    Deployment withVariables(List<String> names) {
        return new Deployment(name, manifest, releases, stemcells, instances, names, errandRuns, cloudConfigs, teams);
    }

    Deployment withInstances(List<Instance> changed) {
        return new Deployment(
                name, manifest, releases, stemcells, List.copyOf(changed), variables, errandRuns, cloudConfigs, teams);
    }

    /** Remembers with which configuration an errand succeeded on an instance. */
    Deployment ran(String errandAndInstance, String configuration) {
        Map<String, String> runs = new TreeMap<>(errandRuns);
        runs.put(errandAndInstance, configuration);
        return new Deployment(
                name, manifest, releases, stemcells, instances, variables, Map.copyOf(runs), cloudConfigs, teams);
    }

    Deployment with(Instance changed) {
        List<Instance> next = new ArrayList<>(instances);
        next.replaceAll(instance -> instance.id().equals(changed.id()) ? changed : instance);
        if (!next.contains(changed)) {
            next.add(changed);
        }
        return withInstances(next);
    }

    Deployment without(String instanceId) {
        return withInstances(instances.stream()
                .filter(instance -> !instance.id().equals(instanceId))
                .toList());
    }
}
