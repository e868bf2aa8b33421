package io.paddock.keeper.decision;

/**
 * The last promotion of the cluster, as the lock's servers have it. They count promotions: a number names one history of the database.
 *
 * @param number zero if nobody knows
 * @param node that was promoted, or made the first primary
 */
public record Promotion(int number, String node) {

    public static final Promotion UNKNOWN = new Promotion(0, "");

    /** Whether a node still has the data that this promotion made the primary's, so that nobody can have more of them. */
    boolean isOf(String other, Position position) {
        return number > 0 && node.equals(other) && position.promotion() == number;
    }
}
