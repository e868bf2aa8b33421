package io.paddock.keeper.decision;

import io.paddock.keeper.decision.Decision.Acquire;
import io.paddock.keeper.decision.Decision.Clone;
import io.paddock.keeper.decision.Decision.Depose;
import io.paddock.keeper.decision.Decision.Fence;
import io.paddock.keeper.decision.Decision.Follow;
import io.paddock.keeper.decision.Decision.Promote;
import io.paddock.keeper.decision.Decision.Rejoin;
import io.paddock.keeper.decision.Decision.Release;
import io.paddock.keeper.decision.Decision.StartPrimary;
import io.paddock.keeper.decision.Decision.StartStandby;
import io.paddock.keeper.decision.Decision.Stay;
import io.paddock.keeper.decision.Local.Postgres;
import java.time.Duration;
import java.util.Optional;

/**
 * The rules of a cluster, from one node's view. Two of them keep two nodes from writing: who writes has proved its right within the fence
 * time, by the lock or by the word of a majority; who becomes primary has the lock <em>and</em> the word of a majority, which nobody gives
 * to two nodes within a lease, and a lease is longer than the fence time.
 */
public final class Decide {

    private final Situation situation;
    private final Timing timing;

    private Decide(Situation situation, Timing timing) {
        this.situation = situation;
        this.timing = timing;
    }

    public static Decision next(Situation situation, Timing timing) {
        Decide decide = new Decide(situation, timing);
        return situation.members().isAlone() ? decide.alone() : decide.amongOthers();
    }

    private Decision alone() {
        return switch (situation.local().postgres()) {
            case PRIMARY -> hung().orElse(new Stay("the only node, and primary"));
            case STANDBY -> new Promote("the only node of its cluster");
            case STOPPED -> new StartPrimary("the only node of its cluster");
            case ABSENT -> new Stay("there are no data yet");
        };
    }

    private Decision amongOthers() {
        return switch (situation.local().postgres()) {
            case PRIMARY -> asPrimary();
            case STANDBY, STOPPED ->
                switch (situation.lock().state()) {
                    case UNKNOWN -> withoutLock();
                    case FREE -> leaderless();
                    case HELD -> situation.holdsLock() ? asHolder() : asFollower();
                };
            case ABSENT -> absent();
        };
    }

    private Decision asPrimary() {
        boolean isPermitted = situation.local().permitUntil().compareTo(situation.now()) > 0;
        if (!situation.mayWrite(timing) && !isPermitted) {
            return new Fence("neither the lock nor a majority was seen for "
                    + timing.fence().toSeconds() + " s");
        }
        Optional<Decision> hung = hung();
        if (hung.isPresent()) {
            return hung.get();
        }
        return switch (situation.lock().state()) {
            case HELD ->
                situation.holdsLock()
                        ? new Stay("primary, and holds the lock")
                        : new Fence("the lock belongs to " + situation.lock().holder());
            case FREE -> new Acquire("primary by the word of a majority, but nobody holds the lock");
            case UNKNOWN -> new Stay("primary by the word of a majority; the lock's servers are away");
        };
    }

    private Optional<Decision> hung() {
        return situation
                .local()
                .hungSince()
                .filter(since -> hasLasted(since, timing.hang()))
                .map(since -> new Fence("PostgreSQL has not answered for "
                        + situation.now().minus(since).toSeconds() + " s"));
    }

    /** Reads may go on; a right to write can't be had. */
    private Decision withoutLock() {
        if (situation.local().postgres() == Postgres.STOPPED
                && situation.local().wasStandby()) {
            return new StartStandby("a standby may always run");
        }
        return new Stay("the lock's servers are away");
    }

    private Decision leaderless() {
        Optional<String> primary = primaryWithoutLock();
        if (primary.isPresent()) {
            return new Stay(primary.get() + " is the primary by the word of a majority, and will take the lock");
        }
        if (isBestCandidate()) {
            return new Acquire("nobody holds the lock, and no node that is heard of is ahead");
        }
        if (situation.local().postgres() == Postgres.STOPPED
                && situation.local().wasStandby()) {
            return new StartStandby("a standby may always run");
        }
        return new Stay("nobody holds the lock, and another node goes first, or too few are heard of");
    }

