package io.paddock.minidirector.deployment;

import java.util.List;
import java.util.Objects;

/** Something that is wrong with an instance's machine or disk, as {@code cck} finds it, and what can be done about it. */
public record Problem(long id, Type type, Instance instance) {

    /** A way out, as the director names it. */
    public enum Resolution {
        IGNORE("Skip for now"),
        REBOOT_VM("Reboot VM"),
        RECREATE_VM_WITHOUT_WAIT("Recreate VM without waiting for processes to start"),
        RECREATE_VM("Recreate VM and wait for processes to start"),
        DELETE_VM("Delete VM"),
        DELETE_VM_REFERENCE("Delete VM reference"),
        DELETE_DISK_REFERENCE("Delete disk reference (DANGEROUS!)"),
        REATTACH_DISK("Reattach disk to instance"),
        REATTACH_DISK_AND_REBOOT("Reattach disk and reboot instance");

        private final String plan;

        Resolution(String plan) {
            this.plan = plan;
        }

        public String wireName() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** What is wrong. */
    public enum Type {
        UNRESPONSIVE_AGENT(
                "UnresponsiveAgent",
                List.of(
                        Resolution.IGNORE,
                        Resolution.REBOOT_VM,
                        Resolution.RECREATE_VM_WITHOUT_WAIT,
                        Resolution.RECREATE_VM,
                        Resolution.DELETE_VM,
                        Resolution.DELETE_VM_REFERENCE)),
        MISSING_VM(
                "MissingVM",
                List.of(
                        Resolution.IGNORE,
                        Resolution.RECREATE_VM_WITHOUT_WAIT,
                        Resolution.RECREATE_VM,
                        Resolution.DELETE_VM_REFERENCE)),
        MISSING_DISK("MissingDisk", List.of(Resolution.IGNORE, Resolution.DELETE_DISK_REFERENCE)),
        MOUNT_INFO_MISMATCH(
                "MountInfoMismatch",
                List.of(Resolution.IGNORE, Resolution.REATTACH_DISK, Resolution.REATTACH_DISK_AND_REBOOT));

        private final String handler;
        private final List<Resolution> resolutions;

        Type(String handler, List<Resolution> resolutions) {
            this.handler = handler;
            this.resolutions = resolutions;
        }

        public String wireName() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }

        public List<Resolution> resolutions() {
            return resolutions;
        }

        boolean isOfDisk() {
            return this == MISSING_DISK || this == MOUNT_INFO_MISMATCH;
        }

        String handler() {
            return handler;
        }
    }

    public String description() {
        String cid = instance.vm() == null ? "" : instance.vm().cid();
        String machine = "VM for '" + instance.label() + "' with cloud ID '" + cid + "' ";
        return switch (type) {
            case UNRESPONSIVE_AGENT -> machine + "is not responding.";
            case MISSING_VM -> machine + "missing.";
            case MISSING_DISK ->
                "Disk '" + disk().cid() + "' (" + instance.name() + ", " + disk().sizeMb() + "M) is missing";
            case MOUNT_INFO_MISMATCH ->
                "Inconsistent mount information:\nRecord shows that disk '" + disk().cid()
                        + "' should be mounted on " + cid
                        + ".\nHowever it is currently :\n\tNot mounted in any VM";
        };
    }

    private Instance.Disk disk() {
        return Objects.requireNonNull(instance.disk());
    }

    public String plan(Resolution resolution) {
        return type == Type.UNRESPONSIVE_AGENT && resolution == Resolution.DELETE_VM_REFERENCE
                ? "Delete VM reference (forceful; may need to manually delete VM from the Cloud to avoid IP conflicts)"
                : resolution.plan;
    }
}
