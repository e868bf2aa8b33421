package io.paddock.keeper;

import io.paddock.keeper.cluster.Founding;
import io.paddock.keeper.cluster.Records;
import io.paddock.keeper.decision.Decision;
import io.paddock.keeper.decision.Lineage;
import io.paddock.keeper.decision.Local.Postgres;
import io.paddock.keeper.decision.Position;
import io.paddock.keeper.decision.TakeOver;
import io.paddock.keeper.disk.Disk;
import io.paddock.keeper.leash.Leash;
import io.paddock.keeper.peer.Description;
import io.paddock.keeper.peer.KeeperServer.Answer;
import io.paddock.keeper.peer.PeerClient;
import io.paddock.keeper.postgres.DataDirectory;
import io.paddock.keeper.postgres.LocalPostgres;
import io.paddock.keeper.postgres.Repmgr;
import io.paddock.keeper.system.Log;
import io.paddock.keeper.system.Settings;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Carries out decisions, one at a time. Each may be cut off anywhere: what is on the disk then says so, and the next decision goes on from
 * there. None is trusted to stop a primary in time: that is the leash's.
 */
final class Actions {

    private static final Duration ORDER = Duration.ofSeconds(2);
    private static final int STARTS = 3;
    /** Shorter than the others' patience with a last primary: if none of them could take over, it is still waited for. */
    private static final Duration STEP_BACK = Duration.ofSeconds(5);
    /** For which a primary whose disk is full does not try again to hand over, if that did not help. */
    private static final Duration HAND_OVER = Duration.ofMinutes(5);
    /** Longest pause after copies that failed: each is as much work for the primary as one that succeeds. */
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
    /** For which it is waited for the next primary before the node is stopped. */
    private static final Duration SUCCESSOR = Duration.ofSeconds(10);
    /** For which a node that is about to be deleted tries to give up its vote. */
    private static final Duration LEAVE = Duration.ofSeconds(30);
    /** For which it then counts as one that goes. */
    private static final Duration GONE = Duration.ofMinutes(2);
    /** For which a handover waits for the checkpoint that makes it shorter. */
    private static final Duration CHECKPOINT = Duration.ofSeconds(60);
    /** Between two attempts to leave. */
    private static final Duration LOOK = Duration.ofMillis(200);
    /** An action that ended sooner than this has changed nothing, and is not tried again at once. */
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final Settings settings;
    private final Leash leash;
    private final DataDirectory data;
    private final Founding founding;
    private final Disk disk;
    private final LocalPostgres postgres;
    private final Repmgr repmgr;
    private final LockClient lock;
    private final PeerClient client;
    private final Keeper keeper;
    private final AtomicBoolean busy = new AtomicBoolean();
    private final ExecutorService worker = Executors.newSingleThreadExecutor(work -> {
        Thread thread = new Thread(work, "actions");
        thread.setDaemon(true);
        return thread;
    });

    private volatile Lineage lineage;
    private volatile Optional<Long> stoppedAt = Optional.empty();
    private volatile Optional<Duration> followedAt = Optional.empty();
    private volatile Duration steppedBackUntil = Duration.ZERO;
    private volatile int failedStarts;
    private volatile int failedStandbyStarts;
    private volatile Optional<Duration> followingSince = Optional.empty();
    private volatile boolean rewound;
    private volatile Optional<Duration> handedOverAt = Optional.empty();
    private volatile int failedCopies;
    private volatile Duration copyNotBefore = Duration.ZERO;
    private volatile boolean drained;
    private volatile Duration yieldsUntil = Duration.ZERO;
    private volatile Duration leavesUntil = Duration.ZERO;

    Actions(
            Settings settings,
            Leash leash,
            Store store,
            LocalPostgres postgres,
            Repmgr repmgr,
            LockClient lock,
            PeerClient client,
            Keeper keeper) {
        this.settings = settings;
        this.leash = leash;
        this.data = store.data();
        this.founding = store.founding();
        this.disk = store.disk();
        this.postgres = postgres;
        this.repmgr = repmgr;
        this.lock = lock;
        this.client = client;
        this.keeper = keeper;
        this.lineage = data.lineage();
    }

    boolean isBusy() {
        return busy.get();
    }

    /** Of the data here. */
    Lineage lineage() {
        return lineage;
    }

    /** Since when it has been waited for what a new upstream sends. */
    Optional<Duration> followedAt() {
        return followedAt;
    }

