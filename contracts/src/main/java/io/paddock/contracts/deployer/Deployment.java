package io.paddock.contracts.deployer;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * @param generation of the deployed manifest, null before the first deployment got through
 * @param runningTask the task that works on it now, if any
 */
public record Deployment(
        String name, @Nullable Long generation, @Nullable DirectorTask runningTask, List<Instance> instances) {

    public record Instance(String group, int index, String id, String az, List<String> addresses) {}
}
