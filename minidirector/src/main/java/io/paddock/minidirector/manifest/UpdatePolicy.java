package io.paddock.minidirector.manifest;

import io.paddock.minidirector.system.DirectorException;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How an instance group is rolled: an {@code update} block, of the group or of the whole manifest.
 *
 * @param swapsMachines whether a machine that takes another one's place is made before that one stops
 */
public record UpdatePolicy(
        int canaries,
        int maxInFlight,
        WatchTime canaryWatchTime,
        WatchTime updateWatchTime,
        boolean serial,
        boolean swapsMachines) {

    private static final Pattern COUNT = Pattern.compile("\\d{1,6}%?");
    private static final String DELETE_CREATE = "delete-create";
    private static final String CREATE_SWAP_DELETE = "create-swap-delete";

    /** Milliseconds until the first look at an updated instance, and until it counts as failed. */
    public record WatchTime(long minimum, long maximum) {

        static WatchTime parse(Object value) {
            String[] bounds = String.valueOf(value).split("-", 2);
            try {
                long first = Long.parseLong(bounds[0].strip());
                long last = bounds.length == 1 ? first : Long.parseLong(bounds[1].strip());
                if (first > last) {
                    throw new DirectorException(180001, "Min watch time cannot be greater than max watch time");
                }
                return new WatchTime(bounds.length == 1 ? 0 : first, last);
            } catch (NumberFormatException notANumber) {
                throw new DirectorException(180001, "Watch time should be an integer or a range of two integers");
            }
        }

        /** Time between two looks: a ninth of the window, from one second to fifteen. */
        public long step() {
            return Math.max(1_000, Math.min(15_000, (maximum - minimum) / 9));
        }
    }

    /** The policy with other numbers, as a request may give them: a number or a share of the instances. */
    public UpdatePolicy with(@Nullable String otherCanaries, @Nullable String otherMaxInFlight, int instances) {
        return new UpdatePolicy(
                otherCanaries == null ? canaries : count(otherCanaries, instances, 0),
                otherMaxInFlight == null ? maxInFlight : count(otherMaxInFlight, instances, 1),
                canaryWatchTime,
                updateWatchTime,
                serial,
                swapsMachines);
    }

    /** @param group the block of an instance group, whose keys go before those of the manifest */
    static UpdatePolicy parse(Map<String, Object> manifest, Map<String, Object> group, int instances) {
        return new UpdatePolicy(
                count(required("canaries", manifest, group), instances, 0),
                count(required("max_in_flight", manifest, group), instances, 1),
                WatchTime.parse(required("canary_watch_time", manifest, group)),
                WatchTime.parse(required("update_watch_time", manifest, group)),
                !Boolean.FALSE.equals(group.getOrDefault("serial", manifest.getOrDefault("serial", true))),
                swapsMachines(group.getOrDefault("vm_strategy", manifest.getOrDefault("vm_strategy", DELETE_CREATE))));
    }

    private static boolean swapsMachines(Object strategy) {
        if (!strategy.equals(DELETE_CREATE) && !strategy.equals(CREATE_SWAP_DELETE)) {
            throw new DirectorException(
                    40005,
                    "Invalid vm_strategy '" + strategy + "', valid strategies are: " + CREATE_SWAP_DELETE + ", "
                            + DELETE_CREATE);
        }
        return strategy.equals(CREATE_SWAP_DELETE);
    }

    private static int count(Object value, int instances, int atLeast) {
        String text = String.valueOf(value);
        if (!COUNT.matcher(text).matches()) {
            throw new DirectorException(40005, "Expected a number of instances or a share of them, not '" + text + "'");
        }
        int number = text.endsWith("%")
                ? Integer.parseInt(text.substring(0, text.length() - 1)) * instances / 100
                : Integer.parseInt(text);
        return Math.max(atLeast, number);
    }

    private static Object required(String key, Map<String, Object> manifest, Map<String, Object> group) {
        @Nullable Object value = group.getOrDefault(key, manifest.get(key));
        if (value == null) {
            throw new DirectorException(
                    40001, "Required property '" + key + "' was not specified in object (" + manifest + ")");
        }
        return value;
    }
}
