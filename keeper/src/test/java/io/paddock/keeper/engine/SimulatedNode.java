package io.paddock.keeper.engine;

import io.paddock.keeper.decision.Lineage;
import io.paddock.keeper.decision.Local.Postgres;
import io.paddock.keeper.decision.Members;
import io.paddock.keeper.decision.Word;
import io.paddock.keeper.engine.Event.Tried.Outcome;
import io.paddock.keeper.engine.SimulatedServer.Role;
import io.paddock.keeper.peer.Description;
import io.paddock.keeper.peer.Hello;
import io.paddock.keeper.peer.Protocol;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A machine with its keeper, leash and PostgreSQL. The keeper is the engine that ships; what it works with is simulated. */
final class SimulatedNode implements Hands {

    private static final long LOST_AT_MOST = 30;
    /** Between two looks at PostgreSQL. */
    private static final long LOOK = 200;
    /** For which a node that is about to be deleted tries to give up its vote. */
    private static final long LEAVE = 30_000;

    final String id;
    final SimulatedDisk disk = new SimulatedDisk();
    final SimulatedServer server = new SimulatedServer(disk);
    boolean up = true;
    boolean keeperRuns = true;
    boolean keeperFrozen;
    /** So many times PostgreSQL will not come up as the primary. */
    int brokenStarts;
    /** Whether the node can't ask for the lock, though it reaches the others. */
    boolean lockAgentDown;

    private final SimulatedCluster cluster;
    private final Random random;
    private final Engine engine;
    private final SimulatedWork work;
    private final Set<String> asked = new HashSet<>();
    private final Set<String> again = new HashSet<>();
    private State state;
    private long origin;
    private int incarnation;
    private long tickAt;
    private boolean isReading;
    private boolean isChanging;
    private int readied;
    private long maintainAt;
    private Server seen;
    private Role noticedRole = Role.STOPPED;
    private long lookAt;
    private long flushed;

    SimulatedNode(String id, SimulatedCluster cluster, Random random) {
        this.id = id;
        this.cluster = cluster;
        this.random = random;
        this.engine = new Engine(id, SimulatedCluster.TIMING);
        this.work = new SimulatedWork(this, cluster, random);
        this.state = State.initial(id, Duration.ZERO, SimulatedCluster.TIMING);
        this.seen = look();
    }

    /** Its keeper has run for so long. */
    void hasRunFor(long milliseconds) {
        origin = cluster.now() - milliseconds;
        lookAnew();
        tickAt = cluster.now() + random.nextInt(400);
        state = State.initial(life(), Duration.ofMillis(server.permit - origin), SimulatedCluster.TIMING);
    }

    private String life() {
        return id + "-" + incarnation;
    }

    boolean keeperWorks() {
        return up && keeperRuns && !keeperFrozen;
    }

    boolean writes() {
        return up && server.writes(cluster.now());
    }

    Postgres postgres() {
        return server.state();
    }

    int incarnation() {
        return incarnation;
    }

    void step() {
        if (!up) {
            return;
        }
        leash();
        if (writes()) {
            disk.lsn++;
        }
        if (server.role == Role.STANDBY && server.answers()) {
            upstream().filter(this::reaches).ifPresent(primary -> {
                disk.receive(primary.disk);
                server.upstreamHeardAt = Optional.of(cluster.now());
            });
        }
        if (server.role != noticedRole) {
            // Its end is noticed at once; what is left of it takes a moment to see.
            noticedRole = server.role;
            lookAt = Math.min(lookAt, cluster.now() + 5 + random.nextInt(60));
        }
        if (keeperWorks() && cluster.now() >= lookAt) {
            lookAnew();
        }
        if (keeperWorks() && cluster.now() >= maintainAt) {
            maintainAt = cluster.now() + 200 + random.nextInt(1_000);
            keepUp();
        }
        if (keeperWorks() && cluster.now() >= tickAt) {
            tickAt = cluster.now() + tell(new Event.Tick()).toMillis();
        }
    }

    /** Kills a primary whose permit is over, whatever its keeper does. */
    private void leash() {
        boolean isAlone = disk.members.filter(members -> members.isOnly(id)).isPresent();
        if (server.role != Role.PRIMARY || server.leashFrozen || isAlone) {
            return;
        }
        if (cluster.now() >= server.permit && server.killedAt == Long.MAX_VALUE) {
            server.killedAt = cluster.now() + random.nextInt(SimulatedServer.SLOWEST_KILL);
        }
        if (cluster.now() >= server.killedAt) {
            note("leash kills PostgreSQL");
            crash();
        }
    }

    void crash() {
        server.stop(random.nextInt((int) LOST_AT_MOST));
        tickAt = cluster.now();
    }

