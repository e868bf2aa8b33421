package io.paddock.minidirector.deployment;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An instance as it was last left.
 *
 * @param addresses by network; kept when the machine is made anew
 * @param configuration hash over its rendered files, null before the first update got through
 * @param dirty whether the last update failed
 * @param state what its operator wants it to be
 * @param ignored whether its operator set it aside: nothing touches it
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
        boolean dirty,
        State state,
        boolean ignored) {

    /** What an operator can want of an instance; detached is stopped, and without a machine. */
    public enum State {
        STARTED,
        STOPPED,
        DETACHED;

        public String wireName() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /**
     * @param createdAt ISO 8601, UTC, seconds
     * @param stemcell operating system and version; null in files of an earlier director
     * @param cloudProperties of its type as they were then; null in files of an earlier director
     * @param addresses by network, as they were then; null in files of an earlier director
     */
    public record Vm(
            String cid,
            String agentId,
            String createdAt,
            String vmType,
            @Nullable String stemcell,
            @Nullable String cloudProperties,
            @Nullable Map<String, String> addresses) {

        Vm at(Map<String, String> given) {
            return new Vm(cid, agentId, createdAt, vmType, stemcell, cloudProperties, given);
        }
    }

    public record Disk(String cid, int sizeMb) {}

    /** Files of an earlier director know no state. */
    public Instance {
        state = Objects.requireNonNullElse(state, State.STARTED);
    }

    static Instance fresh(String id, String group, int index, String az, boolean bootstrap) {
        return new Instance(id, group, index, az, bootstrap, Map.of(), null, null, null, false, State.STARTED, false);
    }

    /** As the director names it in messages: {@code group/id (index)}. */
    public String label() {
        return name() + " (" + index + ")";
    }

    /** As the director names it elsewhere: {@code group/id}. */
    public String name() {
        return group + "/" + id;
    }

    public String address() {
        return addresses.values().iterator().next();
    }

    Instance with(@Nullable Vm machine, @Nullable Disk persistentDisk) {
        return new Instance(
                id,
                group,
                index,
                az,
                bootstrap,
                addresses,
                machine,
                persistentDisk,
                configuration,
                dirty,
                state,
                ignored);
    }

    Instance at(Map<String, String> given) {
        return new Instance(id, group, index, az, bootstrap, given, vm, disk, configuration, dirty, state, ignored);
    }

    Instance updating() {
        return new Instance(id, group, index, az, bootstrap, addresses, vm, disk, configuration, true, state, ignored);
    }

    Instance updated(String rendered) {
        return new Instance(id, group, index, az, bootstrap, addresses, vm, disk, rendered, false, state, ignored);
    }

    Instance in(State wanted) {
        return new Instance(
                id, group, index, az, bootstrap, addresses, vm, disk, configuration, dirty, wanted, ignored);
    }

    Instance ignored(boolean ignore) {
        return new Instance(id, group, index, az, bootstrap, addresses, vm, disk, configuration, dirty, state, ignore);
    }
}
