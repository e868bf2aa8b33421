package io.paddock.minidirector.deployment;

import io.paddock.minidirector.deployment.Instance.State;
import io.paddock.minidirector.manifest.Manifest;
import io.paddock.minidirector.release.RenderedJob;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a deployment shall become.
 *
 * @param surplus instances that go
 */
record Plan(List<Group> groups, List<Instance> surplus, List<String> releases, List<String> stemcells) {

    record Group(Manifest.InstanceGroup group, List<Wanted> instances) {

        /** Machines of errands are updated by deploys only if a run kept one of them alive. */
        boolean isDeployed() {
            return !group.errand()
                    || instances.stream().anyMatch(wanted -> wanted.instance().vm() != null);
        }
    }

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
     * @param newDisk whether its persistent disk is made anew, with its content
     * @param swap the machine that takes the place of the instance's, ready but for the disk; null if there is none
     */
    record Wanted(
            Instance instance,
            Manifest.InstanceGroup group,
            List<RenderedJob> jobs,
            String configuration,
            State state,
            Change change,
            boolean newDisk,
            Instance.@Nullable Vm swap) {

        Wanted with(Instance changed) {
            return new Wanted(changed, group, jobs, configuration, state, change, newDisk, swap);
        }

        Wanted swappingTo(Instance.Vm machine) {
            return new Wanted(instance, group, jobs, configuration, state, change, newDisk, machine);
        }

        Wanted to(State wanted, Change forced) {
            return new Wanted(instance, group, jobs, configuration, wanted, forced, newDisk, swap);
        }
    }

    /** The same with other words on each instance. */
    Plan with(UnaryOperator<Wanted> change) {
        return new Plan(
                groups.stream()
                        .map(group -> new Group(
                                group.group(),
                                group.instances().stream().map(change).toList()))
                        .toList(),
                surplus,
                releases,
                stemcells);
    }

    /** All that a deploy equips and updates. */
    List<Wanted> deployed() {
        return groups.stream()
                .filter(Group::isDeployed)
                .flatMap(group -> group.instances().stream())
                .toList();
    }
}
