package io.paddock.keeper.decision;

import io.paddock.keeper.decision.Local.Postgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Three nodes with their keepers, leashes, databases and lock servers in a time of its own. The keepers decide with {@link Decide} and
 * {@link Word}; all around them is simulated: messages take their time or vanish, processes die and freeze, whole nodes as well. Everything
 * follows from the seed.
 */
final class SimulatedCluster {

    static final long STEP = 20;
    private static final long LOOP = 400;
    /** The same where nothing tells that there is a primary. */
    private static final long LOOP_WITHOUT_PRIMARY = 100;

    private static final long SESSION_TTL = 20_000;
    /** From the end of a permit to the last write: the leash looks every 100 ms, and a kill takes up to 90. */
    private static final int SLOWEST_KILL = 200;

    private static final Timing TIMING = Timing.DEFAULT;

    final Map<String, Node> nodes = new LinkedHashMap<>();
    final List<String> history = new ArrayList<>();
    private final Random random;
    private final Members members;
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::number));
    private final Set<String> cuts = new TreeSet<>();
    private final LockServers lockServers = new LockServers();
    private long now;
    private long eventNumber;
    private long acknowledged;
    private boolean lockServersDown;

    SimulatedCluster(long seed) {
        random = new Random(seed);
        members = new Members(1, Set.of("a", "b", "c"));
        for (String id : List.of("a", "b", "c")) {
            nodes.put(id, new Node(id));
        }
        // As after the first deploy: "a" is the primary, the others follow it.
        Node first = nodes.get("a");
        first.postgres = Postgres.PRIMARY;
        first.position = new Position(1, 1000);
        lockServers.holder = "a";
        lockServers.renewed = 0;
        for (String id : List.of("b", "c")) {
            Node standby = nodes.get(id);
            standby.postgres = Postgres.STANDBY;
            standby.wasStandby = true;
            standby.upstream = Optional.of("a");
            standby.position = first.position;
        }
        nodes.values().forEach(node -> {
            // They have run for a while.
            node.origin = -60_000;
            node.word = new Word(Duration.ZERO, TIMING);
            node.loopAt = random.nextInt((int) LOOP);
            node.permit = 3_000;
        });
    }

    private record Event(long at, long number, Runnable what) {}

    long now() {
        return now;
    }

    /** Lets time pass, and checks at each moment that no two nodes take writes. */
    void run(long milliseconds) {
        long end = now + milliseconds;
        while (now < end) {
            now += STEP;
            while (!events.isEmpty() && events.peek().at() <= now) {
                events.poll().what().run();
            }
            lockServers.expire();
            nodes.values().forEach(Node::step);
            acknowledge();
            List<String> writers = writers();
            if (writers.size() > 1) {
                throw new AssertionError("at " + now + " ms two nodes take writes: " + writers + "\n"
                        + String.join("\n", history.subList(Math.max(0, history.size() - 60), history.size())));
            }
        }
    }

    List<String> writers() {
        return nodes.values().stream().filter(Node::writes).map(node -> node.id).toList();
    }

    /**
     * What an application that waits for a standby knows to be written: so far has one of the standbys come that follow the writer. It never
     * goes back.
     */
    long acknowledged() {
        return acknowledged;
    }

    private void acknowledge() {
        nodes.values().stream()
                .filter(Node::writes)
                .flatMap(writer -> nodes.values().stream()
                        .filter(node -> node.postgres == Postgres.STANDBY
                                && node.upstream.filter(writer.id::equals).isPresent()
                                && node.position.promotion() == writer.position.promotion()))
                .forEach(standby -> acknowledged = Math.max(acknowledged, standby.position.lsn()));
    }

    boolean isHealthy() {
        List<String> writers = writers();
        return writers.size() == 1
                && nodes.values().stream()
                        .filter(node -> !node.id.equals(writers.get(0)))
                        .allMatch(node -> node.postgres == Postgres.STANDBY
                                && !node.postgresFrozen
                                && node.upstream.filter(writers.get(0)::equals).isPresent()
                                && node.isOnTheWayOf(nodes.get(writers.get(0))));
    }

    void cut(String one, String two) {
        cuts.add(one + two);
        cuts.add(two + one);
        note("cut between " + one + " and " + two);
    }

    void uncut(String one, String two) {
        cuts.remove(one + two);
        cuts.remove(two + one);
        note("no cut any more between " + one + " and " + two);
    }

    /** Nothing gets from the one to the other any more, but all the other way. */
    void cutOneWay(String from, String to) {
        cuts.add(from + to);
        note("cut from " + from + " to " + to);
    }

    void cutOff(String node) {
        nodes.keySet().stream().filter(other -> !other.equals(node)).forEach(other -> cut(node, other));
    }

    void healNetwork() {
        cuts.clear();
        note("network is whole");
    }

    void lockServers(boolean down) {
        lockServersDown = down;
        note("lock servers " + (down ? "down" : "up"));
    }

    private boolean isConnected(String one, String two) {
        return one.equals(two) || nodes.get(one).up && nodes.get(two).up && !cuts.contains(one + two);
    }

    private void later(long delay, Runnable what) {
        events.add(new Event(now + delay, eventNumber++, what));
    }

    /** A request and its answer; either may take long or vanish. */
    private void ask(String from, String to, Runnable atReceiver) {
        if (isConnected(from, to)) {
            later(1 + random.nextInt(random.nextInt(20) == 0 ? 400 : 30), () -> {
                if (isConnected(from, to) && nodes.get(to).keeperWorks()) {
                    atReceiver.run();
                }
            });
        }
    }

    private void answer(String from, String to, int incarnation, Runnable atAsker) {
        later(1 + random.nextInt(30), () -> {
            Node asker = nodes.get(to);
            if (isConnected(from, to) && asker.keeperWorks() && asker.incarnation == incarnation) {
                atAsker.run();
            }
        });
    }

    void note(String text) {
        history.add(String.format("%7d  %s", now, text));
    }

    /** Servers on the three nodes, of which a majority has to be connected; who asks has to reach it. */
    private final class LockServers {

        private String holder = "";
        private long renewed;
        private long delayUntil;
        private Promotion promotion = new Promotion(1, "a");

        boolean reachableFrom(String node) {
            long side = nodes.keySet().stream()
                    .filter(other -> nodes.get(other).up && isConnected(node, other))
                    .count();
            return !lockServersDown && nodes.get(node).up && !nodes.get(node).lockAgentDown && side >= 2;
        }

        void expire() {
            if (!holder.isEmpty() && now - renewed > SESSION_TTL) {
                note("session of " + holder + " expired");
                destroy(holder);
            }
        }

        void destroy(String of) {
            if (holder.equals(of)) {
                holder = "";
                delayUntil = now + TIMING.lockDelay().toMillis();
            }
        }

        void release(String of) {
            if (holder.equals(of)) {
                holder = "";
            }
        }

        boolean acquire(String by) {
            if (holder.isEmpty() && now >= delayUntil) {
                holder = by;
                renewed = now;
                return true;
            }
            return false;
        }
    }

    final class Node {

        final String id;
        boolean up = true;
        boolean keeperRuns = true;
        boolean keeperFrozen;
        /** Whether nothing stops PostgreSQL when its permit is over. */
        boolean leashFrozen;

        boolean postgresFrozen;
        /** So many times PostgreSQL will not come up as the primary. */
        int brokenStarts;

        private int failedStarts;
        private long steppedBackUntil;
        /** Where each history ended of those that came before the present one. */
        private Map<Integer, Long> history = new HashMap<>();
        /** Whether the node can't ask for the lock, though it reaches the others. */
        private boolean lockAgentDown;

        Postgres postgres = Postgres.ABSENT;
        Position position = Position.UNKNOWN;
        boolean wasStandby;
        Optional<String> upstream = Optional.empty();

        private long origin;
        private long stamps;
        private long permit;
        private long killedAt = Long.MAX_VALUE;
        private int incarnation;
        private long loopAt;
        private Word word;
        private Lock lock = Lock.UNKNOWN;
        private Optional<Duration> candidateSince = Optional.empty();
        private Optional<Duration> leaderlessSince = Optional.empty();
        private Optional<Duration> upstreamHeardAt = Optional.empty();
        private Optional<Duration> hungSince = Optional.empty();
        private final Map<String, Peer> peers = new HashMap<>();
        private final Map<String, Duration> leases = new HashMap<>();
        private boolean busy;
        private boolean handsOver;
        private Duration handsOverSince = Duration.ZERO;

        Node(String id) {
            this.id = id;
        }

        boolean keeperWorks() {
            return up && keeperRuns && !keeperFrozen;
        }

        boolean writes() {
            return up && postgres == Postgres.PRIMARY && !postgresFrozen && now < killedAt;
        }

        private void step() {
            if (!up) {
                return;
            }
            leash();
            if (writes()) {
                position = new Position(position.promotion(), position.lsn() + 1);
            }
            if (postgres == Postgres.STANDBY && !postgresFrozen) {
                receive();
            }
            if (keeperWorks() && now >= loopAt) {
                loopAt = now + (hasPrimaryInSight() ? LOOP + random.nextInt(100) : LOOP_WITHOUT_PRIMARY);
                loop();
            }
        }

        private boolean hasPrimaryInSight() {
            Situation situation = situation();
            return postgres == Postgres.PRIMARY
                    || situation.hearsPrimary(TIMING)
                    || situation.primary(TIMING).isPresent();
        }

        /** Kills a primary whose permit is over, whatever its keeper does. */
        private void leash() {
            if (postgres != Postgres.PRIMARY || leashFrozen) {
                return;
            }
            if (now >= permit && killedAt == Long.MAX_VALUE) {
                killedAt = now + random.nextInt(SLOWEST_KILL);
            }
            if (now >= killedAt) {
                note("leash of " + id + " kills PostgreSQL");
                stop();
            }
        }

        private void stop() {
            if (postgres == Postgres.STANDBY || postgres == Postgres.PRIMARY) {
                wasStandby = postgres == Postgres.STANDBY;
                postgres = Postgres.STOPPED;
            }
            permit = 0;
            postgresFrozen = false;
            hungSince = Optional.empty();
            killedAt = Long.MAX_VALUE;
        }

        private void receive() {
            upstream.map(nodes::get)
                    .filter(primary -> primary.up
                            && primary.postgres == Postgres.PRIMARY
                            && !primary.postgresFrozen
                            && isConnected(id, primary.id)
                            && isConnected(primary.id, id)
                            && isOnTheWayOf(primary))
                    .ifPresent(this::copy);
        }

        /** PostgreSQL at the other end may be frozen: its connection stands. */
        private boolean isReceiving() {
            return postgres == Postgres.STANDBY
                    && upstream.map(nodes::get)
                            .filter(node -> node.up && node.postgres == Postgres.PRIMARY && isOnTheWayOf(node))
                            .isPresent();
        }

        private void copy(Node primary) {
            position = primary.position;
            history = new HashMap<>(primary.history);
            upstreamHeardAt = Optional.of(time());
        }

        /** A standby that went further on a history than the primary did can't follow it. */
        private boolean isOnTheWayOf(Node primary) {
            if (position.promotion() == primary.position.promotion()) {
                return position.lsn() <= primary.position.lsn();
            }
            return position.promotion() < primary.position.promotion()
                    && position.lsn() <= primary.history.getOrDefault(position.promotion(), 0L);
        }

        /** How far its data go on the history of that promotion. */
        long reached(int promotion) {
            return position.promotion() == promotion ? position.lsn() : history.getOrDefault(promotion, 0L);
        }

        private Lineage lineage() {
            List<Lineage.Begun> promotions = new ArrayList<>();
            long begins = 0;
            for (int promotion : new TreeSet<>(history.keySet())) {
                promotions.add(new Lineage.Begun(promotion, begins));
                begins = history.get(promotion);
            }
            promotions.add(new Lineage.Begun(position.promotion(), begins));
            return new Lineage(promotions);
        }

        private void beginHistory(int promotion) {
            history.put(position.promotion(), position.lsn());
            position = new Position(promotion, position.lsn());
        }

        /** Each keeper's clock starts with it. */
        private Duration time() {
            return Duration.ofMillis(now - origin);
        }

        private Word.Stamp stamp() {
            return new Word.Stamp(id + "-" + incarnation, stamps++);
        }

        private boolean canLead() {
            return failedStarts < 3 && now >= steppedBackUntil;
        }

        /** A primary that crashed with its right in hand lets the others go first. */
        private void stepBackIfRightful() {
            if (postgres == Postgres.PRIMARY && keeperWorks() && situation().mayWrite(TIMING)) {
                steppedBackUntil = now + TIMING.patience().toMillis();
            }
        }

        private Situation situation() {
            return new Situation(
                    time(),
                    id,
                    members,
                    new Local(
                            postgres,
                            position,
                            wasStandby,
                            upstream,
                            upstreamHeardAt,
                            isReceiving(),
                            hungSince,
                            false,
                            canLead(),
                            Duration.ofMillis(permit - origin)),
                    lock,
                    peers,
                    leases,
                    candidateSince,
                    leaderlessSince,
                    false,
                    position);
        }

        private void loop() {
            leaderlessSince =
                    situation().isLeaderless(TIMING) ? leaderlessSince.or(() -> Optional.of(time())) : Optional.empty();
            hungSince = postgresFrozen ? hungSince.or(() -> Optional.of(time())) : Optional.empty();
            readLock();
            nodes.keySet().stream().filter(other -> !other.equals(id)).forEach(this::hear);
            if (postgres == Postgres.PRIMARY
                    || candidateSince.isPresent() && situation().holdsLock()) {
                nodes.keySet().forEach(this::askForWord);
            }
            if (postgres == Postgres.PRIMARY) {
                situation()
                        .authorityUntil(TIMING)
                        .ifPresent(until -> permit = Math.max(permit, until.toMillis() + origin));
            }
            if (handsOver
                    && (situation().canBeSucceeded(handsOverSince, TIMING)
                            || time().minus(handsOverSince)
                                            .compareTo(TIMING.lease().plusSeconds(2))
                                    >= 0)) {
                stopAndRelease();
            } else if (!busy) {
                act(Decide.next(situation(), TIMING));
            }
        }

        /** Has it hand over as soon as a successor gets all votes at once, and not much later in any case. */
        void handOver() {
            note(id + " shall hand over");
            handsOver = true;
            handsOverSince = time();
            loopAt = now;
        }

        private void stopAndRelease() {
            handsOver = false;
            steppedBackUntil = now + 5_000;
            work(50 + random.nextInt(100), () -> {
                note(id + " has stopped to hand over");
                stop();
                giveBack();
            });
        }

        private void readLock() {
            Duration asked = time();
            int asking = incarnation;
            later(5 + random.nextInt(40), () -> {
                if (!lockServers.reachableFrom(id)) {
                    return;
                }
                if (lockServers.holder.equals(id)) {
                    lockServers.renewed = now;
                }
                String holder = lockServers.holder;
                Promotion promotion = lockServers.promotion;
                answer(id, id, asking, () -> {
                    if (asked.compareTo(lock.readAt()) > 0) {
                        // An older answer that comes late says nothing any more.
                        lock = (holder.isEmpty() ? Lock.free(asked) : Lock.heldBy(holder, asked)).after(promotion);
                    }
                });
            });
        }

        private void hear(String other) {
            Duration asked = time();
            int asking = incarnation;
            ask(id, other, () -> {
                Node peer = nodes.get(other);
                Peer said = new Peer(
                        asked,
                        peer.postgresFrozen ? Postgres.STOPPED : peer.postgres,
                        peer.position,
                        true,
                        peer.lineage(),
                        peer.canLead(),
                        peer.situation().silent(TIMING),
                        peer.situation().hearsPrimary(TIMING),
                        true,
                        true,
                        false,
                        1);
                answer(other, id, asking, () -> peers.put(other, said));
            });
        }

        private void askForWord(String other) {
            Duration asked = time();
            int asking = incarnation;
            Word.Request request = new Word.Request(
                    id,
                    stamp(),
                    position,
                    postgres == Postgres.PRIMARY,
                    leaderlessSince
                            .filter(since -> asked.minus(since).compareTo(TIMING.patience()) >= 0)
                            .isEmpty(),
                    situation().isLastPrimary(),
                    false);
            Runnable atReceiver = () -> {
                Node peer = nodes.get(other);
                if (peer.word
                        .ask(request, peer.situation().local(), peer.time(), false)
                        .given()) {
                    answer(other, id, asking, () -> leases.put(other, asked));
                }
            };
            if (other.equals(id)) {
                atReceiver.run();
            } else {
                ask(id, other, atReceiver);
            }
        }

        private void act(Decision decision) {
            if (decision instanceof Decision.Stay) {
                return;
            }
            note(id + ": " + decision);
            if (decision instanceof Decision.Fence) {
                stepBackIfRightful();
                stop();
            } else if (decision instanceof Decision.Release) {
                giveBack();
            } else if (decision instanceof Decision.Acquire) {
                takeLock();
            } else if (decision instanceof Decision.Depose depose) {
                atLockServers(20, () -> lockServers.destroy(depose.holder()));
            } else if (decision instanceof Decision.Promote) {
                atLockServers(20, () -> {
                    int number = lockServers.promotion.number() + 1;
                    lockServers.promotion = new Promotion(number, id);
                    work(50 + random.nextInt(250), () -> become(Postgres.PRIMARY, node -> node.beginHistory(number)));
                });
            } else if (decision instanceof Decision.StartPrimary) {
                work(200 + random.nextInt(400), () -> {
                    if (brokenStarts > 0) {
                        brokenStarts--;
                        failedStarts++;
                    } else {
                        become(Postgres.PRIMARY, node -> {});
                    }
                });
            } else if (decision instanceof Decision.StartStandby) {
                work(200 + random.nextInt(400), () -> become(Postgres.STANDBY, node -> {}));
            } else if (decision instanceof Decision.Follow follow) {
                upstream = Optional.of(follow.primary());
                // From now on it is waited for what the new one sends.
                upstreamHeardAt = Optional.of(time());
            } else if (decision instanceof Decision.Rejoin rejoin) {
                beginCopy();
                work(500 + random.nextInt(1000), () -> joinAs(rejoin.primary()));
            } else if (decision instanceof Decision.Clone cloning) {
                beginCopy();
                work(1000 + random.nextInt(8000), () -> joinAs(cloning.primary()));
            }
        }

        private void giveBack() {
            candidateSince = Optional.empty();
            leases.clear();
            Word.Stamp at = stamp();
            word.giveBack(id, at);
            nodes.keySet().stream()
                    .filter(other -> !other.equals(id))
                    .forEach(other -> ask(id, other, () -> {
                        nodes.get(other).word.giveBack(id, at);
                        nodes.get(other).loopAt = now;
                    }));
            atLockServers(20, () -> lockServers.release(id));
        }

        /** The old answer says "free": it is read again before the next step. */
        private void takeLock() {
            Duration asked = time();
            atLockServers(20, () -> {
                if (lockServers.acquire(id)) {
                    note(id + " has the lock");
                    if (postgres != Postgres.PRIMARY) {
                        candidateSince = Optional.of(time());
                    }
                    lock = Lock.heldBy(id, asked).after(lockServers.promotion);
                }
            });
        }

        private void atLockServers(long delay, Runnable change) {
            int asking = incarnation;
            later(delay, () -> {
                if (keeperWorks() && incarnation == asking && lockServers.reachableFrom(id)) {
                    change.run();
                }
            });
        }

        private void work(long duration, Runnable done) {
            int asking = incarnation;
            busy = true;
            later(duration, () -> {
                if (incarnation == asking && up) {
                    busy = false;
                    done.run();
                }
            });
        }

        private void become(Postgres wanted, Consumer<Node> change) {
            if (wanted == Postgres.PRIMARY) {
                Optional<Duration> until = situation().authorityUntil(TIMING);
                candidateSince = Optional.empty();
                if (until.filter(end -> end.compareTo(time()) > 0).isEmpty()) {
                    // The leash starts nothing without a permit; a standby that was promoted meanwhile is killed at
                    // once.
                    note(id + " has lost its right while it became primary");
                    stop();
                    wasStandby = false;
                    return;
                }
                permit = until.get().toMillis() + origin;
                failedStarts = 0;
                killedAt = Long.MAX_VALUE;
                upstream = Optional.empty();
            }
            change.accept(this);
            postgres = wanted;
            wasStandby = wanted == Postgres.STANDBY;
        }

        /** From then on there is no database until it has ended well. */
        private void beginCopy() {
            stop();
            if (postgres == Postgres.STOPPED) {
                postgres = Postgres.UNFINISHED;
                position = new Position(position.promotion(), 0);
            }
        }

        private void joinAs(String primary) {
            Node source = nodes.get(primary);
            if (isConnected(id, primary) && source.writes()) {
                stop();
                copy(source);
                upstream = Optional.of(primary);
                become(Postgres.STANDBY, node -> {});
            }
        }

        void killPostgres() {
            if (up && (postgres == Postgres.PRIMARY || postgres == Postgres.STANDBY)) {
                note("kill PostgreSQL of " + id);
                stepBackIfRightful();
                stop();
            }
        }

        void freezePostgres() {
            if (up && (postgres == Postgres.PRIMARY || postgres == Postgres.STANDBY)) {
                note("freeze PostgreSQL of " + id);
                postgresFrozen = true;
            }
        }

        void lockAgent(boolean down) {
            note("lock agent of " + id + (down ? " down" : " up"));
            lockAgentDown = down;
        }

        void freezeKeeper(boolean freeze) {
            note((freeze ? "freeze" : "thaw") + " keeper of " + id);
            keeperFrozen = freeze;
        }

        void freezeLeash(boolean freeze) {
            note((freeze ? "freeze" : "thaw") + " leash of " + id);
            leashFrozen = freeze;
        }

        void killKeeper() {
            note("kill keeper of " + id);
            keeperRuns = false;
            keeperFrozen = false;
        }

        /** A new keeper knows nothing but what PostgreSQL is, and until when its permit lasts. */
        void startKeeper() {
            note("start keeper of " + id);
            keeperRuns = true;
            incarnation++;
            steppedBackUntil = 0;
            busy = false;
            handsOver = false;
            origin = now;
            stamps = 0;
            word = new Word(Duration.ZERO, TIMING);
            lock = Lock.UNKNOWN;
            candidateSince = Optional.empty();
            leaderlessSince = Optional.empty();
            upstreamHeardAt = Optional.empty();
            hungSince = Optional.empty();
            peers.clear();
            leases.clear();
        }

        void loseMachine() {
            note("lose machine " + id);
            stop();
            up = false;
            keeperFrozen = false;
        }

        void startMachine() {
            note("start machine " + id);
            up = true;
            permit = 0;
            startKeeper();
        }

        void loseDisk() {
            note("disk of " + id + " is empty");
            stop();
            postgres = Postgres.ABSENT;
            wasStandby = false;
            position = Position.UNKNOWN;
            upstream = Optional.empty();
        }
    }
}
