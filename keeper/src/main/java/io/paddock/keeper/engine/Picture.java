package io.paddock.keeper.engine;

import io.paddock.keeper.decision.Local;
import io.paddock.keeper.decision.Local.Postgres;
import io.paddock.keeper.decision.Lock;
import io.paddock.keeper.decision.Members;
import io.paddock.keeper.decision.Position;
import io.paddock.keeper.decision.Situation;
import io.paddock.keeper.decision.Timing;
import io.paddock.keeper.peer.Description;
import io.paddock.keeper.peer.Protocol;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** A node at a moment: what it sees, and what it knows beside that. */
public record Picture(String self, Timing timing, View view, State state) {

    /** How much of the log a standby may lack and still count as caught up. */
    public static final long CAUGHT_UP = 16L << 20;

    /** An update that fails is taken back within this. */
    private static final Duration TAKEN_BACK = Duration.ofMinutes(10);

    private static final Duration ROUND = Duration.ofMillis(400);
    /** The same where there is nobody to ask. */
    private static final Duration SINGLE_ROUND = Duration.ofSeconds(1);
    /** The same where every tenth of a second counts. */
    private static final Duration ROUND_WITHOUT_PRIMARY = Duration.ofMillis(100);

    public Duration now() {
        return view.now();
    }

    public Situation situation() {
        Local local = local();
        return new Situation(
                now(),
                self,
                view.members().orElseThrow(),
                local,
                state.lock(),
                state.heard().peers(),
                state.heard().leases(),
                state.candidacy().since(),
                state.absences().leader(),
                view.node().isDiskFull() && state.restraints().letHandOver(now()),
                new Position(local.position().promotion(), view.server().log().replayed()));
    }

    public Local local() {
        Server server = view.server();
        boolean exists = server.state().isWhole();
        boolean isStandby = exists && server.isStandby();
        return new Local(
                server.state(),
                exists ? position() : remembered(),
                isStandby,
                isStandby ? server.upstream().node() : Optional.empty(),
                later(server.upstream().heardAt(), state.work().followedAt()),
                server.upstream().isConnected(),
                server.hungSince(),
                // What the lock's servers count is later than that.
                exists
                        && view.node().founds()
                        && state.lock().promotion().number() <= view.lineage().last(),
                canLead(),
                state.memory().permitted());
    }

    /** Who has just crashed, or handed over, lets the others go first; who could not start is out. */
    private boolean canLead() {
        return (view.server().state() != Postgres.STANDBY || view.server().answers())
                && state.restraints().letLead(now())
                && state.attempts().canStart()
                && (!isCluster() || isLockKnown());
    }

    /** Who receives what a primary writes now has all that it wrote before. */
    private Position position() {
        int own = view.lineage().last();
        int promotion = view.server().state() == Postgres.STANDBY
                ? received().map(primary -> primary.lineage().last()).orElse(own)
                : own;
        return new Position(promotion, view.server().log().end());
    }

    /** Who is being rewound or cloned still knows of which promotion it had data last. */
    private Position remembered() {
        return view.server().state() == Postgres.UNFINISHED
                ? new Position(view.lineage().last(), 0)
                : Position.UNKNOWN;
    }

    /** The primary whose present history is being received here, not one of those before it. */
    Optional<Description> received() {
        Server server = view.server();
        return server.upstream()
                .node()
                .flatMap(this::peer)
                .filter(primary -> primary.postgres() == Postgres.PRIMARY
                        && server.upstream().isConnected()
                        && server.log().timeline() != 0
                        && server.log().timeline() == primary.timeline()
                        // Two nodes can begin timelines of the same number.
                        && primary.lineage().contains(view.lineage().last()));
    }

    private static Optional<Duration> later(Optional<Duration> one, Optional<Duration> two) {
        return one.isPresent() && two.isPresent()
                ? Optional.of(one.get().compareTo(two.get()) > 0 ? one.get() : two.get())
                : one.or(() -> two);
    }

    /** Whether it was read lately: who can't must not be waited for in an election. */
    public boolean isLockKnown() {
        return state.lock().at(now(), timing).state() != Lock.State.UNKNOWN;
    }

    public boolean holdsLock() {
        return state.lock().state() == Lock.State.HELD && state.lock().holder().equals(self);
    }

    public boolean isCluster() {
        return view.isCluster();
    }

    public boolean isVoter() {
        return view.members().filter(members -> members.voters().contains(self)).isPresent();
    }

    /** All nodes that BOSH knows besides this one. */
    public Set<String> others() {
        Set<String> others = new TreeSet<>(view.listed());
        others.remove(self);
        return others;
    }