    /** Who has just crashed, or handed over, lets the others go first; who could not start is out. */
    boolean canLead() {
        return !drained
                && keeper.now().compareTo(yieldsUntil) >= 0
                && failedStarts < STARTS
                && keeper.now().compareTo(steppedBackUntil) >= 0
                && (!keeper.isCluster() || lock.isKnown(keeper.timing()));
    }

    /** Whether a primary whose disk is full should try to find one with room. */
    boolean mayHandOver() {
        return !drained
                && handedOverAt
                        .filter(at -> keeper.now().minus(at).compareTo(HAND_OVER) < 0)
                        .isEmpty();
    }

    Position position(Postgres state, LocalPostgres.Seen seen) {
        int promotion = lineage.last();
        if (state != Postgres.STOPPED && seen.answers()) {
            stoppedAt = Optional.empty();
            return new Position(promotion, seen.lsn());
        }
        Optional<Long> known = stoppedAt;
        long lsn = known.isPresent() ? known.get() : data.stoppedAt();
        stoppedAt = Optional.of(lsn);
        return new Position(promotion, lsn);
    }

    /** Whether it is about to be deleted, has seen another primary, and has given up its vote or is giving it up. */
    boolean isLeaving() {
        return keeper.now().compareTo(leavesUntil) < 0;
    }

    void stepBack() {
        steppedBackUntil = keeper.now().plus(STEP_BACK);
    }

    /** What a standby receives of a primary's history makes that its own; whatever was wrong here is not any more. */
    void streams(Lineage primarys) throws IOException {
        rewound = false;
        failedStarts = 0;
        failedStandbyStarts = 0;
        founding.end();
        adopt(primarys);
    }

    synchronized void adopt(Lineage newer) throws IOException {
        if (!newer.equals(lineage)) {
            data.lineage(newer);
            lineage = newer;
        }
    }

    /** Asks the primary, which this node is, where its last promotion began, if that is not known yet. */
    synchronized void noteBeginning() throws IOException, SQLException {
        if (!lineage.isBeginningKnown()) {
            adopt(lineage.beginningAt(postgres.beginning(lineage.beginningBefore())));
        }
    }

    void act(Decision decision) {
        if (!(decision instanceof Decision.Follow)) {
            followingSince = Optional.empty();
        }
        if (decision instanceof Decision.Release) {
            if (!lock.isReleasing()) {
                release("");
            }
        } else if (decision instanceof Decision.Fence) {
            keeper.stepBackIfRightful();
            work(() -> leash.order("kill", Duration.ofSeconds(10)));
        } else if (decision instanceof Decision.Stay || drained) {
            return;
        } else if (decision instanceof Decision.HandOver handOver) {
            work(() -> handOverForRoom(handOver.successor()));
        } else if (decision instanceof Decision.Acquire) {
            lock.acquire(postgres.seen().role() == Leash.Role.PRIMARY);
        } else if (decision instanceof Decision.Depose depose) {
            lock.depose(depose.holder());
        } else if (decision instanceof Decision.Promote) {
            work(this::promote);
        } else if (decision instanceof Decision.StartPrimary) {
            work(this::startPrimary);
        } else if (decision instanceof Decision.StartStandby) {
            work(this::startStandbyOrCopy);
        } else if (decision instanceof Decision.Follow follow) {
            followOrRejoin(follow.primary());
        } else if (decision instanceof Decision.Rejoin rejoin) {
            work(() -> rejoin(rejoin.primary()));
        } else if (decision instanceof Decision.Clone cloning) {
            work(() -> copy(cloning.primary()));
        }
    }

    private interface Work {
        void run() throws IOException, SQLException, InterruptedException;
    }

    private void work(Work work) {
        if (!busy.compareAndSet(false, true)) {
            return;
        }
        worker.execute(() -> {
            long begun = System.nanoTime();
            try {
                work.run();
                if (System.nanoTime() - begun < PAUSE.toNanos()) {
                    LockSupport.parkNanos(PAUSE.toNanos());
                }
            } catch (IOException | SQLException | RuntimeException failure) {
                Log.warn("failed, and will be decided anew", failure);
                LockSupport.parkNanos(ORDER.toNanos() / 4);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            } finally {
                busy.set(false);
                keeper.wake();
            }
        });
    }

    /** The first primary of a new cluster gets an empty database. */
    void found() {
        work(() -> {
            if (repmgr.initialize()) {
                adopt(Lineage.FIRST);
            } else {
                LockSupport.parkNanos(ORDER.toNanos());
            }
        });
    }

