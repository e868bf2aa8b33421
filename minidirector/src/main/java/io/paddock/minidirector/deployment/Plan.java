package io.paddock.minidirector.deployment;

import io.paddock.minidirector.deployment.Instance.State;
import io.paddock.minidirector.manifest.Manifest;
import io.paddock.minidirector.release.RenderedJob;
import java.util.List;

/**
 * What a deployment shall become.
 *
 * @param surplus instances that go
 */
record Plan(List<Group> groups, List<Instance> surplus, List<String> releases, List<String> stemcells) {

    record Group(Manifest.InstanceGroup group, List<Wanted> instances) {}

    /** What happens to an instance although nothing of it changed. */
    enum Change {
        NONE,
        RESTART,
        RECREATE
    }

    /**
     * An instance with what shall run on it.
     *
     * @param configuration hash over the rendered jobs
     * @param state what it shall be; the instance itself says what it is
     */
    record Wanted(
            Instance instance,
            Manifest.InstanceGroup group,
            List<RenderedJob> jobs,
            String configuration,
            State state,
            Change change) {

        Wanted with(Instance changed) {
            return new Wanted(changed, group, jobs, configuration, state, change);
        }

        Wanted to(State wanted, Change forced) {
            return new Wanted(instance, group, jobs, configuration, wanted, forced);
        }
    }

    /** Everybody who has a machine of the group all the time. */
    List<Wanted> service() {
        return groups.stream()
                .filter(group -> !group.group().errand())
                .flatMap(group -> group.instances().stream())
                .toList();
    }
}
