package io.paddock.minidirector.deployment;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A deployment as it was last left.
 *
 * @param manifest verbatim as sent; null while no deploy got through
 * @param releases names and versions, "demo/1"
 * @param variables absolute names
 */
public record Deployment(
        String name,
        @Nullable String manifest,
        List<String> releases,
        List<String> stemcells,
        List<Instance> instances,
        List<String> variables) {

    static Deployment fresh(String name) {
        return new Deployment(name, null, List.of(), List.of(), List.of(), List.of());
    }

    public Optional<Instance> instance(String group, int index) {
        return instances.stream()
                .filter(instance -> instance.group().equals(group) && instance.index() == index)
                .findFirst();
    }

    Deployment deployed(String text, List<String> usedReleases, List<String> usedStemcells) {
        return new Deployment(name, text, usedReleases, usedStemcells, instances, variables);
    }

    Deployment withVariables(List<String> names) {
        return new Deployment(name, manifest, releases, stemcells, instances, names);
    }

    Deployment withInstances(List<Instance> changed) {
        return new Deployment(name, manifest, releases, stemcells, List.copyOf(changed), variables);
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
