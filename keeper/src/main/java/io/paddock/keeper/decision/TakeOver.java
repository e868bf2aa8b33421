package io.paddock.keeper.decision;

import io.paddock.keeper.decision.Local.Postgres;
import java.util.Optional;
import java.util.Set;

/**
 * Whether a node may go on alone with the data that it has, when an operator says so: only a human can know that the others are gone for
 * good, and not cut off.
 */
public final class TakeOver {

    /** By so many numbers what follows is beyond what nodes that nobody hears of can have counted. */
    public static final int JUMP = 1000;

    private TakeOver() {}

    /** Why not; empty if it may. */
    public static Optional<String> refusal(Situation situation, Timing timing) {
        Local local = situation.local();
        if (!local.postgres().isWhole()) {
            return Optional.of("this node has no data");
        }
        Optional<String> primary =
                local.postgres() == Postgres.PRIMARY ? Optional.of(situation.self()) : situation.primary(timing);
        return primary.map(node -> "there is a primary: " + node)
                .or(() -> situation.peers().keySet().stream()
                        .filter(node -> situation
                                .freshPeer(node, timing)
                                .filter(peer -> peer.postgres().isWhole()
                                        && peer.position().isAheadOf(local.position()))
                                .isPresent())
                        .sorted()
                        .findFirst()
                        .map(node -> node + " has more of the data: take over there"));
    }

    /** The voters from then on: this node alone. */
    public static Members members(Situation situation) {
        long newest = situation.peers().values().stream()
                .mapToLong(Peer::membersVersion)
                .reduce(situation.members().version(), Math::max);
        return new Members(newest + JUMP, Set.of(situation.self()));
    }
}
