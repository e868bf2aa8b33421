package io.paddock.minidirector.deployment;

import java.util.List;

/** Something that is wrong with an instance's machine, as {@code cck} finds it, and what can be done about it. */
public record Problem(long id, Type type, Instance instance) {

    /** A way out, as the director names it. */
    public enum Resolution {
        IGNORE("Skip for now"),
        REBOOT_VM("Reboot VM"),
        RECREATE_VM_WITHOUT_WAIT("Recreate VM without waiting for processes to start"),
        RECREATE_VM("Recreate VM and wait for processes to start"),
        DELETE_VM("Delete VM"),
        DELETE_VM_REFERENCE("Delete VM reference");

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
        UNRESPONSIVE_AGENT("UnresponsiveAgent", List.of(Resolution.values())),
        MISSING_VM(
                "MissingVM",
                List.of(
                        Resolution.IGNORE,
                        Resolution.RECREATE_VM_WITHOUT_WAIT,
                        Resolution.RECREATE_VM,
                        Resolution.DELETE_VM_REFERENCE));

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

        String handler() {
            return handler;
        }
    }

    public String description() {
        String cid = instance.vm() == null ? "" : instance.vm().cid();
        return "VM for '" + instance.label() + "' with cloud ID '" + cid + "' "
                + switch (type) {
                    case UNRESPONSIVE_AGENT -> "is not responding.";
                    case MISSING_VM -> "missing.";
                };
    }

    public String plan(Resolution resolution) {
        return type == Type.UNRESPONSIVE_AGENT && resolution == Resolution.DELETE_VM_REFERENCE
                ? "Delete VM reference (forceful; may need to manually delete VM from the Cloud to avoid IP conflicts)"
                : resolution.plan;
    }
}
