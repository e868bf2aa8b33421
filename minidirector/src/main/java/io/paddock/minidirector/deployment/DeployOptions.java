package io.paddock.minidirector.deployment;

import io.paddock.minidirector.deployment.Instance.State;
import io.paddock.minidirector.deployment.Plan.Change;
import io.paddock.minidirector.manifest.UpdatePolicy;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Yaml;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the query of a deploy, or of a change of state, asks for beside the manifest. Kept as a task's input.
 *
 * @param recreateCreatedBefore machines made before that are made anew; with {@code recreate} only those are
 * @param newDisks whether persistent disks are made anew, with their content
 * @param cloudConfigIds cloud configs to deploy with; empty for those that hold now
 * @param skipDrain instance groups whose pre-stop and drain scripts are left out, "*" for all
 * @param canaries in place of the manifest's, a number or a share
 * @param maxInFlight the same
 * @param target what shall change its state, empty for nothing
 */
public record DeployOptions(
        boolean recreate,
        @Nullable Instant recreateCreatedBefore,
        boolean newDisks,
        List<Long> cloudConfigIds,
        boolean dryRun,
        Set<String> skipDrain,
        @Nullable String canaries,
        @Nullable String maxInFlight,
        Optional<Target> target) {

    private static final JsonMapper MAPPER = new JsonMapper();
    private static final String CREATED_BEFORE = "recreate_vms_created_before";

    /**
     * @param group an instance group, "*" for all
     * @param instance id or index in it, empty for all
     * @param state as the request says it
     */
    public record Target(String group, String instance, String state) {

        private static final List<String> STATES = List.of("started", "stopped", "detached", "recreate", "restart");

        boolean hits(Instance candidate) {
            return (group.equals("*") || group.equals(candidate.group()))
                    && (instance.isEmpty()
                            || instance.equals(candidate.id())
                            || instance.equals(Integer.toString(candidate.index())));
        }

        /** @throws DirectorException 140007 for a state that does not exist */
        void check() {
            if (!STATES.contains(state)) {
                throw new DirectorException(
                        140007,
                        "Invalid state '" + state + "' for '" + group + (instance.isEmpty() ? "" : "/" + instance)
                                + "', valid states are: " + String.join(", ", STATES));
            }
        }

        Plan.Wanted applyTo(Plan.Wanted wanted) {
            return switch (state) {
                case "started" -> wanted.to(State.STARTED, Change.NONE);
                case "stopped" -> wanted.to(State.STOPPED, Change.NONE);
                case "detached" -> wanted.to(State.DETACHED, Change.NONE);
                case "restart" -> wanted.to(State.STARTED, Change.RESTART);
                case "recreate" -> wanted.to(State.STARTED, Change.RECREATE);
                default -> throw new IllegalStateException("checked before: " + state);
            };
        }
    }

    public static DeployOptions none() {
        return of(Map.of());
    }

    /** From a request's query, which can't name a target: that is part of the path. */
    public static DeployOptions ofQuery(Map<String, String> query) {
        Map<String, String> options = new HashMap<>(query);
        options.keySet().removeAll(List.of("group", "instance", "state"));
        return of(options);
    }

    /** From what {@link #input()} made of one. */
    static DeployOptions of(Map<String, String> query) {
        String skip = query.getOrDefault("skip_drain", "");
        return new DeployOptions(
                "true".equals(query.get("recreate")),
                time(query.get(CREATED_BEFORE)),
                "true".equals(query.get("recreate_persistent_disks")),
                ids(query.get("context")),
                "true".equals(query.get("dry_run")),
                skip.isEmpty() ? Set.of() : Set.copyOf(Arrays.asList(skip.split(","))),
                query.get("canaries"),
                query.get("max_in_flight"),
                Optional.ofNullable(query.get("group"))
                        .map(group -> new Target(group, query.getOrDefault("instance", ""), query.get("state"))));
    }

    public DeployOptions to(Target changed) {
        return new DeployOptions(
                recreate,
                recreateCreatedBefore,
                newDisks,
                cloudConfigIds,
                dryRun,
                skipDrain,
                canaries,
                maxInFlight,
                Optional.of(changed));
    }

    public Map<String, String> input() {
        Map<String, String> input = new HashMap<>();
        input.put("recreate", Boolean.toString(recreate));
        if (recreateCreatedBefore != null) {
            input.put(CREATED_BEFORE, recreateCreatedBefore.toString());
        }
        input.put("recreate_persistent_disks", Boolean.toString(newDisks));
        if (!cloudConfigIds.isEmpty()) {
            input.put("context", MAPPER.writeValueAsString(Map.of("cloud_config_ids", cloudConfigIds)));
        }
        input.put("dry_run", Boolean.toString(dryRun));
        input.put("skip_drain", String.join(",", skipDrain));
        if (canaries != null) {
            input.put("canaries", canaries);
        }
        if (maxInFlight != null) {
            input.put("max_in_flight", maxInFlight);
        }
        target.ifPresent(changed -> {
            input.put("group", changed.group());
            input.put("instance", changed.instance());
            input.put("state", changed.state());
        });
        return input;
    }

    boolean recreates(Instance instance) {
        if (recreateCreatedBefore == null || instance.vm() == null) {
            return recreate;
        }
        return Instant.parse(instance.vm().createdAt()).isBefore(recreateCreatedBefore);
    }

    /** @throws tools.jackson.core.JacksonException for a context that is not JSON, on which the real director fails without words */
    private static List<Long> ids(@Nullable String context) {
        return context == null
                ? List.of()
                : Yaml.strings(MAPPER.readValue(context, Map.class).get("cloud_config_ids")).stream()
                        .map(Long::valueOf)
                        .toList();
    }

    private static @Nullable Instant time(@Nullable String text) {
        try {
            return text == null ? null : OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException notATime) {
            throw new DirectorException(40005, "Invalid " + CREATED_BEFORE + ": '" + text + "' is not of RFC 3339");
        }
    }

    boolean skipsDrain(String group) {
        return skipDrain.contains("*") || skipDrain.contains(group);
    }

    UpdatePolicy over(UpdatePolicy manifest, int instances) {
        return manifest.with(canaries, maxInFlight, instances);
    }
}