    /** The lock's servers were away so long that the session of the primary ended: the lock is still its own. */
    private Optional<String> primaryWithoutLock() {
        return situation.members().voters().stream()
                .filter(voter -> situation
                        .freshPeer(voter, timing)
                        .filter(peer -> peer.postgres() == Postgres.PRIMARY)
                        .isPresent())
                .findFirst();
    }

    private Decision asHolder() {
        if (situation.candidateSince().isEmpty()) {
            return new Release("holds the lock, but PostgreSQL is not running as the primary");
        }
        if (situation.hasMajorityOfLeases(timing)) {
            return situation.local().postgres() == Postgres.STANDBY
                    ? new Promote("has the lock and the word of a majority")
                    : new StartPrimary("has the lock and the word of a majority");
        }
        return hasLasted(situation.candidateSince().get(), timing.election())
                ? new Release(
                        "no majority gave its word within " + timing.election().toSeconds() + " s")
                : new Stay("has the lock, waits for the word of a majority");
    }

    private Decision asFollower() {
        String holder = situation.lock().holder();
        if (isSilentForMajority(holder)) {
            return new Depose(holder, holder + " has been silent for a majority");
        }
        boolean leads = situation
                .freshPeer(holder, timing)
                .filter(peer -> peer.postgres() == Postgres.PRIMARY)
                .isPresent();
        if (situation.local().postgres() == Postgres.STANDBY) {
            boolean follows =
                    situation.local().upstream().filter(holder::equals).isPresent();
            return leads && !follows
                    ? new Follow(holder, holder + " is the primary")
                    : new Stay(follows ? "follows " + holder : holder + " has the lock, but is not the primary yet");
        }
        if (situation.local().wasStandby()) {
            return new StartStandby("a standby may always run");
        }
        return leads
                ? new Rejoin(holder, holder + " is the primary now")
                : new Stay(holder + " has the lock, but is not the primary yet");
    }

    private Decision absent() {
        String holder = situation.lock().holder();
        boolean leads = situation
                .freshPeer(holder, timing)
                .filter(peer -> peer.postgres() == Postgres.PRIMARY)
                .isPresent();
        return leads ? new Clone(holder, holder + " is the primary") : new Stay("waits for a primary to clone");
    }

    /** This node and those that say so too. Whoever is silent itself is no witness. */
    private boolean isSilentForMajority(String node) {
        if (!situation.silent(timing).contains(node)) {
            return false;
        }
        long witnesses = situation.members().voters().stream()
                .flatMap(voter -> situation.freshPeer(voter, timing).stream())
                .filter(peer -> peer.silent().contains(node))
                .count();
        return witnesses + 1 >= situation.members().majority();
    }

    /** With a majority in sight: who is ahead goes first, then who runs, then who has the lowest id. */
    private boolean isBestCandidate() {
        long heard = situation.members().voters().stream()
                .filter(voter -> situation.freshPeer(voter, timing).isPresent())
                .count();
        if (!situation.members().voters().contains(situation.self())
                || heard + 1 < situation.members().majority()) {
            return false;
        }
        boolean patient = situation
                .leaderlessSince()
                .filter(since -> hasLasted(since, timing.patience()))
                .isEmpty();
        return situation.members().voters().stream()
                .filter(voter -> !voter.equals(situation.self()))
                .noneMatch(voter -> situation
                        .freshPeer(voter, timing)
                        .filter(peer -> goesBefore(voter, peer, patient))
                        .isPresent());
    }

    private boolean goesBefore(String node, Peer peer, boolean patient) {
        boolean runs = peer.postgres() == Postgres.STANDBY;
        boolean selfRuns = situation.local().postgres() == Postgres.STANDBY;
        if (peer.postgres() == Postgres.ABSENT || !runs && !patient) {
            return false;
        }
        int ahead = peer.position().compareTo(situation.local().position());
        if (ahead != 0) {
            return ahead > 0;
        }
        return runs == selfRuns ? node.compareTo(situation.self()) < 0 : runs;
    }

    private boolean hasLasted(Duration since, Duration time) {
        return situation.now().minus(since).compareTo(time) >= 0;
    }
}
