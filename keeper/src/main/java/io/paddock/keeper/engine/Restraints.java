package io.paddock.keeper.engine;

import java.time.Duration;
import java.util.Optional;

/**
 * What keeps a node from becoming the primary, each until when.
 *
 * @param succession another node was chosen to be the next primary, and goes first
 * @param steppedBack it crashed or handed over as the primary, and lets the others go first
 * @param yields it is about to be deleted
 * @param leaves the same, and it has seen another primary: it gives its word to no candidate
 * @param handedOverAt when it last handed over, or tried to, since its disk is full
 * @param drained whether its PostgreSQL was stopped for good, as far as this keeper goes
 */
public record Restraints(
        Duration succession,
        Duration steppedBack,
        Duration yields,
        Duration leaves,
        Optional<Duration> handedOverAt,
        boolean drained) {

    static final Restraints NONE =
            new Restraints(Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, Optional.empty(), false);

    private static final Duration SUCCESSION = Duration.ofSeconds(2);
    /** Shorter than the others' patience with a last primary: if none of them could take over, it is still waited for. */
    private static final Duration STEP_BACK = Duration.ofSeconds(5);
    /** The pause before a primary whose disk is full tries again to hand over, if that did not help. */
    private static final Duration HAND_OVER = Duration.ofMinutes(5);

    Restraints letSucceed(Duration now) {
        return new Restraints(now.plus(SUCCESSION), steppedBack, yields, leaves, handedOverAt, drained);
    }

    Restraints stepBack(Duration now) {
        return new Restraints(succession, now.plus(STEP_BACK), yields, leaves, handedOverAt, drained);
    }

    Restraints leave(Duration yieldsUntil, Duration leavesUntil) {
        return new Restraints(succession, steppedBack, yieldsUntil, leavesUntil, handedOverAt, drained);
    }

    Restraints handOver(Duration now) {
        return new Restraints(succession, steppedBack, yields, leaves, Optional.of(now), drained);
    }

    Restraints drain() {
        return new Restraints(succession, steppedBack, yields, leaves, handedOverAt, true);
    }

    boolean letLead(Duration now) {
        return !drained && !yields(now) && now.compareTo(steppedBack) >= 0 && now.compareTo(succession) >= 0;
    }

    boolean letHandOver(Duration now) {
        return !drained
                && handedOverAt
                        .filter(at -> now.minus(at).compareTo(HAND_OVER) < 0)
                        .isEmpty();
    }

    /** Whether it is about to be deleted. */
    boolean yields(Duration now) {
        return now.compareTo(yields) < 0;
    }

    boolean isLeaving(Duration now) {
        return now.compareTo(leaves) < 0;
    }
}
