package io.paddock.keeper.engine;

import io.paddock.keeper.decision.Lineage;
import io.paddock.keeper.decision.Local.Postgres;
import io.paddock.keeper.decision.Members;
import io.paddock.keeper.decision.Timing;
import io.paddock.keeper.engine.SimulatedServer.Role;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Nodes in a time of their own. Their keepers are the engine that ships; all around it is simulated: messages take their time or vanish, processes die
 * and freeze, whole machines and disks as well. Everything follows from the seed.
 */
final class SimulatedCluster {

    static final long STEP = 20;
    static final Timing TIMING = Timing.DEFAULT;

    final Map<String, SimulatedNode> nodes = new LinkedHashMap<>();
    final List<String> history = new ArrayList<>();
    private final Random random;
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::number));
    private final Set<String> cuts = new TreeSet<>();
    private final SimulatedLock lock;
    private long now;
    private long eventNumber;
    private int timelines = 1;
    private long acknowledged;
    private boolean lockServersDown;
    private boolean synchronous;
    private boolean slowMessages = true;
    private Mutant mutant = Mutant.NONE;
    private Set<String> listed = Set.of();
    private boolean haveVotersChanged = true;

    private SimulatedCluster(long seed, SimulatedLock lock) {
        this.random = new Random(seed);
        this.lock = lock;
    }

    /** Three nodes, as some time after their first deployment: "a" is the primary, the others follow it. */
    static SimulatedCluster ofThree(long seed) {
        Members members = new Members(1, Set.of("a", "b", "c"));
        SimulatedCluster cluster = new SimulatedCluster(seed, new SimulatedLock(TIMING, members, "a"));
        List.of("a", "b", "c").forEach(cluster::add);
        cluster.nodes.values().forEach(node -> cluster.hasData(node, members));
        for (String id : List.of("b", "c")) {
            SimulatedNode standby = cluster.nodes.get(id);
            standby.disk.upstream = Optional.of("a");
            standby.server.startStandby();
            standby.server.upstreamHeardAt = Optional.of(0L);
            standby.hasRunFor(60_000);
        }
        return cluster;
    }

    /** A single node, as some time after its creation. */
    static SimulatedCluster ofOne(long seed) {
        SimulatedCluster cluster = new SimulatedCluster(seed, new SimulatedLock(TIMING));
        cluster.add("a");
        cluster.hasData(cluster.nodes.get("a"), new Members(1, Set.of("a")));
        return cluster;
    }

    private void add(String id) {
        nodes.put(id, new SimulatedNode(id, this, random));
        listed = Set.copyOf(nodes.keySet());
    }

    private void hasData(SimulatedNode node, Members members) {
        node.disk.isThere = true;
        node.disk.isWhole = true;
        node.disk.lsn = 1_000;
        node.disk.timeline = 1;
        node.disk.lineage = Lineage.FIRST;
        node.disk.members = Optional.of(members);
        node.server.startPrimary();
        node.server.hasStarted = true;
        node.server.permit = 3_000;
        node.hasRunFor(60_000);
    }

    /** Machines with empty disks that BOSH has made beside the others. */
    void grow(String... ids) {
        for (String id : ids) {
            note("BOSH makes " + id);
            add(id);
            nodes.get(id).startKeeper();
        }
    }

    /** BOSH deletes machine and disk of a node. */
    void delete(String id) {
        note("BOSH deletes " + id);
        nodes.get(id).loseMachine();
        nodes.remove(id);
        listed = Set.copyOf(nodes.keySet());
        votersChanged();
    }

    private record Event(long at, long number, Runnable what) {}

    long now() {
        return now;
    }

    SimulatedLock lock() {
        return lock;
    }

    Optional<SimulatedNode> node(String id) {
        return Optional.ofNullable(nodes.get(id));
    }

    Set<String> listed() {
        return listed;
    }

    /** Then servers of the lock may begin or end. */
    void votersChanged() {
        haveVotersChanged = true;
    }

    int nextTimeline() {
        return ++timelines;
    }

    boolean isSynchronous() {
        return synchronous;
    }

    /** Commits wait for a standby. */
    void synchronous(boolean on) {
        synchronous = on;
    }

    /** What is broken in all keepers. */
    void mutant(Mutant broken) {
        mutant = broken;
    }

    Mutant mutant() {
        return mutant;
    }

    /** Whether one message in twenty takes up to 0.4 s. */
    void slowMessages(boolean some) {
        slowMessages = some;
    }

    /** Lets time pass, and checks at each moment that no two nodes take writes. */
    void run(long milliseconds) {
        long end = now + milliseconds;
        while (now < end) {
            now += STEP;
            while (!events.isEmpty() && events.peek().at() <= now) {
                events.poll().what().run();
            }
            if (haveVotersChanged) {
                haveVotersChanged = false;
                lock.run(id -> nodes.get(id).disk.members, listed);
            }
            lock.expire(now).ifPresent(holder -> note("session of " + holder + " expired"));
            nodes.values().forEach(SimulatedNode::step);
            checkWriters();
        }
    }

    private void checkWriters() {
        int writers = 0;
        for (SimulatedNode node : nodes.values()) {
            if (node.writes()) {
                writers++;
                acknowledge(node);
            }
        }
        if (writers > 1) {
            throw new AssertionError("at " + now + " ms two nodes take writes: " + writers() + "\n" + lastNotes());
        }
    }

    String lastNotes() {
        return String.join("\n", history.subList(Math.max(0, history.size() - 120), history.size()));
    }

    List<String> writers() {
        return nodes.values().stream()
                .filter(SimulatedNode::writes)
                .map(node -> node.id)
                .toList();
    }

    /**
     * What an application that waits for a standby knows to be written: so far has one of the standbys come that follow the writer. It never
     * goes back.
     */
    long acknowledged() {
        return acknowledged;
    }

    private void acknowledge(SimulatedNode writer) {
        for (SimulatedNode node : nodes.values()) {
            if (node.server.role == Role.STANDBY
                    && node.disk.isDatabase()
                    && node.disk.timeline == writer.disk.timeline
                    && node.disk.upstream.filter(writer.id::equals).isPresent()) {
                acknowledged = Math.max(acknowledged, node.disk.lsn);
            }
        }
    }

    /** One node writes, the others follow it, and so many have a vote. */
    boolean isHealthy(int voters) {
        List<String> writers = writers();
        boolean agree = nodes.values().stream().allMatch(node -> node.isOneOf(voters));
        if (writers.size() != 1 || !agree) {
            return false;
        }
        SimulatedNode writer = nodes.get(writers.get(0));
        return nodes.values().stream()
                .filter(node -> !node.equals(writer))
                .allMatch(node -> node.postgres() == Postgres.STANDBY
                        && node.server.answers()
                        && node.disk.upstream.filter(writer.id::equals).isPresent()
                        && node.disk.isOnTheWayOf(writer.disk));
    }

    /** Who follows a primary, and has received all that it sent, the furthest one first. */
    List<String> standbysOf(SimulatedNode primary) {
        return nodes.values().stream()
                .filter(node -> node.isReceiving()
                        && node.disk.upstream.filter(primary.id::equals).isPresent()
                        && isConnected(node.id, primary.id)
                        && isConnected(primary.id, node.id))
                .sorted(Comparator.comparingLong((SimulatedNode node) -> -node.disk.lsn)
                        .thenComparing(node -> node.id))
                .map(node -> node.id)
                .toList();
    }

    /** A server that stops sends all to the standbys that follow it. */
    void drain(SimulatedNode primary) {
        if (primary.writes()) {
            standbysOf(primary).forEach(id -> nodes.get(id).disk.receive(primary.disk));
        }
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

    boolean lockAnswers(String node) {
        Set<String> reached = nodes.keySet().stream()
                .filter(other -> nodes.get(other).up && isConnected(node, other))
                .collect(Collectors.toSet());
        return !lockServersDown && lock.answers(reached);
    }

    boolean isConnected(String one, String two) {
        return one.equals(two) || isUp(one) && isUp(two) && (cuts.isEmpty() || !cuts.contains(one + two));
    }

    private boolean isUp(String id) {
        SimulatedNode node = nodes.get(id);
        return node != null && node.up;
    }

    void later(long delay, Runnable what) {
        events.add(new Event(now + delay, eventNumber++, what));
    }

    /** A request, which may take long or vanish. */
    void send(String from, String to, Runnable atReceiver) {
        if (isConnected(from, to)) {
            later(1 + random.nextInt(slowMessages && random.nextInt(20) == 0 ? 400 : 30), () -> {
                if (isConnected(from, to) && nodes.get(to).keeperWorks()) {
                    atReceiver.run();
                }
            });
        }
    }

    /** Its answer, to the keeper that asked. */
    void answer(String from, String to, int incarnation, Runnable atAsker) {
        later(1 + random.nextInt(30), () -> {
            if (isConnected(from, to)
                    && nodes.get(to).keeperWorks()
                    && nodes.get(to).incarnation() == incarnation) {
                atAsker.run();
            }
        });
    }

    void note(String text) {
        history.add(String.format("%7d  %s", now, text));
    }
}
