package io.paddock.keeper.decision;

import java.time.Duration;

/**
 * The times that a cluster agrees on.
 *
 * @param fence after which a primary that can't renew its right is killed
 * @param lease for which a node that gave its word to another gives it to nobody else
 * @param lockDelay for which a lock that was taken away can't be taken by anybody
 * @param silence after which who says nothing counts as silent
 * @param stall after which a standby that gets nothing from a primary that is heard of is made anew
 * @param hang after which a PostgreSQL that does not answer counts as hung
 * @param patience for which a node that is ahead, but not running, is waited for
 * @param standbyPatience for which a candidate waits for a standby that is ahead, runs and could take over itself
 * @param election for which a candidate with the lock waits for the word of a majority
 */
public record Timing(
        Duration fence,
        Duration lease,
        Duration lockDelay,
        Duration silence,
        Duration stall,
        Duration hang,
        Duration patience,
        Duration standbyPatience,
        Duration election) {

    /** From the end of a permit to the death of the last backend: measured 20 to 90 ms, and the leash looks every 100 ms. */
    static final Duration KILL = Duration.ofMillis(500);

    public static final Timing DEFAULT = new Timing(
            Duration.ofSeconds(3),
            Duration.ofSeconds(4),
            Duration.ofSeconds(4),
            Duration.ofSeconds(2),
            Duration.ofSeconds(10),
            Duration.ofSeconds(3),
            Duration.ofSeconds(8),
            Duration.ofSeconds(8),
            Duration.ofSeconds(6));

    /** How long users who want commits to wait for a standby would rather wait than lose what that one has acknowledged. */
    private static final Duration SYNCHRONOUS_PATIENCE = Duration.ofMinutes(10);

    /** @param synchronous whether commits wait for a standby: then what was acknowledged may be on one of the standbys alone */
    public Timing where(boolean synchronous) {
        return synchronous
                ? new Timing(fence, lease, lockDelay, silence, stall, hang, patience, SYNCHRONOUS_PATIENCE, election)
                : this;
    }

    public Timing {
        Duration shortest = fence.plus(KILL);
        if (lease.compareTo(shortest) < 0 || lockDelay.compareTo(shortest) < 0) {
            throw new IllegalArgumentException("lease (" + lease + ") and lock delay (" + lockDelay
                    + ") must be at least fence and kill (" + shortest + "), or two nodes could take writes");
        }
        if (silence.isNegative() || silence.isZero() || silence.compareTo(fence) >= 0) {
            throw new IllegalArgumentException("silence (" + silence + ") must be shorter than fence (" + fence + ")");
        }
    }
}
