package io.paddock.keeper.decision;

import java.time.Duration;

/**
 * The cluster's lock, as a consistent read showed it last.
 *
 * @param holder empty unless it is held
 * @param readAt when it was asked for; zero if it was never read
 * @param promotion the last one
 */
public record Lock(State state, String holder, Duration readAt, Promotion promotion) {

    public static final Lock UNKNOWN = new Lock(State.UNKNOWN, "", Duration.ZERO, Promotion.UNKNOWN);

    /** What is known of it. */
    public enum State {
        /** Its servers do not answer. */
        UNKNOWN,
        FREE,
        HELD
    }

    public static Lock free(Duration readAt) {
        return new Lock(State.FREE, "", readAt, Promotion.UNKNOWN);
    }

    public static Lock heldBy(String holder, Duration readAt) {
        return new Lock(State.HELD, holder, readAt, Promotion.UNKNOWN);
    }

    public Lock after(Promotion last) {
        return new Lock(state, holder, readAt, last);
    }

    /** What an old answer said is not known any more. */
    public Lock at(Duration now, Timing timing) {
        return now.minus(readAt).compareTo(timing.fence()) < 0 ? this : UNKNOWN.after(promotion);
    }

    boolean isHeldBy(String node) {
        return state == State.HELD && holder.equals(node);
    }
}