    /** Whom its PostgreSQL follows. */
    Optional<SimulatedNode> upstream() {
        return disk.upstream.flatMap(cluster::node);
    }

    private boolean reaches(SimulatedNode primary) {
        return cluster.isConnected(id, primary.id)
                && cluster.isConnected(primary.id, id)
                && primary.writes()
                && disk.isOnTheWayOf(primary.disk);
    }

    /** PostgreSQL at the other end may be frozen: its connection stands. */
    boolean isReceiving() {
        return server.role == Role.STANDBY
                && upstream()
                        .filter(node -> node.up
                                && node.server.role == Role.PRIMARY
                                && node.server.hasStarted
                                && !node.server.isInRecovery
                                && disk.isOnTheWayOf(node.disk))
                        .isPresent();
    }

    /** PostgreSQL is looked at five times a second, when its process has ended or begun, and where that is asked for. */
    void lookAnew() {
        Server before = seen;
        seen = look();
        if (before.state() != seen.state()
                || before.answers() != seen.answers()
                || before.upstream().isConnected() != seen.upstream().isConnected()
                || before.hungSince().isPresent() != seen.hungSince().isPresent()) {
            tickAt = cluster.now();
        }
        noticedRole = server.role;
        lookAt = cluster.now() + LOOK;
    }

    private Server look() {
        flushed = server.answers() ? disk.lsn : flushed;
        boolean isReceiving = isReceiving();
        // PostgreSQL's numbers: two nodes can begin timelines of the same one.
        int timeline = server.role == Role.PRIMARY && server.answers()
                ? disk.ends.size() + 1
                : isReceiving && server.answers()
                        ? upstream().orElseThrow().disk.ends.size() + 1
                        : 0;
        return new Server(
                postgres(),
                server.answers(),
                disk.isStandby,
                new Server.Log(server.answers() ? disk.lsn : disk.checkpoint, flushed, disk.lsn, timeline),
                new Server.Upstream(
                        disk.upstream, server.upstreamHeardAt.map(this::time), isReceiving && server.answers()),
                server.frozenAt.map(this::time),
                cluster.isSynchronous());
    }

    View view() {
        return new View(
                time(),
                cluster.listed(),
                disk.members,
                seen,
                disk.lineage,
                new View.Node(
                        disk.founds,
                        disk.isWhole,
                        disk.isFull,
                        !disk.isFull,
                        !servesLock(),
                        readied,
                        Duration.ofMinutes(1)));
    }

    private boolean servesLock() {
        return disk.members
                .filter(members ->
                        members.voters().size() > 1 && members.voters().contains(id))
                .isPresent();
    }

    /** Whether it knows so many voters. */
    boolean isOneOf(int voters) {
        return disk.members.filter(members -> members.voters().size() == voters).isPresent();
    }

    /** Each keeper's clock starts with it. */
    private Duration time() {
        return time(cluster.now());
    }

    private Duration time(long at) {
        return Duration.ofMillis(at - origin);
    }

    Picture picture() {
        return engine.picture(state, view());
    }

    <R extends @Nullable Object> R tell(Event<R> event) {
        Mutant mutant = cluster.mutant();
        View view = mutant.sees(view(), event);
        Step<R> step = mutant.engine(engine).step(mutant.knows(state, view, event), view, mutant.hears(event));
        state = step.state();
        step.permit()
                .map(mutant::permits)
                .ifPresent(until -> server.permit = Math.max(server.permit, until.toMillis() + origin));
        step.effects().stream().flatMap(mutant::does).forEach(effect -> effect.by(this));
        if (step.wakes()) {
            tickAt = cluster.now();
        }
        return step.answer();
    }

    @Override
    public void begin(Effect.Task task) {
        note(task.toString());
        work.begin(task);
    }

    @Override
    public void askOthers(Effect.AskOthers question) {
        cluster.listed().stream().filter(other -> !other.equals(id)).sorted().forEach(other -> ask(other, question));
    }

    @Override
    public void depose(String holder) {
        changeLock(lock -> lock.destroy(holder, cluster.now()));
    }

    @Override
    public void changeVoters(Members next) {
        changeLock(lock -> lock.change(id, next));
    }

    @Override
    public void say(String reason) {
        note(reason);
    }

    @Override
    public void maintain() {
        maintainAt = cluster.now();
    }

    @Override
    public void endSwitchover(Switchover.Request request, Switchover.Outcome outcome) {
        note("switchover: " + outcome.message());
    }

    @Override
    public void foundCluster(Members members) {
        disk.founds = true;
        learn(members);
    }

    @Override
    public void endFounding(String reason) {
        disk.founds = false;
    }

    @Override
    public void adopt(Lineage lineage) {
        disk.lineage = lineage;
    }

