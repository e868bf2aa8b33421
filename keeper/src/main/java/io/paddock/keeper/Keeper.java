package io.paddock.keeper;

import io.paddock.keeper.cluster.Founding;
import io.paddock.keeper.cluster.Membership;
import io.paddock.keeper.cluster.Records;
import io.paddock.keeper.consul.Consul;
import io.paddock.keeper.consul.ConsulAgent;
import io.paddock.keeper.decision.Decide;
import io.paddock.keeper.decision.Decision;
import io.paddock.keeper.decision.Local;
import io.paddock.keeper.decision.Local.Postgres;
import io.paddock.keeper.decision.Members;
import io.paddock.keeper.decision.Position;
import io.paddock.keeper.decision.Situation;
import io.paddock.keeper.decision.Timing;
import io.paddock.keeper.decision.Word;
import io.paddock.keeper.disk.Disk;
import io.paddock.keeper.leash.Leash;
import io.paddock.keeper.peer.Description;
import io.paddock.keeper.peer.Hello;
import io.paddock.keeper.peer.PeerClient;
import io.paddock.keeper.peer.Protocol;
import io.paddock.keeper.postgres.DataDirectory;
import io.paddock.keeper.postgres.LocalPostgres;
import io.paddock.keeper.postgres.LocalPostgres.Seen;
import io.paddock.keeper.postgres.Repmgr;
import io.paddock.keeper.system.BootClock;
import io.paddock.keeper.system.Log;
import io.paddock.keeper.system.NodeTls;
import io.paddock.keeper.system.Settings;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One node's keeper: every 0.4 s, or 0.1 s without a primary, it asks the others and the lock's servers; then, and at once when something changes or has not been
 * heard of for too long, it renews what the leash permits, and does what {@link Decide} says. What takes long is done by {@link Actions}, one thing at a time, while asking and renewing
 * go on. Times are since the start of the keeper, on the machine's clock.
 */
final class Keeper {

    private static final Duration ROUND = Duration.ofMillis(400);
    /** The same where there is nobody to ask. */
    private static final Duration SINGLE_ROUND = Duration.ofSeconds(1);
    /** Between two decisions where something is amiss: what only time changes is seen as soon as this. */
    private static final Duration LOOK = Duration.ofMillis(100);

    private static final Duration SHORTEST = Duration.ofMillis(10);
    /** How much of the log a standby may lack and still count as caught up. */
    static final long CAUGHT_UP = 16L << 20;

    /** An update that fails is taken back within this. */
    private static final Duration TAKEN_BACK = Duration.ofMinutes(10);

    private static final Duration SUCCESSION = Duration.ofSeconds(2);

    private final Settings settings;
    private final Timing timing;
    private final BootClock clock;
    private final Duration startedAt;
    private final NodeTls tls;
    private final Leash leash;
    private final DataDirectory data;
    private final Disk disk;
    private final Records records;
    private final Membership membership;
    private final Founding founding;
    private final Meeting meeting;
    private final PeerClient client;
    private final LocalPostgres postgres;
    private final LockClient lock;
    private final Actions actions;
    private final Chores chores;
    private final Votes votes;
    private final Word word;
    private final Endpoints endpoints;
    private final Peers peers = new Peers();
    private final String life = UUID.randomUUID().toString();
    private final AtomicLong requests = new AtomicLong();
    private final Semaphore wake = new Semaphore(0);

    private volatile boolean roundWanted = true;
    private volatile Map<String, String> nodes = Map.of();
    private volatile Optional<Duration> leaderlessSince = Optional.empty();
    private volatile Optional<Duration> abandonedSince = Optional.empty();
    private volatile Optional<Duration> primarylessSince = Optional.empty();
    private volatile Duration holdOffUntil = Duration.ZERO;
    private volatile String lastReason = "";
    private Postgres before = Postgres.ABSENT;
    private Set<String> silentBefore = Set.of();
    private Duration lastRound = Duration.ofDays(-1);
    private volatile Duration permitted = Duration.ZERO;

