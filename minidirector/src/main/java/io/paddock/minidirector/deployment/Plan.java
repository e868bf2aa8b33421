package io.paddock.minidirector.deployment;

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

    /**
     * An instance with what shall run on it.
     *
     * @param configuration hash over the rendered jobs
     */
    record Wanted(Instance instance, Manifest.InstanceGroup group, List<RenderedJob> jobs, String configuration) {}
}
