package io.paddock.keeper.decision;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * The promotions that a node's data went through. PostgreSQL's own timelines do not name them, see {@link Position}.
 *
 * @param promotions the last one last; none without data
 */
public record Lineage(List<Begun> promotions) {

    /** Of a node without data, or whose data nobody has written one down for. */
    public static final Lineage NONE = new Lineage(List.of());

    /** Of a new database. */
    public static final Lineage FIRST = new Lineage(List.of(new Begun(1, 0)));

    public Lineage {
        promotions = List.copyOf(promotions);
    }

    /**
     * @param promotion its number
     * @param lsn where in the log its history began; {@link #UNKNOWN} as long as nobody has asked PostgreSQL, which knows after the promotion
     */
    public record Begun(int promotion, long lsn) {

        public static final long UNKNOWN = -1;

        private boolean isKnown() {
            return lsn != UNKNOWN;
        }
    }

    /** Number of the last promotion; 0 if there was none. */
    public int last() {
        return promotions.isEmpty() ? 0 : promotions.get(promotions.size() - 1).promotion();
    }

    public boolean contains(int promotion) {
        return index(promotion).isPresent();
    }

    private OptionalInt index(int promotion) {
        return IntStream.range(0, promotions.size())
                .filter(i -> promotions.get(i).promotion() == promotion)
                .findFirst();
    }

    /** One more promotion, of which nobody knows yet where it begins. */
    public Lineage with(int promotion) {
        List<Begun> next = new ArrayList<>(promotions);
        next.add(new Begun(promotion, Begun.UNKNOWN));
        return new Lineage(next);
    }

    public boolean isBeginningKnown() {
        return promotions.isEmpty() || promotions.get(promotions.size() - 1).isKnown();
    }

    /** Where the promotion before the last one began; 0 if there was none, or nobody knows. */
    public long beginningBefore() {
        return promotions.size() < 2
                ? 0
                : Math.max(0, promotions.get(promotions.size() - 2).lsn());
    }

    /** The same, with the beginning of the last promotion. */
    public Lineage beginningAt(long lsn) {
        List<Begun> next = new ArrayList<>(promotions.subList(0, promotions.size() - 1));
        next.add(new Begun(last(), lsn));
        return new Lineage(next);
    }

    /**
     * Whether data that go so far certainly hold something that this history does not: their node had received more of an earlier history
     * than the one that was promoted. Such a standby never comes to follow; PostgreSQL asks for what is not there for ever.
     */
    public boolean leavesOut(Position position) {
        OptionalInt index = index(position.promotion());
        if (index.isEmpty() || index.getAsInt() == promotions.size() - 1) {
            return false;
        }
        Begun next = promotions.get(index.getAsInt() + 1);
        return next.isKnown() && Long.compareUnsigned(position.lsn(), next.lsn()) > 0;
    }
}
