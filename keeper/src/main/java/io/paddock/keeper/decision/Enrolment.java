package io.paddock.keeper.decision;

import io.paddock.keeper.decision.Local.Postgres;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whom a primary gives a vote, and from whom it takes it. Only a primary that has the right to write changes the voters; of several
 * nodes it has the lock as well, under which the lock's servers keep them, unless those have yet to begin. New nodes get their vote
 * together once all of them follow: two voters would be worse than one, since both would have to be there.
 */
public final class Enrolment {

    private final Situation situation;
    private final Timing timing;

    private Enrolment(Situation situation, Timing timing) {
        this.situation = situation;
        this.timing = timing;
    }

    /**
     * @param listed nodes that BOSH knows
     * @param mayLack bytes of the log that a node may lack and still counts as caught up
     * @param leaves whether this node is about to be deleted: it can go only if another one has a vote, and be it one of two
     * @return the voters with all nodes that BOSH knows, if there are new ones and each of them is ready for it
     */
    public static Optional<Members> grown(
            Situation situation, Set<String> listed, long mayLack, boolean leaves, Timing timing) {
        boolean isWorthIt = listed.size() != 2 || leaves;
        return isWorthIt ? new Enrolment(situation, timing).grown(listed, mayLack) : Optional.empty();
    }

    /**
     * @param leaver a voter that is about to be deleted, gives its word to no candidate any more and is no candidate
     * @param asked when that was asked for
     * @return the voters without it; empty if this node can't say so, or would not be the primary of what is left, or does not know yet who is there
     */
    public static Optional<Members> without(Situation situation, String leaver, Duration asked, Timing timing) {
        return new Enrolment(situation, timing).without(leaver, asked);
    }

    private Optional<Members> grown(Set<String> listed, long mayLack) {
        Set<String> voters = situation.members().voters();
        if (listed.size() <= voters.size() || !listed.containsAll(voters) || !mayChange()) {
            return Optional.empty();
        }
        boolean allReady = listed.stream()
                .filter(node -> !node.equals(situation.self()))
                .allMatch(node -> situation
                        .freshPeer(node, timing)
                        .filter(peer -> isReady(node, peer, mayLack))
                        .isPresent());
        Members grown = new Members(situation.members().version() + 1, listed);
        return Optional.of(grown).filter(members -> allReady && hasRightAmong(members));
    }

    private boolean isReady(String node, Peer peer, long mayLack) {
        return peer.postgres() == Postgres.STANDBY
                && peer.streams()
                && peer.joins()
                && !peer.leaves()
                && peer.membersVersion() == situation.members().version()
                && peer.position().promotion() == situation.local().position().promotion()
                && situation.local().position().lsn() - peer.position().lsn() < mayLack
                && Optional.ofNullable(situation.leases().get(node))
                        .filter(this::isYoung)
                        .isPresent();
    }

    /**
     * What is left has a majority that is heard of: who is silent goes as well, if it could not outvote this node and the leaver. Who was heard of
     * only before may have died since, and of two voters both have to be there: it is waited for until it says something, or counts as silent.
     */
    private Optional<Members> without(String leaver, Duration asked) {
        Members members = situation.members();
        boolean hasSaidSo =
                situation.freshPeer(leaver, timing).filter(Peer::leaves).isPresent();
        if (leaver.equals(situation.self()) || !members.voters().contains(leaver) || !hasSaidSo || !mayChange()) {
            return Optional.empty();
        }
        Set<String> left = new TreeSet<>(members.voters());
        left.remove(leaver);
        if (left.stream().anyMatch(node -> isInDoubt(node, asked))) {
            return Optional.empty();
        }
        Set<String> heard = new TreeSet<>(left);
        heard.removeIf(node -> !node.equals(situation.self())
                && situation.freshPeer(node, timing).isEmpty());
        boolean hasMajority = heard.size() >= new Members(1, left).majority();
        if (!hasMajority && left.size() - heard.size() >= members.majority()) {
            return Optional.empty();
        }
        return Optional.of(new Members(members.version() + 1, hasMajority ? left : heard));
    }

    private boolean isInDoubt(String node, Duration since) {
        return situation
                .freshPeer(node, timing)
                .filter(peer -> peer.heardAt().compareTo(since) < 0)
                .isPresent();
    }

    private boolean mayChange() {
        return situation.local().postgres() == Postgres.PRIMARY
                && situation.mayWrite(timing)
                && (situation.members().isOnly(situation.self())
                        || situation.local().founds()
                        || situation.holdsLock());
    }

    /** It must be able to prove its right at once among those who count from then on. */
    private boolean hasRightAmong(Members members) {
        return situation.members().voters().size() > 1
                || situation.among(members).hasMajorityOfLeases(timing);
    }

    private boolean isYoung(Duration asked) {
        return asked.plus(timing.fence()).compareTo(situation.now()) > 0;
    }
}