    @Override
    public void noteWhole() {
        disk.isWhole = true;
    }

    @Override
    public void meet() {
        picture().heardOthers().stream()
                .flatMap(description -> description.members().stream())
                .max(Comparator.comparingLong(Members::version))
                .ifPresent(this::learn);
    }

    @Override
    public void learn(Members members) {
        if (disk.members.map(Members::version).orElse(0L) < members.version()) {
            disk.members = Optional.of(members);
            cluster.votersChanged();
            note("the voters are " + members.voters());
            tickAt = cluster.now();
        }
    }

    private void ask(String other, Effect.AskOthers what) {
        if (!asked.add(other)) {
            again.add(other);
            return;
        }
        Hello hello = new Hello(Protocol.TOKENS, what.wants(), what.anew(), what.request());
        int asking = incarnation;
        boolean[] isDone = {false};
        cluster.send(id, other, () -> {
            SimulatedNode peer = cluster.node(other).orElseThrow();
            boolean asksHowFar =
                    hello.anew() || hello.wants() && !hello.request().isPrimary();
            if (asksHowFar) {
                peer.lookAnew();
            }
            Description said = peer.tell(new Event.Asked(hello, asksHowFar && peer.server.answers(), Protocol.TOKENS));
            cluster.answer(other, id, asking, () -> {
                if (!isDone[0]) {
                    isDone[0] = true;
                    answered(other);
                    tell(new Event.Answered(other, said, what.askedAt()));
                }
            });
        });
        after(800, () -> {
            if (!isDone[0]) {
                isDone[0] = true;
                answered(other);
            }
        });
    }

    private void answered(String other) {
        asked.remove(other);
        if (again.remove(other)) {
            tell(new Event.OthersWanted());
        }
    }

    @Override
    public void readLock() {
        if (isReading) {
            return;
        }
        isReading = true;
        Duration askedAt = time();
        atLock(5 + random.nextInt(40), () -> tellLock(askedAt), () -> isReading = false);
    }

    private void tellLock(Duration askedAt) {
        SimulatedLock lock = cluster.lock();
        tell(new Event.LockRead(lock.read(id, askedAt, cluster.now()), lock.voters()));
    }

    @Override
    public void takeLock(boolean asPrimary) {
        if (isChanging) {
            return;
        }
        isChanging = true;
        Duration askedAt = time();
        atLock(
                20,
                () -> {
                    if (cluster.lock().acquire(id, cluster.now())) {
                        note("has the lock");
                        tell(new Event.LockTaken(askedAt, asPrimary));
                        tellLock(askedAt);
                    }
                },
                () -> isChanging = false);
    }

    private void changeLock(Consumer<SimulatedLock> change) {
        if (!isChanging) {
            isChanging = true;
            Duration askedAt = time();
            atLock(
                    20,
                    () -> {
                        change.accept(cluster.lock());
                        tellLock(askedAt);
                    },
                    () -> isChanging = false);
        }
    }

    @Override
    public void releaseLock(Word.Stamp stamp, String successor) {
        atLock(20, () -> cluster.lock().release(id), () -> {
            cluster.listed().stream()
                    .filter(other -> !other.equals(id))
                    .sorted()
                    .forEach(other -> cluster.send(
                            id, other, () -> cluster.node(other).orElseThrow().takeBack(id, stamp, successor)));
            tell(new Event.LockReleased());
        });
    }

    private void takeBack(String other, Word.Stamp stamp, String successor) {
        lookAnew();
        tell(new Event.GivenBack(other, stamp, successor));
    }

    /** @param then done in any case, as long as the keeper lives */
    void atLock(long delay, Runnable change, Runnable then) {
        after(delay, () -> {
            if (!lockAgentDown && cluster.lockAnswers(id)) {
                change.run();
            }
            then.run();
        });
    }

    /** What this keeper does later, or when it is thawed; none of its successors. */
    void after(long delay, Runnable what) {
        int present = incarnation;
        cluster.later(delay, () -> {
            if (up && incarnation == present) {
                if (keeperFrozen) {
                    after(SimulatedCluster.STEP, what);
                } else {
                    what.run();
                }
            }
        });
    }

    /** What is done now and then, and keeps nobody waiting. */
    private void keepUp() {
        if (server.role == Role.PRIMARY && server.answers() && !server.isInRecovery && disk.members.isPresent()) {
            if (!disk.lineage.isBeginningKnown()) {
                disk.lineage = disk.lineage.beginningAt(disk.ends.values().stream()
                        .max(Comparator.naturalOrder())
                        .orElse(0L));
            }
            readied = disk.lineage.last();
            Members members = disk.members.get();
            if (members.voters().size() > 1 && !lockAgentDown && cluster.lockAnswers(id)) {
                cluster.lock().record(id, disk.lineage.last(), members);
                disk.founds &= !cluster.lock().hasRecorded(disk.lineage.last(), members);
            }
        } else if (server.role == Role.STANDBY && isReceiving()) {
            readied = 0;
        }
    }

