package io.paddock.keeper.decision;

/**
 * How far a node's write-ahead log goes. A later timeline is ahead of every position on an earlier one: positions are never compared by
 * their location alone, since a former primary may have written on after another one was promoted.
 *
 * @param lsn location in the log, in bytes
 */
public record Position(int timeline, long lsn) implements Comparable<Position> {

    /** Of a node that does not know its own. */
    public static final Position UNKNOWN = new Position(0, 0);

    public Position {
        if (timeline < 0) {
            throw new IllegalArgumentException("a timeline is not negative: " + timeline);
        }
    }

    /** @param location as PostgreSQL prints it, "16/B374D848" */
    public static Position of(int timeline, String location) {
        String[] halves = location.split("/", -1);
        if (halves.length != 2) {
            throw new IllegalArgumentException("not a location in a write-ahead log: " + location);
        }
        return new Position(timeline, Long.parseLong(halves[0], 16) << 32 | Long.parseLong(halves[1], 16));
    }

    public boolean isAheadOf(Position other) {
        return compareTo(other) > 0;
    }

    @Override
    public int compareTo(Position other) {
        return timeline == other.timeline
                ? Long.compareUnsigned(lsn, other.lsn)
                : Integer.compare(timeline, other.timeline);
    }

    /** As PostgreSQL prints it, behind the timeline: {@code 3:16/B374D848}. */
    @Override
    public String toString() {
        return timeline + ":" + Long.toHexString(lsn >>> 32).toUpperCase(java.util.Locale.ROOT) + "/"
                + Long.toHexString(lsn & 0xFFFFFFFFL).toUpperCase(java.util.Locale.ROOT);
    }
}