    private void release(String successor) {
        keeper.takeBackOwnWord();
        lock.release(() -> keeper.giveBackWords(successor));
    }

    private void promote() throws IOException, SQLException, InterruptedException {
        // A cluster of one, which an operator made of a standby, has no servers that count.
        Optional<Integer> number =
                keeper.isCluster() ? lock.count(lineage.last()) : Optional.of(lineage.last() + TakeOver.JUMP);
        if (number.isEmpty()) {
            Log.info("the promotion was not counted: the lock is not here any more, or its servers are away");
            return;
        }
        Lineage before = lineage;
        if (!keeper.renewPermit() || !leash.order("arm", ORDER)) {
            Log.info("not promoted: the right is over, or the leash does not answer");
            stepBack();
            return;
        }
        adopt(lineage.with(number.get()));
        try {
            postgres.promote();
        } catch (SQLException failure) {
            leash.order("kill", ORDER);
            if (data.isStandby()) {
                // It never came to it: its data are what they were.
                adopt(before);
            }
            throw failure;
        }
        elected();
        Log.info("is the primary by promotion " + number.get());
        noteBeginning();
    }

    /** What a former primary writes from now on is another history than what others may have written since; a standby is promoted first. */
    void beginAnew() throws IOException {
        if (!data.isStandby()) {
            adopt(lineage.with(lineage.last() + TakeOver.JUMP));
        }
    }

    private void elected() {
        failedStarts = 0;
        lock.elected();
        keeper.promoted();
    }

    /** If there was a promotion since, of a node that is away with what it wrote, this begins another history than that one. */
    private void startPrimary() throws IOException, InterruptedException {
        if (keeper.isCluster() && lock.last().promotion().number() > lineage.last()) {
            Optional<Integer> number = lock.count(lineage.last());
            if (number.isEmpty()) {
                return;
            }
            adopt(lineage.with(number.get()));
        }
        data.makeStandby(false);
        if (keeper.renewPermit() && leash.order("start-primary", ORDER)) {
            awaitPrimary();
        }
    }