    /** A node that said something lately. */
    public Optional<Description> peer(String node) {
        return state.heard().since(node, now().minus(timing.silence()));
    }

    public List<Description> heardOthers() {
        return others().stream().flatMap(node -> peer(node).stream()).toList();
    }

    /** The primary, if another node is it. */
    public Optional<String> primary() {
        return view.members().isPresent() ? situation().primary(timing) : Optional.empty();
    }

    /** Voters of which nothing has been heard for long. */
    public Set<String> silent() {
        return view.members().isPresent() ? situation().silent(timing) : Set.of();
    }

    public boolean mayWrite() {
        return view.members().isPresent() && situation().mayWrite(timing);
    }

    public boolean isLeaving() {
        return state.restraints().isLeaving(now());
    }

    /** Whether nobody has run a server for the lock yet: the first primary has not even been made. */
    public boolean isBeingFounded() {
        return view.node().founds() || heardOthers().stream().anyMatch(Description::isFounding);
    }

    /** Whether the disk is full, and no other node can take over for that. */
    public boolean isStuckWithFullDisk() {
        return view.node().isDiskFull()
                && (view.members().isEmpty()
                        || situation().successorWithRoom(timing).isEmpty());
    }

    /**
     * Whether the lock's servers shall be closed to whoever shows no token: all voters' keepers show one, and have for a while, so that an update that
     * fails is taken back before. They shall be open as long as one shows none; empty where neither is so.
     *
     * @param protocol the newest that this node speaks
     */
    public Optional<Boolean> closesLock(int protocol) {
        boolean isOver = view.node().preparedFor().compareTo(TAKEN_BACK) >= 0;
        boolean isKnown = true;
        for (String voter : view.members().map(Members::voters).orElse(Set.of())) {
            if (!voter.equals(self)) {
                Optional<Description> said = peer(voter);
                if (said.filter(other -> other.protocol() < Protocol.TOKENS).isPresent()) {
                    return Optional.of(false);
                }
                isKnown &= said.isPresent();
                isOver &= said.filter(other -> other.preparedFor() >= TAKEN_BACK.toSeconds())
                        .isPresent();
            }
        }
        if (protocol < Protocol.TOKENS) {
            return Optional.of(false);
        }
        return isKnown && isOver ? Optional.of(true) : Optional.empty();
    }

    /** Between two rounds of questions. */
    Duration roundsApart() {
        boolean isSingle = !isCluster() && others().isEmpty();
        return isSingle ? SINGLE_ROUND : isWithoutPrimary() ? ROUND_WITHOUT_PRIMARY : ROUND;
    }

    /** Whether nothing tells that there is a primary. */
    boolean isWithoutPrimary() {
        if (!isCluster() || view.server().state() == Postgres.PRIMARY) {
            return false;
        }
        Situation situation = situation();
        return !situation.hearsPrimary(timing) && situation.primary(timing).isEmpty();
    }

    /** A primary renews others' words, also of those that have no vote yet; a candidate asks for them once it has the lock. */
    boolean wantsWord() {
        return view.server().state() == Postgres.PRIMARY
                || isCluster() && state.candidacy().since().isPresent() && holdsLock() && isLockKnown();
    }

    /** Whether it still waits for nodes that are ahead of it. */
    boolean isPatient() {
        return state.absences()
                .leader()
                .filter(since -> now().minus(since).compareTo(timing.patience()) >= 0)
                .isEmpty();
    }

    /**
     * Whether a standby lacks next to nothing of what this primary had; with synchronous commits, all must be in sight. One that has nothing of
     * this primary's history yet, since that has just begun, is none: nobody would give it a word as long as this node may come back.
     */
    boolean hasSuccessors() {
        Server.Log log = view.server().log();
        long end = Math.max(log.end(), log.flushed());
        List<Description> successors = heardOthers().stream()
                .filter(peer -> peer.postgres() == Postgres.STANDBY
                        && peer.canLead()
                        && peer.position().promotion() == view.lineage().last()
                        && end - peer.position().lsn() < CAUGHT_UP)
                .toList();
        return view.server().isSynchronous()
                ? successors.size() == view.listed().size() - 1
                : !successors.isEmpty();
    }

    /** Whether it is a standby that hears its upstream. */
    boolean streams() {
        Local own = local();
        return own.postgres() == Postgres.STANDBY
                && own.upstream()
                        .filter(upstream -> own.hears(upstream, now(), timing))
                        .isPresent();
    }
}
