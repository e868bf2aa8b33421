package io.paddock.keeper.decision;

import java.util.Locale;

/**
 * How far a node's write-ahead log goes. What followed a later promotion is ahead of all that followed an earlier one: positions are never
 * compared by their location alone, since a former primary may have written on after another one was promoted.
 *
 * @param promotion number of the promotion that began this history, see {@link Promotion}; not PostgreSQL's timeline, which two nodes can
 *     begin with the same number
 * @param lsn location in the log, in bytes
 */
public record Position(int promotion, long lsn) implements Comparable<Position> {

    /** Of a node that does not know its own. */
    public static final Position UNKNOWN = new Position(0, 0);

    public Position {
        if (promotion < 0) {
            throw new IllegalArgumentException("a promotion is not negative: " + promotion);
        }
    }

    /** @param location as PostgreSQL prints it, "16/B374D848" */
    public static Position of(int promotion, String location) {
        String[] halves = location.split("/", -1);
        if (halves.length != 2) {
            throw new IllegalArgumentException("not a location in a write-ahead log: " + location);
        }
        return new Position(promotion, Long.parseLong(halves[0], 16) << 32 | Long.parseLong(halves[1], 16));
    }

    public boolean isAheadOf(Position other) {
        return compareTo(other) > 0;
    }

    @Override
    public int compareTo(Position other) {
        return promotion == other.promotion
                ? Long.compareUnsigned(lsn, other.lsn)
                : Integer.compare(promotion, other.promotion);
    }

    /** As PostgreSQL prints it, behind the promotion: {@code 3:16/B374D848}. */
    @Override
    public String toString() {
        return promotion + ":" + Long.toHexString(lsn >>> 32).toUpperCase(Locale.ROOT) + "/"
                + Long.toHexString(lsn & 0xFFFFFFFFL).toUpperCase(Locale.ROOT);
    }
}
