package io.paddock.keeper.engine;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A primary that hands over, from its last checkpoint until its PostgreSQL has stopped.
 *
 * @param standbys that followed when it was looked last, who has most of the log first
 * @param waitsSince since when it waits until a successor can be promoted at once; empty before
 * @param target who shall be the next primary, once PostgreSQL is being stopped for it
 */
public record Switchover(
        Request request, List<String> standbys, Optional<Duration> waitsSince, Optional<String> target) {

    public Switchover {
        standbys = List.copyOf(standbys);
    }

    /**
     * Which standby, and how much that is wanted.
     *
     * @param successor empty for any
     * @param order in which standbys are preferred
     * @param mustStop whether this node stops in any case; else it rather stays than leave the others without a vote that is lacking
     */
    public record Request(Optional<String> successor, Order order, boolean mustStop) {}

    /** The order among standbys that could lead; room on the disk counts first. */
    public enum Order {
        FURTHEST_FIRST,
        /** In a rolling update who was updated already stays the primary for longest. */
        UPDATED_FIRST,
        /** The node that is deleted last when a cluster shrinks goes first. */
        LOWEST_INDEX_FIRST
    }

    /** How it ended; as a caller of HTTP sees it. */
    public record Outcome(int status, String message) {

        static final Outcome NO_STANDBY = new Outcome(409, "there is no standby that follows and could take over");
        static final Outcome NO_VOTE =
                new Outcome(503, "a standby can't vote now, or the lock's servers are away; try again");
        static final Outcome NOT_STOPPED = new Outcome(500, "PostgreSQL could not be stopped");

        static final Outcome NO_ANSWER = new Outcome(503, "PostgreSQL does not answer");

        static Outcome to(String successor) {
            return new Outcome(200, "handed over to " + successor);
        }
    }

    static Switchover of(Request request) {
        return new Switchover(request, List.of(), Optional.empty(), Optional.empty());
    }

    Switchover among(List<String> following) {
        return new Switchover(request, following, waitsSince, target);
    }

    Switchover waits(Duration since) {
        return new Switchover(request, standbys, Optional.of(since), target);
    }

    Switchover to(String successor) {
        return new Switchover(request, standbys, waitsSince, Optional.of(successor));
    }

    boolean isWaiting() {
        return waitsSince.isPresent() && target.isEmpty();
    }
}