    Keeper(
            Settings settings,
            Timing timing,
            BootClock clock,
            Leash leash,
            Store store,
            Repmgr repmgr,
            Records records,
            Consul consul,
            ConsulAgent agent,
            PeerClient client,
            NodeTls tls) {
        this.settings = settings;
        this.timing = timing;
        this.clock = clock;
        this.startedAt = clock.now();
        this.tls = tls;
        this.leash = leash;
        this.data = store.data();
        this.disk = store.disk();
        this.records = records;
        this.membership = store.membership();
        this.founding = store.founding();
        this.client = client;
        this.postgres = new LocalPostgres(settings, tls, leash, clock, this::isSingle, this::look);
        this.lock = new LockClient(
                consul, settings.node(), this::now, this::wake, this::hurry, newer -> votes().learn(newer));
        this.actions = new Actions(settings, leash, store, postgres, repmgr, lock, client, this);
        this.chores = new Chores(settings, postgres, store, repmgr, lock, actions, this);
        this.votes = new Votes(settings, store, agent, lock, peers, actions, this);
        this.meeting = new Meeting(settings, store, actions);
        this.word = new Word(Duration.ZERO, timing);
        this.endpoints = new Endpoints(settings, tls, this, store, postgres, peers, word, lock, actions, chores);
    }

    /** What it answers, while it {@linkplain #run runs}. */
    Endpoints endpoints() {
        return endpoints;
    }

    /** Until the process ends. */
    void run() {
        daemon("postgres", postgres::watch);
        daemon("leash", postgres::listen);
        daemon("chores", chores::run);
        while (true) {
            Duration pause = LOOK;
            try {
                pause = step();
            } catch (IOException | RuntimeException failure) {
                Log.warn("a round failed", failure);
                pause = ROUND;
            }
            try {
                await(pause);
            } catch (InterruptedException interrupted) {
                return;
            }
        }
    }

    /** Until the pause is over or something happens; a disk may fill up sooner. */
    private void await(Duration pause) throws InterruptedException {
        Duration end = now().plus(pause);
        Duration left = pause;
        while (left.compareTo(ROUND) > 0) {
            if (isWoken(ROUND)) {
                return;
            }
            lookAtDisk();
            left = end.minus(now());
        }
        if (!left.isNegative()) {
            isWoken(left);
        }
    }

    private boolean isWoken(Duration time) throws InterruptedException {
        boolean isWoken = wake.tryAcquire(time.toMillis(), TimeUnit.MILLISECONDS);
        wake.drainPermits();
        return isWoken;
    }

    private void lookAtDisk() {
        if (disk.look()) {
            chores.wake();
        }
    }

    /** As long as nothing is to be done, nothing but the next round, or that something is not heard of any more, can change what is decided. */
    private Duration untilNextStep(Situation situation) {
        if (!situation.isCalm(timing)) {
            return LOOK;
        }
        Duration next = lastRound.plus(roundsApart());
        Duration end = situation
                .nextSilence(timing)
                .filter(at -> at.compareTo(next) < 0)
                .orElse(next);
        Duration left = end.minus(now());
        return left.compareTo(SHORTEST) > 0 ? left : SHORTEST;
    }

    private Duration roundsApart() {
        return isSingle() ? SINGLE_ROUND : isWithoutPrimary() ? LOOK : ROUND;
    }

