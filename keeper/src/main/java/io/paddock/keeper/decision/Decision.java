package io.paddock.keeper.decision;

/** What a keeper does next. Each says why, for whoever reads the log at three in the morning. */
public sealed interface Decision {

    String reason();

    /** Nothing to do. */
    record Stay(String reason) implements Decision {}

    /** Kill PostgreSQL at once: it may not write any more, or does not answer. */
    record Fence(String reason) implements Decision {}

    /** Stop PostgreSQL, so that all reaches that standby, and let it be the primary. */
    record HandOver(String successor, String reason) implements Decision {}

    /** Give the lock back, so that another node can have it without delay. */
    record Release(String reason) implements Decision {}

    /** Try to take the lock, and then ask the others for their word. */
    record Acquire(String reason) implements Decision {}

    /** Take the lock from a holder that is silent; nobody can have it before the lock delay is over. */
    record Depose(String holder, String reason) implements Decision {}

    /** Make the standby the primary. */
    record Promote(String reason) implements Decision {}

    /** Start the data directory of a former primary as the primary. */
    record StartPrimary(String reason) implements Decision {}

    /** Start the data directory of a standby, whether its upstream is there or not. */
    record StartStandby(String reason) implements Decision {}

    /** Follow another primary. */
    record Follow(String primary, String reason) implements Decision {}

    /** Make a former primary a standby: rewind it, or clone it anew. */
    record Rejoin(String primary, String reason) implements Decision {}

    /** Make a standby where there are no data. */
    record Clone(String primary, String reason) implements Decision {}
}
