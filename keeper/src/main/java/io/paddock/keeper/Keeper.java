package io.paddock.keeper;

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
import io.paddock.keeper.leash.Leash;
import io.paddock.keeper.peer.Description;
import io.paddock.keeper.peer.Hello;
import io.paddock.keeper.peer.KeeperServer;
import io.paddock.keeper.peer.KeeperServer.Answer;
import io.paddock.keeper.peer.PeerClient;
import io.paddock.keeper.postgres.DataDirectory;
import io.paddock.keeper.postgres.LocalPostgres;
import io.paddock.keeper.postgres.LocalPostgres.Seen;
import io.paddock.keeper.postgres.Repmgr;
import io.paddock.keeper.system.BootClock;
import io.paddock.keeper.system.DurableFile;
import io.paddock.keeper.system.Log;
import io.paddock.keeper.system.NodeTls;
import io.paddock.keeper.system.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One node's keeper: every 0.4 s, and at once when something changes, it asks the others and the lock's servers, renews what the leash
 * permits, and does what {@link Decide} says. What takes long is done by {@link Actions}, one thing at a time, while asking and renewing
 * go on. Times are since the start of the keeper, on the machine's clock.
 */
final class Keeper implements KeeperServer.Node {

    private static final Duration ROUND = Duration.ofMillis(400);
    /** How much of the log a standby may lack and still count as caught up. */
    private static final long CAUGHT_UP = 16L << 20;

    private static final Duration ABANDONED = Duration.ofSeconds(10);

    private static final Duration SUCCESSION = Duration.ofSeconds(2);

    private final Settings settings;
    private final Timing timing;
    private final BootClock clock;
    private final Duration startedAt;
    private final Leash leash;
    private final DataDirectory data;
    private final Records records;
    private final Membership membership;
    private final Path founding;
    private final ConsulAgent agent;
    private final PeerClient client;
    private final LocalPostgres postgres;
    private final LockClient lock;
    private final Actions actions;
    private final Chores chores;
    private final Word word;
    private final Peers peers = new Peers();
    private final String life = UUID.randomUUID().toString();
    private final AtomicLong requests = new AtomicLong();
    private final Semaphore wake = new Semaphore(0);

    private volatile boolean roundWanted = true;
    private volatile Map<String, String> nodes = Map.of();
    private volatile Optional<Duration> leaderlessSince = Optional.empty();
    private volatile Optional<Duration> abandonedSince = Optional.empty();
    private volatile Duration holdOffUntil = Duration.ZERO;
    private volatile String lastReason = "";
    private Postgres before = Postgres.ABSENT;
    private Duration lastRound = Duration.ofDays(-1);
    private volatile Duration permitted = Duration.ZERO;

    Keeper(
            Settings settings,
            Timing timing,
            BootClock clock,
            Leash leash,
            DataDirectory data,
            Repmgr repmgr,
            Records records,
            Membership membership,
            Path founding,
            Consul consul,
            ConsulAgent agent,
            PeerClient client,
            NodeTls tls) {
        this.settings = settings;
        this.timing = timing;
        this.clock = clock;
        this.startedAt = clock.now();
        this.leash = leash;
        this.data = data;
        this.records = records;
        this.membership = membership;
        this.founding = founding;
        this.agent = agent;
        this.client = client;
        this.postgres = new LocalPostgres(settings, tls, leash, clock, this::look);
        this.lock = new LockClient(consul, settings.node(), this::now, this::wake, this::hurry);
        this.actions = new Actions(settings, leash, data, postgres, repmgr, lock, this);
        this.chores = new Chores(settings, postgres, repmgr, lock, actions, founding, this);
        this.word = new Word(Duration.ZERO, timing);
    }

