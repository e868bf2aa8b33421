package io.paddock.keeper.decision;

import io.paddock.keeper.decision.Decision.Acquire;
import io.paddock.keeper.decision.Decision.Clone;
import io.paddock.keeper.decision.Decision.Depose;
import io.paddock.keeper.decision.Decision.Fence;
import io.paddock.keeper.decision.Decision.Follow;
import io.paddock.keeper.decision.Decision.HandOver;
import io.paddock.keeper.decision.Decision.Promote;
import io.paddock.keeper.decision.Decision.Rejoin;
import io.paddock.keeper.decision.Decision.Release;
import io.paddock.keeper.decision.Decision.StartPrimary;
import io.paddock.keeper.decision.Decision.StartStandby;
import io.paddock.keeper.decision.Decision.Stay;
import io.paddock.keeper.decision.Local.Postgres;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The rules of a cluster, from one node's view. Two rules keep two nodes from writing: who writes has proved its right within the fence
 * time, by the lock or by the word of a majority; who becomes primary has the lock <em>and</em> the word of a majority, which nobody gives
 * to a second node before the first one's lease is over or given back, and a lease is longer than the fence time.
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
        return situation.members().isOnly(situation.self()) ? decide.alone() : decide.amongOthers();
    }

    private Decision alone() {
        return switch (situation.local().postgres()) {
            // It is not killed if it does not answer: there is nobody who could take over, and it may only be slow.
            case PRIMARY -> new Stay("the only node, and primary");
            case STANDBY -> new Promote("the only node of its cluster");
            case STOPPED ->
                situation.local().wasStandby()
                        ? new StartStandby("the only node of its cluster, to be promoted")
                        : new StartPrimary("the only node of its cluster");
            case ABSENT, UNFINISHED -> new Stay("there are no data yet");
        };
    }

    private Decision amongOthers() {
        return switch (situation.local().postgres()) {
            case PRIMARY -> asPrimary();
            case STANDBY -> hung().orElseGet(this::withData);
            case STOPPED -> withData();
            case ABSENT, UNFINISHED -> absent();
        };
    }

    private Decision withData() {
        return switch (lock().state()) {
            case UNKNOWN ->
                // Words that it asked for are given back, so that others can have them when the servers are back.
                situation
                                .candidateSince()
                                .filter(since -> hasLasted(since, timing.election()))
                                .isPresent()
                        ? new Release("has the lock, but its servers have been away since")
                        : asFollower("the lock's servers are away");
            case FREE -> leaderless();
            case HELD ->
                situation.holdsLock()
                        ? asHolder()
                        : isSilentForMajority(lock().holder())
                                ? new Depose(lock().holder(), lock().holder() + " has been silent for a majority")
                                : asFollower(lock().holder() + " has the lock, but is not the primary yet");
        };
    }

    private Lock lock() {
        return situation.lock().at(situation.now(), timing);
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
        Optional<Decision> handOver = situation
                .successorWithRoom(timing)
                .map(successor -> new HandOver(successor, "the disk is full here, and " + successor + " has room"));
        if (handOver.isPresent()) {
            return handOver.get();
        }
        return switch (lock().state()) {
            case HELD ->
                new Stay(
                        situation.holdsLock()
                                ? "primary, and holds the lock"
                                : "primary by the word of a majority, which " + lock().holder() + " can't get");
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

    private Decision leaderless() {
        if (situation.primary(timing).isPresent()) {
            return asFollower("the primary will take the lock");
        }
        if (situation.hearsPrimary(timing)) {
            return new Stay("PostgreSQL of " + situation.local().upstream().orElseThrow()
                    + " lives, though its keeper does not");
        }
        if (mustStartAsStandby()) {
            return new StartStandby("a standby may always run");
        }
        if (situation.leaderlessSince().isEmpty()) {
            return new Stay("nobody holds the lock, and too few are heard of, or one of them still hears a primary");
        }
        Duration since = situation.leaderlessSince().get();
        Optional<String> unheard = standby(
                timing.patience(),
                voter -> !situation.peers().get(voter).isAnew()
                        || situation.peers().get(voter).heardAt().compareTo(since) < 0);
        if (unheard.isPresent()) {
            return new Stay("asks " + unheard.get() + " how far its log goes");
        }
        return isBestCandidate()
                ? new Acquire("nobody holds the lock, and no node that is heard of is ahead")
                : new Stay("nobody holds the lock, and another node goes first, or too few are heard of");
    }

    /** Its data directory is that of a standby: started otherwise it would write on a timeline that is not its own. */
    private boolean mustStartAsStandby() {
        return situation.local().postgres() == Postgres.STOPPED
                && situation.local().wasStandby();
    }

    private Decision asHolder() {
        if (situation.candidateSince().isEmpty()) {
            return new Release("holds the lock, but PostgreSQL is not running as the primary");
        }
        if (!situation.local().canLead()) {
            return new Release("PostgreSQL could not be started as the primary");
        }
        if (mustStartAsStandby()) {
            return new StartStandby("has the lock, to be promoted");
        }
        Optional<String> ahead = standby(
                timing.standbyPatience(),
                voter -> situation.peers().get(voter).canLead()
                        && situation
                                .peers()
                                .get(voter)
                                .position()
                                .isAheadOf(situation.local().position()));
        if (ahead.isPresent()) {
            return new Release(ahead.get() + " is ahead");
        }
        // What a primary's commits waited for may be on one standby alone: none that can be asked is passed over.
        Optional<String> unasked = standby(
                timing.patience(),
                voter -> Optional.ofNullable(situation.leases().get(voter))
                        .filter(asked ->
                                asked.compareTo(situation.candidateSince().get()) >= 0)
                        .isEmpty());
        if (situation.hasMajorityOfLeases(timing) && unasked.isEmpty()) {
            return situation.local().postgres() == Postgres.STANDBY
                    ? new Promote("has the lock and the word of a majority")
                    : new StartPrimary("has the lock and the word of a majority");
        }
        return hasLasted(situation.candidateSince().get(), timing.election())
                ? new Release(unasked.map(voter -> voter + " did not give its word within ")
                                .orElse("no majority gave its word within ")
                        + timing.election().toSeconds() + " s")
                : new Stay("has the lock, waits for the word of "
                        + unasked.map(voter -> voter + ", which may have more").orElse("a majority"));
    }

    /** @param waiting why there is nothing to do as long as no primary is heard of */
    private Decision asFollower(String waiting) {
        if (mustStartAsStandby()) {
            return new StartStandby("a standby may always run");
        }
        Optional<String> primary = situation.primary(timing);
        if (primary.isEmpty()) {
            return new Stay(waiting);
        }
        String leader = primary.get();
        if (situation.local().postgres() == Postgres.STOPPED) {
            return new Rejoin(leader, leader + " is the primary now");
        }
        Lineage history = situation.peers().get(leader).lineage();
        int promotion = situation.local().position().promotion();
        if (!history.equals(Lineage.NONE) && promotion != 0 && !history.contains(promotion)) {
            return new Rejoin(leader, "went through promotion " + promotion + ", and " + leader + " did not");
        }
        if (history.leavesOut(situation.replayed())) {
            return new Rejoin(leader, "has more of the log than " + leader + " had when it was promoted");
        }
        if (situation.local().upstream().filter(leader::equals).isEmpty()) {
            return new Follow(leader, leader + " is the primary");
        }
        // What was never heard since the keeper's start has not been heard since then.
        boolean stalled = hasLasted(situation.local().upstreamHeardAt().orElse(Duration.ZERO), timing.stall());
        return stalled
                ? new Rejoin(
                        leader,
                        "gets nothing from " + leader + ": its log has gone another way, or is not there any more")
                : new Stay("follows " + leader);
    }

    private Decision absent() {
        if (situation.holdsLock()) {
            return new Release("holds the lock, but has no data");
        }
        return situation
                .primary(timing)
                .<Decision>map(primary -> new Clone(primary, primary + " is the primary"))
                .orElse(new Stay("waits for a primary to clone"));
    }

    /** One of the running standbys that are heard of, which may have more than this node; none if that can't be, or is not waited for any more. */
    private Optional<String> standby(Duration patience, Predicate<String> wanted) {
        boolean patient = situation
                .leaderlessSince()
                .filter(since -> hasLasted(since, patience))
                .isEmpty();
        return situation.members().voters().stream()
                .filter(voter -> patient && !situation.isLastPrimary() && !voter.equals(situation.self()))
                .filter(voter -> situation
                        .freshPeer(voter, timing)
                        .filter(peer -> peer.postgres() == Postgres.STANDBY)
                        .isPresent())
                .filter(wanted)
                .findFirst();
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

    /** With a majority in sight: the last primary goes first, then who is ahead, then who runs, then who has the lowest id. */
    private boolean isBestCandidate() {
        long heard = situation.members().voters().stream()
                .filter(voter -> situation
                        .freshPeer(voter, timing)
                        .filter(peer -> peer.postgres().isWhole()
                                || situation.local().founds()
                                || peer.postgres() == Postgres.UNFINISHED && situation.isLastPrimary())
                        .isPresent())
                .count();
        if (!situation.local().canLead()
                || !situation.members().voters().contains(situation.self())
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
        if (!peer.postgres().isWhole() || !peer.canLead() || !runs && !patient) {
            return false;
        }
        if (patient && situation.isLastPrimary()) {
            return false;
        }
        if (patient && situation.lock().promotion().isOf(node, peer.position())) {
            return true;
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
