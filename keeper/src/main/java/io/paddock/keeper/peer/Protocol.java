package io.paddock.keeper.peer;

import java.util.Map;

/**
 * Versions of what keepers say to each other; old and new ones meet in every rolling update. A question tells the newest version that its sender
 * speaks, and the answer the newest that both speak. A field is never taken away or given another meaning as long as a version that has it is
 * spoken; who gets a field that it does not know leaves it alone.
 */
public final class Protocol {

    static final int OLDEST = 1;

    /** Since then nodes can get and lose their vote. */
    public static final int MEMBERSHIP = 2;

    /** Since then nodes show the lock's servers a token. */
    public static final int TOKENS = 3;

    public static final int NEWEST = TOKENS;

    private Protocol() {}

    /** @throws IllegalArgumentException if it is older than what is spoken here */
    static int of(Map<String, Object> json) {
        long version = Json.number(json, "protocol");
        if (version < OLDEST) {
            throw new IllegalArgumentException(
                    "protocol " + version + " is not spoken any more, the oldest is " + OLDEST);
        }
        return (int) Math.min(version, Integer.MAX_VALUE);
    }
}