    /** Until the process ends. */
    void run() {
        daemon("postgres", postgres::watch);
        daemon("chores", chores::run);
        while (true) {
            try {
                step();
            } catch (IOException | RuntimeException failure) {
                Log.warn("a round failed", failure);
                lastRound = now();
            }
            try {
                if (wake.tryAcquire(
                        Math.max(1, ROUND.minus(now().minus(lastRound)).toMillis()), TimeUnit.MILLISECONDS)) {
                    wake.drainPermits();
                }
            } catch (InterruptedException interrupted) {
                return;
            }
        }
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

    private void step() throws IOException {
        find();
        Optional<Members> members = membership.members();
        members.ifPresent(this::serveLock);
        if (roundWanted || now().minus(lastRound).compareTo(ROUND) >= 0) {
            roundWanted = false;
            lastRound = now();
            round();
        }
        if (members.isEmpty()) {
            meet();
            return;
        }
        data.alone(members.get().isOnly(settings.node()));
        if (!data.exists() && Files.exists(founding)) {
            actions.found();
            return;
        }
        renewPermit();
        observe();
        if (!actions.isBusy()) {
            act(Decide.next(situation(), timing));
        }
    }

    /** What was found before holds as long as nothing can be read. */
    private void find() {
        try {
            nodes = records.nodes();
        } catch (IOException | RuntimeException failure) {
            say("can't read the records of BOSH: " + Log.describe(failure));
        }
    }

    /** A cluster's lock is kept by servers on its voters. */
    private void serveLock(Members members) {
        if (members.voters().size() > 1 && members.voters().contains(settings.node())) {
            Map<String, String> voters = new TreeMap<>(nodes);
            voters.keySet().retainAll(members.voters());
            try {
                if (voters.size() == members.voters().size()) {
                    agent.run(voters, isBeingFounded());
                }
            } catch (IOException failure) {
                Log.warn("can't write the configuration of Consul", failure);
            }
        }
    }

    /** Whether nobody has run a server for the lock yet: the first primary has not even been made. */
    private boolean isBeingFounded() {
        return Files.exists(founding)
                || nodes.keySet().stream().flatMap(node -> peer(node).stream()).anyMatch(Description::isFounding);
    }

    /** Finds the cluster that this node belongs to, or founds it. */
    private void meet() throws IOException {
        List<Description> heard = nodes.keySet().stream()
                .filter(node -> !node.equals(settings.node()))
                .flatMap(node -> peers.since(node, now().minus(timing.silence())).stream())
                .toList();
        Optional<Members> known = heard.stream()
                .flatMap(description -> description.members().stream())
                .max((one, two) -> Long.compare(one.version(), two.version()));
        if (known.isPresent()) {
            if (membership.learn(known.get())) {
                Log.info("belongs to the cluster of " + known.get().voters());
            }
        } else if (data.exists()) {
            if (nodes.size() > 1) {
                say("has data, but does not know its cluster; the others have to say");
                return;
            }
            // Of a release that had no keepers: a database that stood alone.
            actions.adopt(List.of(1));
            membership.learn(new Members(1, Set.of(settings.node())));
        } else if (settings.bootstrap()
                && heard.size() == nodes.size() - 1
                && heard.stream().allMatch(Description::isEmpty)) {
            Log.info("founds the cluster of " + nodes.keySet());
            DurableFile.write(founding, "");
            membership.learn(new Members(1, nodes.keySet()));
        } else {
            say("waits for the other nodes of a first deployment, or for one that knows the cluster");
            return;
        }
        hurry();
    }

    private void round() {
        Duration asked = now();
        boolean wants = wantsWord();
        if (wants) {
            Hello own = hello(true);
            if (word.ask(own.request(), local(), asked).given()) {
                peers.lease(settings.node(), asked);
            }
        }
        nodes.forEach((node, address) -> {
            if (!node.equals(settings.node()) && peers.ask(node)) {
                client.hello(address, hello(wants)).whenComplete((description, failure) -> {
                    if (failure != null) {
                        peers.unanswered(node);
                    } else if (peers.answered(node, description, asked)) {
                        learn(description);
                        wake();
                    }
                });
            }
        });
        if (isCluster()) {
            lock.read();
        }
    }

    private void learn(Description description) {
        description.members().ifPresent(members -> {
            try {
                if (membership.members().isPresent() && membership.learn(members)) {
                    Log.info("the voters are " + members.voters() + " now");
                }
            } catch (IOException failure) {
                Log.warn("can't keep the membership", failure);
            }
        });
    }

    boolean isCluster() {
        return membership
                .members()
                .filter(members -> members.voters().size() > 1)
                .isPresent();
    }

    /** A primary renews others' words; a candidate asks for them once it has the lock. */
    private boolean wantsWord() {
        return isCluster()
                && (local().postgres() == Postgres.PRIMARY
                        || lock.candidateSince().isPresent() && lock.isHeldHere());
    }

    private Hello hello(boolean wants) {
        Local own = local();
        return new Hello(
                wants,
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
        Seen seen = postgres.seen();
        boolean exists = data.exists();
        Postgres state = !exists
                ? Postgres.ABSENT
                : switch (leash.status().map(Leash.Status::role).orElse(Leash.Role.STOPPED)) {
                    case STOPPED -> Postgres.STOPPED;
                    case STANDBY -> Postgres.STANDBY;
                    // Armed, but its promotion has not come through: if nobody is at it, it must be begun again.
                    case PRIMARY -> seen.answers() && seen.isInRecovery() ? Postgres.STANDBY : Postgres.PRIMARY;
                };
        Optional<String> upstream = exists && data.isStandby()
                ? nodes.entrySet().stream()
                        .filter(node -> node.getValue().equals(seen.upstream()))
                        .map(Map.Entry::getKey)
                        .findFirst()
                : Optional.empty();
        return new Local(
                state,
                exists ? actions.position(state) : Position.UNKNOWN,
                exists && data.isStandby(),
                upstream,
                later(seen.heardAt().map(at -> at.minus(startedAt)), actions.followedAt()),
                seen.isConnected(),
                seen.hungSince().map(since -> since.minus(startedAt)),
                exists && Files.exists(founding),
                actions.canLead(),
                leash.permittedUntil().minus(startedAt));
    }

    private static Optional<Duration> later(Optional<Duration> one, Optional<Duration> two) {
        return one.isPresent() && two.isPresent()
                ? Optional.of(one.get().compareTo(two.get()) > 0 ? one.get() : two.get())
                : one.or(() -> two);
    }

    Situation situation() {
        return new Situation(
                now(),
                settings.node(),
                membership.members().orElseThrow(),
                local(),
                lock.last(),
                peers.forDecision(),
                peers.leases(),
                lock.candidateSince(),
                leaderlessSince);
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
        if (leads && until.isPresent() && until.get().compareTo(permitted) > 0) {
            permitted = until.get();
            leash.permit(permitted.plus(startedAt));
        }
        return until.filter(end -> end.compareTo(situation.now()) > 0).isPresent();
    }

    private void observe() throws IOException {
        Situation situation = situation();
        abandonedSince =
                situation.hasMajorityInSight(timing) ? Optional.empty() : abandonedSince.or(() -> Optional.of(now()));
        Postgres state = situation.local().postgres();
        if (before == Postgres.PRIMARY && state == Postgres.STOPPED) {
            stepBackIfRightful();
        }
        before = state;
        if (state == Postgres.STANDBY && situation.local().isConnected()) {
            Optional<Description> upstream = situation
                    .primary(timing)
                    .filter(primary ->
                            situation.local().upstream().filter(primary::equals).isPresent())
                    .flatMap(this::peer);
            if (upstream.isPresent()) {
                actions.streams(upstream.get().lineage());
            }
        }
        boolean primarySeen = situation.local().postgres() == Postgres.PRIMARY
                || situation.primary(timing).isPresent();
        leaderlessSince = primarySeen || !situation.hasMajorityInSight(timing)
                ? Optional.empty()
                : leaderlessSince.or(() -> Optional.of(now()));
    }

    /** A primary that died with its right in hand crashed: another one goes first, since it need not recover. */
    void stepBackIfRightful() {
        if (isCluster() && situation().mayWrite(timing) && hasSuccessors()) {
            actions.stepBack();
        }
    }

    /** Whether a standby lacks next to nothing of what this primary had; with synchronous commits, both must be in sight. */
    private boolean hasSuccessors() {
        Seen seen = postgres.seen();
        List<Description> successors = nodes.keySet().stream()
                .filter(node -> !node.equals(settings.node()))
                .flatMap(node -> peer(node).stream())
                .filter(peer -> peer.postgres() == Postgres.STANDBY
                        && peer.canLead()
                        && seen.lsn() - peer.position().lsn() < CAUGHT_UP)
                .toList();
        return seen.isSynchronous() ? successors.size() == nodes.size() - 1 : !successors.isEmpty();
    }

    /** What was to be founded here has been founded elsewhere. */
    void isNotFounding() throws IOException {
        DurableFile.delete(founding);
    }

    private void act(Decision decision) {
        say(decision.reason());
        if (decision instanceof Decision.Acquire && now().compareTo(holdOffUntil) < 0) {
            return;
        }
        actions.act(decision);
    }

    /** A reason once, as long as it stays the same; seconds in it count on. */
    private void say(String reason) {
        String same = reason.replaceAll("[0-9]+ s\\b", "");
        if (!same.equals(lastReason)) {
            lastReason = same;
            Log.info(reason);
        }
    }

    private void look() {
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

    Timing timing() {
        return timing;
    }

    @Override
    public Description hear(Hello hello) {
        Local own = local();
        Word.Answer answer = !hello.wants() || membership.members().isEmpty()
                ? new Word.Answer(false, "was not asked")
                : word.ask(hello.request(), own, now());
        boolean exists = own.postgres() != Postgres.ABSENT;
        return new Description(
                own.hungSince().isPresent() && own.postgres() != Postgres.ABSENT ? Postgres.STOPPED : own.postgres(),
                own.position(),
                exists ? actions.lineage() : List.of(),
                own.canLead(),
                membership.members().isPresent() ? situation().silent(timing) : Set.of(),
                own.postgres() == Postgres.STANDBY && own.isConnected(),
                membership.members(),
                !exists && membership.members().isEmpty(),
                Files.exists(founding),
                chores.hasReadied(actions.lineage()),
                data.freeBytes(),
                answer.given(),
                answer.reason());
    }

    @Override
    public void takeBack(String node, Word.Stamp stamp, String successor) {
        word.giveBack(node, stamp);
        if (!successor.isEmpty() && !successor.equals(settings.node())) {
            holdOffUntil = now().plus(SUCCESSION);
        }
        hurry();
    }

    @Override
    public Answer health() {
        if (membership.members().isEmpty()) {
            boolean isFirst = nodes.keySet().stream()
                            .anyMatch(node -> !node.equals(settings.node()) && peers.isAway(node))
                    && nodes.keySet().stream()
                            .allMatch(node -> node.equals(settings.node())
                                    || peers.isAway(node)
                                    || peer(node).filter(Description::isEmpty).isPresent());
            return isFirst
                    ? Answer.of(200, "waits for the other nodes of a first deployment")
                    : Answer.of(503, "meets its cluster");
        }
        if (isPrimary()) {
            return Answer.of(200, "primary");
        }
        if (isReplica()) {
            return Answer.of(200, "standby, caught up");
        }
        if (abandonedSince
                .filter(since -> now().minus(since).compareTo(ABANDONED) >= 0)
                .isPresent()) {
            // After all nodes were lost they come back one after the other: the first must not be waited for.
            return Answer.of(200, "waits for a majority of the nodes, which are away");
        }
        return Answer.of(503, lastReason.isEmpty() ? "starts" : lastReason);
    }

    @Override
    public boolean isPrimary() {
        Seen seen = postgres.seen();
        return seen.role() == Leash.Role.PRIMARY
                && seen.answers()
                && !seen.isInRecovery()
                && membership.members().isPresent()
                && situation().mayWrite(timing);
    }

    @Override
    public boolean isReplica() {
        Seen seen = postgres.seen();
        return seen.role() == Leash.Role.STANDBY
                && seen.answers()
                && seen.isConnected()
                && primary()
                        .flatMap(this::peer)
                        .filter(description -> description.position().lsn() - seen.lsn() < CAUGHT_UP)
                        .isPresent();
    }

    @Override
    public String metrics() {
        Local own = local();
        StringBuilder text = new StringBuilder();
        gauge(text, "paddock_primary", "1 if this node takes writes", isPrimary() ? 1 : 0);
        gauge(text, "paddock_replica", "1 if this node is a standby that is caught up", isReplica() ? 1 : 0);
        gauge(text, "paddock_lock_held", "1 if this node holds the cluster's lock", lock.isHeldHere() ? 1 : 0);
        gauge(
                text,
                "paddock_voters",
                "nodes that have a vote",
                membership.members().map(members -> members.voters().size()).orElse(0));
        gauge(
                text,
                "paddock_silent_nodes",
                "voters that are not heard of",
                membership.members().isPresent() ? situation().silent(timing).size() : 0);
        gauge(
                text,
                "paddock_promotion",
                "number of the promotion that began the present history",
                own.position().promotion());
        gauge(
                text,
                "paddock_log_bytes",
                "how far the write-ahead log goes",
                own.position().lsn());
        gauge(text, "paddock_disk_free_bytes", "room on the persistent disk", data.freeBytes());
        return text.toString();
    }

    private static void gauge(StringBuilder text, String name, String help, long value) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(" gauge\n");
        text.append(name).append(' ').append(value).append('\n');
    }

    @Override
    public Answer switchover(String successor) {
        if (!isPrimary()) {
            return Answer.of(
                    409, primary().map(node -> "the primary is " + node).orElse("this node is not the primary"));
        }
        if (!isCluster()) {
            return Answer.of(409, "a single node has nobody to hand over to");
        }
        return actions.handOver(successor);
    }

    @Override
    public Answer drain() {
        return actions.drain(isCluster() && isPrimary());
    }
}