    /** Has it hand over, as an operator or a drain does. */
    void handOver(Switchover.Request request) {
        note("shall hand over");
        tell(new Event.SwitchoverWanted(request));
    }

    /**
     * Has it give up its vote, as BOSH's script does before it deletes the node; tries until a time is over.
     *
     * @param left called once it has none
     */
    void leave(Runnable left) {
        note("shall leave");
        tryToLeave(cluster.now() + LEAVE, left);
    }

    private void tryToLeave(long end, Runnable left) {
        Picture picture = picture();
        if (!picture.isVoter()) {
            note("has left");
            left.run();
            return;
        }
        if (cluster.now() >= end) {
            note("could not leave");
            tell(new Event.Leaving(Duration.ZERO, Duration.ZERO));
            return;
        }
        Optional<String> primary = picture.primary();
        Duration gone = time().plusSeconds(120);
        tell(new Event.Leaving(gone, primary.isPresent() ? gone : Duration.ZERO));
        boolean handsOver = picture.isCluster() && primary.isEmpty() && postgres() == Postgres.PRIMARY;
        if (handsOver) {
            tell(new Event.SwitchoverWanted(
                    new Switchover.Request(Optional.empty(), Switchover.Order.LOWEST_INDEX_FIRST, false)));
        }
        primary.ifPresent(other ->
                cluster.send(id, other, () -> cluster.node(other).orElseThrow().dismiss(id)));
        after(primary.isPresent() ? 1_000 : 200, () -> tryToLeave(handsOver ? cluster.now() + LEAVE : end, left));
    }

    /** As the primary, takes the vote of a node that leaves. */
    private void dismiss(String leaver) {
        tell(new Event.Forgotten(leaver));
        dismiss(leaver, time(), cluster.now() + 3_000);
    }

    private void dismiss(String leaver, Duration asked, long end) {
        boolean isThere = disk.members.orElseThrow().voters().contains(leaver);
        if (isThere && postgres() == Postgres.PRIMARY && cluster.now() < end) {
            tell(new Event.VoteGivenUp(leaver, asked));
            after(50, () -> dismiss(leaver, asked, end));
        }
    }

    void killPostgres() {
        if (up && server.role != Role.STOPPED) {
            note("kill PostgreSQL");
            crash();
        }
    }

    void freezePostgres() {
        if (up && server.role != Role.STOPPED) {
            note("freeze PostgreSQL");
            server.freeze(cluster.now());
        }
    }

    void thawPostgres() {
        server.isFrozen = false;
        server.frozenAt = Optional.empty();
    }

    void lockAgent(boolean down) {
        note("lock agent " + (down ? "down" : "up"));
        lockAgentDown = down;
    }

    void freezeKeeper(boolean freeze) {
        note((freeze ? "freeze" : "thaw") + " keeper");
        keeperFrozen = freeze;
    }

    void freezeLeash(boolean freeze) {
        note((freeze ? "freeze" : "thaw") + " leash");
        server.leashFrozen = freeze;
    }

    void killKeeper() {
        note("kill keeper");
        keeperRuns = false;
        keeperFrozen = false;
        incarnation++;
    }

    /** A new keeper knows nothing but what PostgreSQL is, what is on the disk, and until when the permit lasts. */
    void startKeeper() {
        note("start keeper");
        keeperRuns = true;
        incarnation++;
        origin = cluster.now();
        tickAt = cluster.now();
        state = State.initial(life(), Duration.ofMillis(server.permit - origin), SimulatedCluster.TIMING);
        lookAnew();
        asked.clear();
        again.clear();
        isReading = false;
        isChanging = false;
        readied = 0;
    }

    void loseMachine() {
        note("lose machine");
        server.stop(random.nextInt((int) LOST_AT_MOST));
        up = false;
        keeperFrozen = false;
        incarnation++;
    }

    void startMachine() {
        note("start machine");
        up = true;
        server.leashFrozen = false;
        server.upstreamHeardAt = Optional.empty();
        startKeeper();
    }

    void loseDisk() {
        note("the disk is empty");
        server.stop(0);
        disk.lose();
        cluster.votersChanged();
    }

    void fillDisk(boolean full) {
        note("the disk is " + (full ? "full" : "ample"));
        disk.isFull = full;
    }

    void tried(Outcome outcome) {
        tell(new Event.Tried(outcome));
    }

    void note(String text) {
        cluster.note(id + ": " + text);
    }
}
