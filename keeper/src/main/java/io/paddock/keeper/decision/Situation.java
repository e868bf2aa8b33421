package io.paddock.keeper.decision;

import io.paddock.keeper.decision.Local.Postgres;
import java.time.Duration;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * All that a keeper knows at a moment.
 *
 * @param self this node's id
 * @param peers the other nodes that ever answered, by id
 * @param leases who gave this node its word, this node itself included, and when it was asked for it
 * @param candidateSince when this node took the lock to become primary; empty once it is, and otherwise
 * @param leaderlessSince since when it {@linkplain #isLeaderless has been leaderless}
 * @param replayed how far PostgreSQL has applied its log, of a standby that answers: the log may end in the middle of a record
 * @param needsRoom whether this node's disk is full, and it would hand over for that
 */
public record Situation(
        Duration now,
        String self,
        Members members,
        Local local,
        Lock lock,
        Map<String, Peer> peers,
        Map<String, Duration> leases,
        Optional<Duration> candidateSince,
        Optional<Duration> leaderlessSince,
        boolean needsRoom,
        Position replayed) {

    public Situation {
        peers = Map.copyOf(peers);
        leases = Map.copyOf(leases);
    }

    /** The same, if others had a vote. */
    public Situation among(Members others) {
        return new Situation(
                now, self, others, local, lock, peers, leases, candidateSince, leaderlessSince, needsRoom, replayed);
    }

    /**
     * Until when PostgreSQL may take writes: the fence time after the last proof of this node's right, which is the lock, or leases of a
     * majority. Empty if there was none. A cluster of one needs no proof.
     */
    public Optional<Duration> authorityUntil(Timing timing) {
        if (members.isOnly(self)) {
            return Optional.of(now.plus(timing.fence()));
        }
        if (!members.voters().contains(self)) {
            return Optional.empty();
        }
        Optional<Duration> byLock = holdsLock() ? Optional.of(lock.readAt()) : Optional.empty();
        Optional<Duration> byLeases = majorityOfLeasesSince();
        return Stream.of(byLock, byLeases)
                .flatMap(Optional::stream)
                .max(Comparator.naturalOrder())
                .map(proof -> proof.plus(timing.fence()));
    }

    public boolean mayWrite(Timing timing) {
        return authorityUntil(timing).filter(until -> until.compareTo(now) > 0).isPresent();
    }

    /** Since when a majority has given its word: the oldest of the newest ones that are enough. */
    Optional<Duration> majorityOfLeasesSince() {
        List<Duration> newestFirst = leases.entrySet().stream()
                .filter(lease -> members.voters().contains(lease.getKey()))
                .map(Map.Entry::getValue)
                .sorted(Collections.reverseOrder())
                .toList();
        return newestFirst.size() < members.majority()
                ? Optional.empty()
                : Optional.of(newestFirst.get(members.majority() - 1));
    }

    boolean hasMajorityOfLeases(Timing timing) {
        return majorityOfLeasesSince()
                .filter(since -> since.plus(timing.fence()).compareTo(now) > 0)
                .isPresent();
    }

    /** Whether it has the data of the last promotion: then nobody can have more. */
    public boolean isLastPrimary() {
        return lock.promotion().isOf(self, local.position());
    }

    public boolean hearsPrimary(Timing timing) {
        return local.upstream()
                .filter(upstream -> local.hears(upstream, now, timing))
                .filter(upstream -> freshPeer(upstream, timing)
                        .filter(peer -> peer.postgres() == Postgres.STANDBY)
                        .isEmpty())
                .isPresent();
    }

    boolean holdsLock() {
        return lock.isHeldBy(self);
    }

    /** Whether a node has the lock, which is the primary or about to be it. */
    public boolean isLockHeld(Timing timing) {
        return lock.at(now, timing).state() == Lock.State.HELD;
    }

    /** Nodes of the cluster that this one has not heard of for long, neither their keeper nor, as their standby, their PostgreSQL. */
    public Set<String> silent(Timing timing) {
        Set<String> silent = new TreeSet<>();
        if (now.compareTo(timing.silence()) < 0) {
            // A keeper that has just started has not listened long enough to say so.
            return silent;
        }
        for (String node : members.voters()) {
            if (!node.equals(self) && !isHeard(node, timing)) {
                silent.add(node);
            }
        }
        return silent;
    }

    private boolean isHeard(String node, Timing timing) {
        return local.hears(node, now, timing) || freshPeer(node, timing).isPresent();
    }

    /** The voter that says that it is the primary: the lock's holder if that is known, else the one that is ahead of all others. */
    public Optional<String> primary(Timing timing) {
        Lock known = lock.at(now, timing);
        return members.voters().stream()
                .filter(voter -> !voter.equals(self))
                .filter(voter -> known.state() != Lock.State.HELD || known.isHeldBy(voter))
                .filter(voter -> freshPeer(voter, timing)
                        .filter(peer -> peer.postgres() == Postgres.PRIMARY)
                        .isPresent())
                .max(Comparator.comparing(voter -> peers.get(voter).position()));
    }

    /**
     * Whether a majority is in sight, none of them is the primary, and nobody hears the PostgreSQL of one. From then on it is waited for nodes
     * that are ahead, but not for ever.
     */
    public boolean isLeaderless(Timing timing) {
        return local.postgres() != Postgres.PRIMARY
                && hasMajorityInSight(timing)
                && primary(timing).isEmpty()
                && !hearsPrimary(timing)
                && members.voters().stream()
                        .flatMap(voter -> freshPeer(voter, timing).stream())
                        .noneMatch(Peer::streams);
    }

    /** Whether all is as it should be: what is decided does not change by itself before {@link #nextSilence}. */
    public boolean isCalm(Timing timing) {
        if (local.hungSince().isPresent()
                || candidateSince.isPresent()
                || leaderlessSince.isPresent()
                || needsRoom
                || local.founds()) {
            return false;
        }
        return switch (local.postgres()) {
            case PRIMARY -> members.isOnly(self) || lock.at(now, timing).isHeldBy(self);
            case STANDBY ->
                primary(timing)
                        .filter(primary ->
                                local.upstream().filter(primary::equals).isPresent() && local.isConnected())
                        .isPresent();
            case ABSENT, UNFINISHED, STOPPED -> false;
        };
    }

    /** When something that was heard of becomes old, if nothing newer is heard before: a node, its PostgreSQL, the lock's servers, a vote. */
    public Optional<Duration> nextSilence(Timing timing) {
        Stream<Duration> heard =
                Stream.concat(peers.values().stream().map(Peer::heardAt), local.upstreamHeardAt().stream());
        Stream<Duration> proofs = Stream.concat(leases.values().stream(), Stream.of(lock.readAt()));
        return Stream.of(
                        heard.map(at -> at.plus(timing.silence())),
                        local.upstreamHeardAt().stream().map(at -> at.plus(timing.stall())),
                        proofs.map(at -> at.plus(timing.fence())))
                .flatMap(times -> times)
                .filter(at -> at.compareTo(now) > 0)
                .min(Comparator.naturalOrder());
    }

    /** The standby to which a primary whose disk is full hands over: the one that is furthest of those that have room. */
    public Optional<String> successorWithRoom(Timing timing) {
        if (!needsRoom || local.postgres() != Postgres.PRIMARY || !holdsLock()) {
            return Optional.empty();
        }
        return members.voters().stream()
                .filter(voter -> !voter.equals(self))
                .filter(voter -> freshPeer(voter, timing)
                        .filter(peer -> peer.canLead() && peer.streams() && peer.hasRoom())
                        .isPresent())
                .max(Comparator.comparing(voter -> peers.get(voter).position()));
    }

    /**
     * Whether another node can be the primary as soon as this one has stopped: the lock's servers answer this node, which has the lock, and every standby
     * that is heard of would give its word, since it gave it when it was asked last; with this node, that is a majority. Who is about to be deleted votes for
     * no candidate.
     *
     * @param since when they must have been asked: before that a keeper may have ended that gave its word
     */
    public boolean canBeSucceeded(Duration since, Timing timing) {
        if (!lock.at(now, timing).isHeldBy(self)) {
            return false;
        }
        List<String> standbys = members.voters().stream()
                .filter(voter -> !voter.equals(self))
                .filter(voter -> freshPeer(voter, timing)
                        .filter(peer -> peer.postgres() == Postgres.STANDBY && !peer.leaves())
                        .isPresent())
                .toList();
        boolean ownVoteIsWanted = standbys.size() < members.majority();
        return standbys.size() + 1 >= members.majority()
                && (!ownVoteIsWanted || leases.containsKey(self))
                && standbys.stream()
                        .allMatch(standby -> Optional.ofNullable(leases.get(standby))
                                .filter(asked -> asked.compareTo(since) >= 0
                                        && asked.compareTo(peers.get(standby).heardAt()) >= 0)
                                .isPresent());
    }

    public boolean hasMajorityInSight(Timing timing) {
        long others = members.voters().stream()
                .filter(voter -> !voter.equals(self))
                .filter(voter -> freshPeer(voter, timing).isPresent())
                .count();
        return others + 1 >= members.majority();
    }

    /** What a node's keeper said lately. */
    Optional<Peer> freshPeer(String node, Timing timing) {
        return Optional.ofNullable(peers.get(node)).filter(peer -> isFresh(peer.heardAt(), timing));
    }

    private boolean isFresh(Duration heardAt, Timing timing) {
        return now.minus(heardAt).compareTo(timing.silence()) < 0;
    }
}
