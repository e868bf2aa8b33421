package io.paddock.minidirector.deployment;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An instance as it was last left.
 *
 * @param addresses by network; kept when the machine is made anew
 * @param configuration hash over its rendered files, null before the first update got through
 * @param dirty whether the last update failed
 */
public record Instance(
        String id,
        String group,
        int index,
        String az,
        boolean bootstrap,
        Map<String, String> addresses,
        @Nullable Vm vm,
        @Nullable Disk disk,
        @Nullable String configuration,
        boolean dirty) {

    /** @param createdAt ISO 8601, UTC, seconds */
    public record Vm(String cid, String agentId, String createdAt, String vmType) {}

    public record Disk(String cid, int sizeMb) {}

    /** As the director names it in messages: {@code group/id (index)}. */
    public String label() {
        return group + "/" + id + " (" + index + ")";
    }

    public String address() {
        return addresses.values().iterator().next();
    }

    Instance with(@Nullable Vm machine, @Nullable Disk persistentDisk) {
        return new Instance(id, group, index, az, bootstrap, addresses, machine, persistentDisk, configuration, dirty);
    }

    Instance at(Map<String, String> given) {
        return new Instance(id, group, index, az, bootstrap, given, vm, disk, configuration, dirty);
    }

    Instance updating() {
        return new Instance(id, group, index, az, bootstrap, addresses, vm, disk, configuration, true);
    }

    Instance updated(String rendered) {
        return new Instance(id, group, index, az, bootstrap, addresses, vm, disk, rendered, false);
    }
}