    private static void daemon(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    Duration now() {
        return clock.now().minus(startedAt);
    }

    /** Decides anew with what is known. */
    void wake() {
        wake.release();
    }

    /** Asks everybody anew first: something happened that the others have to say something to. */
    void hurry() {
        roundWanted = true;
        wake.release();
    }

    /** @return how long nothing more is to be done, unless something happens */
    private Duration step() throws IOException {
        if (roundWanted || now().minus(lastRound).compareTo(roundsApart()) >= 0) {
            roundWanted = false;
            lastRound = now();
            find();
            lookAtDisk();
            membership.members().ifPresent(votes::serveLock);
            round();
        }
        Optional<Members> members = membership.members();
        if (members.isEmpty()) {
            Optional<String> waiting = meeting.attend(nodes, heardOthers());
            waiting.ifPresentOrElse(this::say, this::hurry);
            return LOOK;
        }
        data.alone(members.get().isOnly(settings.node()));
        if (data.stopped() == Postgres.ABSENT && founding.isUnderWay()) {
            actions.found();
            return LOOK;
        }
        renewPermit();
        observe(situation());
        if (actions.isBusy()) {
            return LOOK;
        }
        votes.enrol();
        Situation situation = situation();
        act(Decide.next(situation, timing.where(postgres.seen().isSynchronous())));
        return untilNextStep(situation);
    }

    /** What was found before holds as long as nothing can be read. */
    private void find() {
        try {
            nodes = records.nodes();
        } catch (IOException | RuntimeException failure) {
            say("can't read the records of BOSH: " + Log.describe(failure));
        }
    }

    /** Whether nobody has run a server for the lock yet: the first primary has not even been made. */
    boolean isBeingFounded() {
        return founding.isUnderWay() || heardOthers().stream().anyMatch(Description::isFounding);
    }

    /** All nodes that BOSH knows besides this one. */
    Set<String> others() {
        Set<String> others = new TreeSet<>(nodes.keySet());
        others.remove(settings.node());
        return others;
    }

    private List<Description> heardOthers() {
        return others().stream().flatMap(node -> peer(node).stream()).toList();
    }

    private void round() {
        Duration asked = now();
        boolean wants = wantsWord();
        if (wants) {
            Hello own = hello(true);
            if (word.ask(own.request(), local(), asked, postgres.seen().isSynchronous())
                    .given()) {
                peers.lease(settings.node(), asked);
            }
        }
        nodes.forEach((node, address) -> {
            if (!node.equals(settings.node()) && peers.ask(node)) {
                client.hello(address, hello(wants)).whenComplete((description, failure) -> {
                    if (failure != null) {
                        peers.unanswered(node);
                    } else {
                        heard(node, description, asked);
                    }
                    if (peers.isWantedAgain(node)) {
                        hurry();
                    }
                });
            }
        });
        if (isCluster()) {
            lock.read();
        }
    }

    private void heard(String node, Description description, Duration asked) {
        boolean isNews = peers.answered(node, description, asked);
        if (description.given() && members().isPresent()) {
            renewPermit();
        }
        if (isNews || leaderlessSince.isPresent()) {
            description.members().filter(known -> members().isPresent()).ifPresent(votes::learn);
            wake();
        }
    }

    /**
     * Whether the lock's servers shall be closed to whoever shows no token: all voters' keepers show one, and have for a while, so that an update that
     * fails is taken back before. They shall be open as long as one shows none; empty where neither is so.
     */
    Optional<Boolean> closesLock() {
        boolean isOver = tls.age().compareTo(TAKEN_BACK) >= 0;
        boolean isKnown = true;
        for (String voter : members().map(Members::voters).orElse(Set.of())) {
            if (!voter.equals(settings.node())) {
                Optional<Description> said = peer(voter);
                if (said.filter(other -> other.protocol() < Protocol.TOKENS).isPresent()) {
                    return Optional.of(false);
                }
                isKnown &= said.isPresent();
                isOver &= said.filter(other -> other.preparedFor() >= TAKEN_BACK.toSeconds())
                        .isPresent();
            }
        }
        if (settings.protocol() < Protocol.TOKENS) {
            return Optional.of(false);
        }
        return isKnown && isOver ? Optional.of(true) : Optional.empty();
    }

    boolean isCluster() {
        return membership
                .members()
                .filter(members -> members.voters().size() > 1)
                .isPresent();
    }

    /** Whether BOSH knows no other node, and none has a vote. */
    private boolean isSingle() {
        return !isCluster() && others().isEmpty();
    }

    /** Whether nothing tells that there is a primary: then every tenth of a second counts. */
    private boolean isWithoutPrimary() {
        if (!isCluster()) {
            return false;
        }
        Situation situation = situation();
        return situation.local().postgres() != Postgres.PRIMARY
                && !situation.hearsPrimary(timing)
                && situation.primary(timing).isEmpty();
    }

    /** A primary renews others' words, also of those that have no vote yet; a candidate asks for them once it has the lock. */
    private boolean wantsWord() {
        return local().postgres() == Postgres.PRIMARY
                || isCluster() && lock.candidateSince().isPresent() && lock.isHeldHere() && lock.isKnown(timing);
    }

    private Hello hello(boolean wants) {
        Local own = local();
        return new Hello(
                settings.protocol(),
                wants,
                isWithoutPrimary(),
                new Word.Request(
                        settings.node(),
                        stamp(),
                        own.position(),
                        own.postgres() == Postgres.PRIMARY,
                        isPatient(),
                        membership.members().isPresent() && situation().isLastPrimary(),
                        own.founds()));
    }

    Word.Stamp stamp() {
        return new Word.Stamp(life, requests.incrementAndGet());
    }

    private boolean isPatient() {
        return leaderlessSince
                .filter(since -> now().minus(since).compareTo(timing.patience()) >= 0)
                .isEmpty();
    }

    Local local() {
        return local(postgres.seen());
    }

    /** @param seen one look, so that all is from the same moment */
    Local local(Seen seen) {
        Postgres stopped = data.stopped();
        boolean exists = stopped.isWhole();
        Postgres state = !exists
                ? stopped
                : switch (leash.status().map(Leash.Status::role).orElse(Leash.Role.STOPPED)) {
                    case STOPPED -> stopped;
                    case STANDBY -> Postgres.STANDBY;
                    // Armed, but its promotion has not come through: if nobody is at it, it must be begun again.
                    case PRIMARY -> seen.answers() && seen.isInRecovery() ? Postgres.STANDBY : Postgres.PRIMARY;
                };
        Optional<String> upstream = exists && data.isStandby() ? upstream(seen) : Optional.empty();
        return new Local(
                state,
                exists ? position(state, seen) : remembered(stopped),
                exists && data.isStandby(),
                upstream,
                later(seen.heardAt().map(at -> at.minus(startedAt)), actions.followedAt()),
                seen.isConnected(),
                seen.hungSince().map(since -> since.minus(startedAt)),
                // What the lock's servers count is later than that.
                exists
                        && founding.isUnderWay()
                        && lock.last().promotion().number() <= actions.lineage().last(),
                (state != Postgres.STANDBY || seen.answers())
                        && actions.canLead()
                        && now().compareTo(holdOffUntil) >= 0,
                leash.permittedUntil().minus(startedAt));
    }

    /** Who is being rewound or cloned still knows of which promotion it had data last. */
    private Position remembered(Postgres stopped) {
        return stopped == Postgres.UNFINISHED ? new Position(actions.lineage().last(), 0) : Position.UNKNOWN;
    }

    private Optional<String> upstream(Seen seen) {
        return nodes.entrySet().stream()
                .filter(node -> node.getValue().equals(seen.upstream()))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** Who receives what a primary writes now has all that it wrote before. */
    private Position position(Postgres state, Seen seen) {
        Position own = actions.position(state, seen);
        return received(seen)
                .filter(primary -> state == Postgres.STANDBY)
                .map(primary -> new Position(primary.lineage().last(), own.lsn()))
                .orElse(own);
    }

    /** The primary whose present history is being received here, not one of those before it. */
    private Optional<Description> received(Seen seen) {
        return upstream(seen)
                .flatMap(this::peer)
                .filter(primary -> primary.postgres() == Postgres.PRIMARY
                        && seen.isConnected()
                        && seen.timeline() != 0
                        && seen.timeline() == primary.timeline()
                        // Two nodes can begin timelines of the same number.
                        && primary.lineage().contains(actions.lineage().last()));
    }

    private static Optional<Duration> later(Optional<Duration> one, Optional<Duration> two) {
        return one.isPresent() && two.isPresent()
                ? Optional.of(one.get().compareTo(two.get()) > 0 ? one.get() : two.get())
                : one.or(() -> two);
    }

    Situation situation() {
        Seen seen = postgres.seen();
        Local local = local(seen);
        return new Situation(
                now(),
                settings.node(),
                membership.members().orElseThrow(),
                local,
                lock.last(),
                peers.forDecision(),
                peers.leases(),
                lock.candidateSince(),
                leaderlessSince,
                disk.isFull() && actions.mayHandOver(),
                new Position(local.position().promotion(), seen.replayed()));
    }

    /** @return whether this node has the right to write now, and the leash knows */
    synchronized boolean renewPermit() {
        Situation situation = situation();
        if (situation.members().isOnly(settings.node())) {
            return true;
        }
        boolean leads = situation.local().postgres() == Postgres.PRIMARY
                || lock.candidateSince().isPresent();
        Optional<Duration> until = situation.authorityUntil(timing);
        if (leads && until.isPresent()) {
            permit(until.get());
        }
        return until.filter(end -> end.compareTo(situation.now()) > 0).isPresent();
    }

    /** For a primary that was stopped, whose permit the leash took away. */
    synchronized boolean permitAnew() {
        permitted = Duration.ZERO;
        Situation situation = situation();
        situation.authorityUntil(timing).ifPresent(this::permit);
        return situation.mayWrite(timing);
    }

    synchronized void permit(Duration until) {
        if (until.compareTo(permitted) > 0) {
            permitted = until;
            leash.permit(permitted.plus(startedAt));
        }
    }

    private void observe(Situation situation) throws IOException {
        abandonedSince =
                situation.hasMajorityInSight(timing) ? Optional.empty() : abandonedSince.or(() -> Optional.of(now()));
        boolean hasPrimary = situation.members().isOnly(settings.node())
                || isBeingFounded()
                || situation.local().postgres() == Postgres.PRIMARY
                || situation.primary(timing).isPresent()
                || situation.isLockHeld(timing);
        primarylessSince = hasPrimary ? Optional.empty() : primarylessSince.or(() -> Optional.of(now()));
        Set<String> silent = situation.silent(timing);
        if (!silent.equals(silentBefore)) {
            silentBefore = silent;
            hurry();
        }
        Postgres state = situation.local().postgres();
        if (before == Postgres.PRIMARY && state == Postgres.STOPPED) {
            stepBackIfRightful();
        }
        before = state;
        Optional<Description> received = received(postgres.seen());
        if (state == Postgres.STANDBY && received.isPresent()) {
            actions.streams(received.get().lineage());
            noteWhole();
        } else if (state == Postgres.PRIMARY) {
            noteWhole();
        }
        if (!situation.isLeaderless(timing)) {
            leaderlessSince = Optional.empty();
        } else if (leaderlessSince.isEmpty()) {
            leaderlessSince = Optional.of(now());
            hurry();
        }
    }

    /** Whether nobody has to wait for a vote or the lock's servers once this primary has stopped. */
    boolean canBeSucceeded(Duration since) {
        return situation().canBeSucceeded(since, timing);
    }

    private void noteWhole() {
        try {
            data.noteWhole();
        } catch (IOException full) {
            // Tried again in the next round: a full disk must not keep a primary from handing over.
        }
    }

    /** A primary that died with its right in hand crashed: another one goes first, since it need not recover. */
    void stepBackIfRightful() {
        if (isCluster() && situation().mayWrite(timing) && hasSuccessors()) {
            actions.stepBack();
        }
    }

    /**
     * Whether a standby lacks next to nothing of what this primary had; with synchronous commits, both must be in sight. One that has nothing of
     * this primary's history yet, since that has just begun, is none: nobody would give it a word as long as this node may come back.
     */
    private boolean hasSuccessors() {
        Seen seen = postgres.seen();
        List<Description> successors = heardOthers().stream()
                .filter(peer -> peer.postgres() == Postgres.STANDBY
                        && peer.canLead()
                        && peer.position().promotion() == actions.lineage().last()
                        && seen.lsn() - peer.position().lsn() < CAUGHT_UP)
                .toList();
        return seen.isSynchronous() ? successors.size() == nodes.size() - 1 : !successors.isEmpty();
    }

    private void act(Decision decision) {
        say(decision.reason());
        actions.act(decision);
    }

    /** A reason once, as long as it stays the same; seconds in it count on. */
    void say(String reason) {
        String same = reason.replaceAll("[0-9]+ s\\b", "");
        if (!same.equals(lastReason)) {
            lastReason = same;
            Log.info(reason);
        }
    }

    void look() {
        wake();
        chores.wake();
    }

    /** PostgreSQL certainly does not run as the primary here any more. */
    void takeBackOwnWord() {
        peers.forgetLeases(now());
        word.giveBack(settings.node(), stamp());
    }

    /** Gives back all words that others gave, so that they need not wait for the end of their lease. */
    void giveBackWords(String successor) {
        Word.Stamp stamp = stamp();
        nodes.forEach((node, address) -> {
            if (!node.equals(settings.node())) {
                client.giveBack(address, settings.node(), stamp, successor);
            }
        });
    }

    Optional<String> address(String node) {
        return Optional.ofNullable(nodes.get(node));
    }

    Map<String, String> nodes() {
        return nodes;
    }

    Optional<Members> members() {
        return membership.members();
    }

    boolean isVoter() {
        return members()
                .filter(members -> members.voters().contains(settings.node()))
                .isPresent();
    }

    /** A node that said something lately. */
    Optional<Description> peer(String node) {
        return peers.since(node, now().minus(timing.silence()));
    }

    /** The primary, if another node is it. */
    Optional<String> primary() {
        return membership.members().flatMap(members -> situation().primary(timing));
    }

    /** What a new primary has to do for the others is done soon. */
    void promoted() {
        hurry();
        chores.wake();
    }

    Votes votes() {
        return votes;
    }

    Timing timing() {
        return timing;
    }

    /** Voters of which nothing has been heard for long. */
    Set<String> silentNodes() {
        return membership.members().isPresent() ? situation().silent(timing) : Set.of();
    }

    /** Since when no majority has been in sight, if none is. */
    Optional<Duration> abandonedSince() {
        return abandonedSince;
    }

    /** Since when there has been no primary, and nobody about to be it. */
    Optional<Duration> primarylessSince() {
        return primarylessSince;
    }

    /** Why it did last what it did. */
    String lastReason() {
        return lastReason;
    }

    /** Another node was chosen to be the next primary, and goes first for a moment. */
    void letSucceed() {
        holdOffUntil = now().plus(SUCCESSION);
    }

    /** Whether the disk is full, and no other node can take over for that. */
    boolean isStuckWithFullDisk() {
        return disk.isFull()
                && (membership.members().isEmpty()
                        || situation().successorWithRoom(timing).isEmpty());
    }
}