    private void awaitPrimary() {
        Duration end = keeper.now().plusSeconds(settings.startTimeout());
        while (keeper.now().compareTo(end) < 0) {
            LocalPostgres.Seen seen = postgres.seen();
            if (seen.role() == Leash.Role.PRIMARY && (seen.answers() && !seen.isInRecovery() || !seen.isPrepared())) {
                elected();
                Log.info("is the primary");
                return;
            }
            if (leash.status()
                    .filter(status -> status.role() == Leash.Role.STOPPED)
                    .isPresent()) {
                failedStarts++;
                Log.info("PostgreSQL could not be started as the primary, for the " + failedStarts + ". time");
                return;
            }
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    /** Starts the server anew as what it is, for settings that it takes at its start only. */
    void restart(String reason) {
        work(() -> {
            if (drained || isLeaving()) {
                return;
            }
            Log.info("restarts PostgreSQL: " + reason);
            boolean wasPrimary = runsAsPrimary();
            if (!stop() || drained) {
                return;
            }
            if (!wasPrimary) {
                startStandby();
            } else if (keeper.permitAnew() && leash.order("start-primary", ORDER)) {
                awaitPrimary();
            }
        });
    }

    private void startStandby() throws IOException {
        data.makeStandby(true);
        leash.order("start-standby", ORDER);
        followedAt = Optional.of(keeper.now());
    }

    /** A server that lets nobody in, since it lacks what only another one had, will not come to it by waiting. */
    private void followOrRejoin(String primary) {
        if (postgres.seen().answers()) {
            followingSince = Optional.empty();
            work(() -> follow(primary));
            return;
        }
        followingSince = followingSince.or(() -> Optional.of(keeper.now()));
        if (keeper.now().minus(followingSince.get()).compareTo(keeper.timing().stall()) >= 0) {
            followingSince = Optional.empty();
            work(() -> rejoin(primary));
        }
    }

    private void startStandbyOrCopy() throws IOException {
        Optional<String> primary = keeper.primary();
        // What can't be written now is not a reason to throw away what there is.
        if (failedStandbyStarts >= STARTS && primary.isPresent() && !disk.isFull()) {
            Log.info("could not be started as a standby " + failedStandbyStarts + " times");
            copy(primary.get());
            return;
        }
        startStandby();
        LockSupport.parkNanos(Duration.ofSeconds(1).toNanos());
        if (leash.status().filter(status -> status.role() == Leash.Role.STOPPED).isPresent()) {
            failedStandbyStarts++;
        }
    }

    private void follow(String primary) throws SQLException {
        Optional<String> address = keeper.address(primary);
        if (address.isPresent()) {
            postgres.follow(address.get());
            followedAt = Optional.of(keeper.now());
            Log.info("follows " + primary);
            postgres.awaitUpstream(address.get());
        }
    }

    private void rejoin(String primary) throws IOException {
        Optional<Description> described = keeper.peer(primary);
        Optional<String> address = keeper.address(primary);
        // A standby that can't write what it receives is not made better by another copy.
        boolean lacksRoom = disk.isFull() && postgres.seen().role() == Leash.Role.STANDBY;
        if (described.filter(Description::isReady).isEmpty() || address.isEmpty() || lacksRoom || !stop()) {
            return;
        }
        boolean isPart = described.get().lineage().contains(lineage.last());
        if (!isPart || rewound) {
            copy(primary);
            return;
        }
        rewound = true;
        data.begin();
        founding.end();
        if (repmgr.rejoin(address.get())) {
            adopt(described.get().lineage());
            data.finish();
            followedAt = Optional.of(keeper.now());
        } else if (stop()) {
            copy(primary);
        }
    }

    private void copy(String primary) throws IOException {
        Optional<Description> described = keeper.peer(primary);
        Optional<String> address = keeper.address(primary);
        if (described.filter(Description::isReady).isEmpty()
                || address.isEmpty()
                || keeper.now().compareTo(copyNotBefore) < 0) {
            return;
        }
        data.begin();
        founding.end();
        if (!repmgr.clone(address.get())) {
            Duration pause = ORDER.multipliedBy(1L << Math.min(failedCopies++, 10));
            pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
            copyNotBefore = keeper.now().plus(pause);
            Log.info("will be cloned again in " + pause.toSeconds() + " s");
            return;
        }
        failedCopies = 0;
        adopt(described.get().lineage());
        data.finish();
        failedStandbyStarts = 0;
        startStandby();
    }

    private boolean stop() {
        if (leash.status().filter(status -> status.role() == Leash.Role.STOPPED).isPresent()) {
            return true;
        }
        Duration patience = Duration.ofSeconds(settings.stopTimeout());
        return leash.order("stop " + patience.toSeconds(), ORDER)
                && leash.await(Leash.Role.STOPPED, patience.plus(ORDER));
    }

    /** @param successor empty for the standby that is furthest of those that have room */
    Answer handOver(String successor) {
        return handOver(
                standbys -> standbys.stream().filter(node -> successor.isEmpty() || node.equals(successor)), false);
    }

    /** In which order standbys are asked, the furthest one first, whom to hand over to. */
    private interface Preference {
        Stream<String> of(List<String> standbys);
    }

    private Answer handOver(Preference preference, boolean mustStop) {
        if (!busy.compareAndSet(false, true)) {
            return Answer.of(409, "something else is being done; the keeper's log says what");
        }
        try {
            return stopFor(preference, mustStop);
        } catch (SQLException failure) {
            Log.warn("could not hand over", failure);
            return Answer.of(503, "PostgreSQL does not answer");
        } finally {
            busy.set(false);
            keeper.wake();
        }
    }

    private void handOverForRoom(String successor) throws SQLException {
        handedOverAt = Optional.of(keeper.now());
        Answer answer = stopFor(standbys -> standbys.stream().filter(successor::equals), false);
        if (answer.status() != 200) {
            Log.info("could not hand over: " + answer.body().get("message"));
        }
    }

    /** @param mustStop whether this node stops in any case; else it rather stays than leave the others without a vote that is lacking */
    private Answer stopFor(Preference preference, boolean mustStop) throws SQLException {
        Optional<String> target = successor(preference);
        if (target.isPresent()) {
            Log.info("hands over to " + target.get());
            try {
                // So that little is left to write when it stops.
                postgres.checkpoint(CHECKPOINT);
            } catch (SQLException late) {
                Log.warn("goes on without a checkpoint", late);
            }
            if (!awaitElectorate() && !mustStop) {
                return Answer.of(503, "a standby can't vote now, or the lock's servers are away; try again");
            }
            // That took a while. Of a server that has died meanwhile all is said.
            target = runsAsPrimary() ? successor(preference) : target;
        }
        if (target.isEmpty()) {
            return Answer.of(409, "there is no standby that follows and could take over");
        }
        stepBack();
        if (!stop()) {
            return Answer.of(500, "PostgreSQL could not be stopped");
        }
        release(target.get());
        return Answer.of(200, "handed over to " + target.get());
    }

    private Optional<String> successor(Preference preference) throws SQLException {
        List<String> streaming = preference
                .of(postgres.streamingStandbys())
                .filter(node -> keeper.peer(node).filter(Description::canLead).isPresent())
                .toList();
        return streaming.stream()
                .filter(node -> keeper.peer(node).filter(Description::hasRoom).isPresent())
                .findFirst()
                .or(() -> streaming.stream().findFirst());
    }

    /**
     * A keeper that has just been started gives its word to nobody for a lease: as long as its vote is lacking, this node serves better than nobody.
     *
     * @return false if votes are lacking for longer
     */
    private boolean awaitElectorate() {
        Duration begun = keeper.now();
        Duration end = begun.plus(keeper.timing().lease()).plus(ORDER);
        keeper.hurry();
        while (runsAsPrimary() && !keeper.canBeSucceeded(begun)) {
            if (keeper.now().compareTo(end) >= 0) {
                Log.info("a successor would not get all votes at once");
                return false;
            }
            LockSupport.parkNanos(PAUSE.toNanos());
        }
        return true;
    }

    /** @param handsOver whether there are others that could be the primary */
    Answer drain(boolean handsOver) {
        drained = true;
        if (handsOver) {
            // In a rolling update who was updated already stays the primary for longest.
            Answer handedOver = handOver(
                    standbys -> standbys.stream()
                            .sorted(Comparator.comparingLong(node -> keeper.peer(node)
                                    .map(Description::preparedFor)
                                    .orElse(Long.MAX_VALUE))),
                    true);
            if (handedOver.status() == 200) {
                awaitSuccessor();
                return handedOver;
            }
            Log.info("stops without a successor: " + handedOver.body().get("message"));
        }
        return stop() ? Answer.of(200, "stopped") : Answer.of(500, "PostgreSQL could not be stopped");
    }

    /** The lock's server of this node, which is stopped next, may be the one that leads the others: they choose a primary before that. */
    private void awaitSuccessor() {
        Duration end = keeper.now().plus(SUCCESSOR);
        while (keeper.primary().isEmpty() && keeper.now().compareTo(end) < 0) {
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    /**
     * Until it has no vote any more, or that took too long, or can't be. It is no candidate from the beginning, but gives its word until there is
     * another primary, which may need it. If it is not deleted after all, it joins anew some time later.
     */
    Answer leave() {
        Duration end = keeper.now().plus(LEAVE);
        Answer answer = Answer.of(503, "no primary is heard of");
        do {
            Optional<String> primary = keeper.primary().flatMap(keeper::address);
            yieldsUntil = keeper.now().plus(GONE);
            leavesUntil = primary.isPresent() ? yieldsUntil : Duration.ZERO;
            if (keeper.members().isEmpty()) {
                answer = Answer.of(200, "belongs to no cluster");
            } else if (keeper.members().get().isOnly(settings.node())) {
                answer = Answer.of(409, "the only node of its cluster");
                break;
            } else if (primary.isPresent()) {
                answer = askToLeave(primary.get());
            } else if (runsAsPrimary()) {
                answer = handOver(standbys -> standbys.stream().sorted(Comparator.comparingInt(Records::index)), false);
                if (answer.status() == 200) {
                    // That may have taken longer than all the rest may.
                    end = keeper.now().plus(LEAVE);
                }
            } else if (!keeper.isVoter()) {
                answer = Answer.of(200, "has no vote");
            }
            if (answer.status() == 200 && !keeper.isVoter()) {
                Log.info("has no vote any more, and will be deleted");
                return answer;
            }
            LockSupport.parkNanos(LOOK.toNanos());
        } while (keeper.now().compareTo(end) < 0);
        yieldsUntil = Duration.ZERO;
        leavesUntil = Duration.ZERO;
        Log.info("can't leave: " + answer.body().get("message"));
        return answer.status() == 200 ? Answer.of(503, "handed over, but still has its vote") : answer;
    }

    private boolean runsAsPrimary() {
        return leash.status()
                .filter(status -> status.role() == Leash.Role.PRIMARY)
                .isPresent();
    }

    private Answer askToLeave(String primary) {
        try {
            client.leave(primary, settings.node()).get();
            keeper.hurry();
            return Answer.of(200, "has no vote any more");
        } catch (ExecutionException refused) {
            return Answer.of(503, Log.describe(refused.getCause()));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return Answer.of(503, "interrupted");
        }
    }
}
