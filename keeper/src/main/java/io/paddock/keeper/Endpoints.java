package io.paddock.keeper;

import io.paddock.keeper.cluster.Founding;
import io.paddock.keeper.cluster.Membership;
import io.paddock.keeper.cluster.Records;
import io.paddock.keeper.decision.Lineage;
import io.paddock.keeper.decision.Local;
import io.paddock.keeper.decision.Local.Postgres;
import io.paddock.keeper.decision.Word;
import io.paddock.keeper.disk.Disk;
import io.paddock.keeper.leash.Leash;
import io.paddock.keeper.peer.Description;
import io.paddock.keeper.peer.Hello;
import io.paddock.keeper.peer.KeeperServer;
import io.paddock.keeper.peer.KeeperServer.Answer;
import io.paddock.keeper.postgres.LocalPostgres;
import io.paddock.keeper.postgres.LocalPostgres.Seen;
import io.paddock.keeper.system.Log;
import io.paddock.keeper.system.NodeTls;
import io.paddock.keeper.system.Settings;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** What a keeper answers: to other keepers, to BOSH's scripts, to monitoring and to operators. */
final class Endpoints implements KeeperServer.Node {

    /** After which a node that sees no majority is not waited for any more. */
    private static final Duration ABANDONED = Duration.ofSeconds(10);

    /** After which somebody has to do something about a cluster without a primary, which BOSH does not as long as it waits for a node. */
    private static final Duration IN_VAIN = Duration.ofSeconds(60);

    /** How long an answer may wait for what PostgreSQL says now. */
    private static final Duration ANEW = Duration.ofMillis(200);

    /** How long a change of the voters may take. */
    private static final Duration CHANGE = Duration.ofSeconds(3);

    private static final Duration LOOK = Duration.ofMillis(50);

    private final Settings settings;
    private final NodeTls tls;
    private final Keeper keeper;
    private final Membership membership;
    private final Founding founding;
    private final Disk disk;
    private final LocalPostgres postgres;
    private final Peers peers;
    private final Word word;
    private final LockClient lock;
    private final Actions actions;
    private final Chores chores;

    Endpoints(
            Settings settings,
            NodeTls tls,
            Keeper keeper,
            Store store,
            LocalPostgres postgres,
            Peers peers,
            Word word,
            LockClient lock,
            Actions actions,
            Chores chores) {
        this.settings = settings;
        this.tls = tls;
        this.keeper = keeper;
        this.membership = store.membership();
        this.founding = store.founding();
        this.disk = store.disk();
        this.postgres = postgres;
        this.peers = peers;
        this.word = word;
        this.lock = lock;
        this.actions = actions;
        this.chores = chores;
    }

    @Override
    public Description hear(Hello hello) {
        boolean asksHowFar = hello.anew() || hello.wants() && !hello.request().isPrimary();
        // What was seen a moment ago may be from before the primary's end, when more of the log was on its way.
        boolean isAnew = asksHowFar && postgres.lookAnew(ANEW);
        Seen seen = postgres.seen();
        Local own = keeper.local(seen);
        boolean isUnsure = own.postgres() == Postgres.STANDBY && !(isAnew && seen.answers());
        Word.Answer answer = answer(hello, own, isUnsure);
        boolean exists = own.postgres().isWhole();
        return new Description(
                Math.min(settings.protocol(), hello.protocol()),
                own.hungSince().isPresent() && exists ? Postgres.STOPPED : own.postgres(),
                own.position(),
                !isUnsure,
                exists ? actions.lineage() : Lineage.NONE,
                seen.timeline(),
                own.canLead(),
                keeper.silentNodes(),
                own.postgres() == Postgres.STANDBY
                        && own.upstream()
                                .filter(upstream -> own.hears(upstream, keeper.now(), keeper.timing()))
                                .isPresent(),
                membership.members(),
                !exists && membership.members().isEmpty(),
                founding.isUnderWay(),
                chores.hasReadied(actions.lineage()),
                disk.isAmple(),
                keeper.isVoter() || keeper.votes().servesNoLock(),
                actions.isLeaving(),
                tls.age().toSeconds(),
                answer.given(),
                answer.reason());
    }

    private Word.Answer answer(Hello hello, Local own, boolean isUnsure) {
        Word.Request request = hello.request();
        if (!hello.wants() || membership.members().isEmpty()) {
            return new Word.Answer(false, "was not asked");
        }
        if (actions.isLeaving() && !request.isPrimary()) {
            return new Word.Answer(false, "is about to be deleted");
        }
        boolean mustBeSure = !request.isPrimary() && request.isPatient() && !request.isLastPrimary();
        if (mustBeSure && isUnsure) {
            return new Word.Answer(false, "can't say now how far its log goes");
        }
        return word.ask(request, own, keeper.now(), postgres.seen().isSynchronous());
    }

    @Override
    public void takeBack(String other, Word.Stamp stamp, String successor) {
        word.giveBack(other, stamp);
        // Its PostgreSQL has ended: that is seen now, not at the next look.
        postgres.lookAnew(Duration.ZERO);
        if (!successor.isEmpty() && !successor.equals(settings.node())) {
            keeper.letSucceed();
        }
        keeper.hurry();
    }

    @Override
    public Answer health() {
        if (membership.members().isEmpty()) {
            return isFirst()
                    ? Health.FIRST_DEPLOYMENT.because("waits for the other nodes of a first deployment")
                    : Health.MEETS_CLUSTER.because("meets its cluster");
        }
        if (isPrimary()) {
            return Health.PRIMARY.because("primary");
        }
        if (isReplica()) {
            return standby();
        }
        if (keeper.abandonedSince()
                .filter(since -> keeper.now().minus(since).compareTo(ABANDONED) >= 0)
                .isPresent()) {
            // After all nodes were lost they come back one after the other: the first must not be waited for.
            return Health.NO_MAJORITY.because("waits for a majority of the nodes, which are away");
        }
        String reason = keeper.lastReason().isEmpty() ? "starts" : keeper.lastReason();
        boolean inVain = keeper.primarylessSince()
                .filter(since -> keeper.now().minus(since).compareTo(IN_VAIN) >= 0)
                .isPresent();
        return inVain
                ? Health.NO_PRIMARY.because("waits in vain, there is no primary: " + reason)
                : Health.NOT_READY.because(reason);
    }

    /** The next node is not touched before this one could take over; who waits for a node that is not there is not waited for. */
    private Answer standby() {
        boolean someAreAway = keeper.others().stream().anyMatch(peers::isAway);
        if (!keeper.isVoter()) {
            return someAreAway
                    ? Health.NO_VOTE.because("standby, caught up; gets a vote when all nodes are there")
                    : Health.VOTE_WANTED.because("standby, caught up; waits for its vote");
        }
        if (!word.canBeGiven(keeper.now())) {
            return Health.KEEPER_JUST_STARTED.because(
                    "standby, caught up, but its keeper has just been started and can't vote yet");
        }
        if (lock.isKnown(keeper.timing())) {
            return Health.STANDBY.because("standby, caught up");
        }
        return someAreAway && keeper.isBeingFounded()
                ? Health.NO_LOCK_SERVERS_YET.because(
                        "standby, caught up; the lock's servers begin when all nodes are there")
                : Health.LOCK_SERVERS_AWAY.because("standby, caught up, but the lock's servers are away");
    }

    /**
     * Whether some nodes are not there yet, and those that are have nothing. BOSH starts the one with the lowest index first: as long as
     * nothing is heard of that, it may have data.
     */
    private boolean isFirst() {
        Set<String> others = keeper.others();
        return others.stream().anyMatch(peers::isAway)
                && others.stream().allMatch(other -> peers.isAway(other) && !other.equals(first()) || isEmpty(other));
    }

    private boolean isEmpty(String node) {
        return keeper.peer(node).filter(Description::isEmpty).isPresent();
    }

    private String first() {
        return keeper.nodes().keySet().stream()
                .min(Comparator.comparingInt(Records::index))
                .orElse(settings.node());
    }

    @Override
    public boolean isPrimary() {
        Seen seen = postgres.seen();
        return seen.role() == Leash.Role.PRIMARY
                && seen.answers()
                && !seen.isInRecovery()
                && membership.members().isPresent()
                && keeper.situation().mayWrite(keeper.timing());
    }

    @Override
    public boolean isReplica() {
        Seen seen = postgres.seen();
        return seen.role() == Leash.Role.STANDBY
                && seen.answers()
                && seen.isConnected()
                && keeper.primary()
                        .flatMap(keeper::peer)
                        .filter(description -> description.position().lsn() - seen.lsn() < Keeper.CAUGHT_UP)
                        .isPresent();
    }

    @Override
    public String metrics() {
        long voters = membership
                .members()
                .map(members -> (long) members.voters().size())
                .orElse(0L);
        return gauge("primary", "1 if this node takes writes", isPrimary() ? 1 : 0)
                + gauge("replica", "1 if this node is a standby that is caught up", isReplica() ? 1 : 0)
                + gauge("lock_held", "1 if this node holds the cluster's lock", lock.isHeldHere() ? 1 : 0)
                + gauge("voters", "nodes that have a vote", voters)
                + gauge(
                        "silent_nodes",
                        "voters that are not heard of",
                        keeper.silentNodes().size())
                + gauge(
                        "promotion",
                        "number of the promotion that began the present history",
                        keeper.local().position().promotion())
                + gauge(
                        "log_bytes",
                        "how far the write-ahead log goes",
                        keeper.local().position().lsn())
                + gauge(
                        "disk_size_bytes",
                        "size of the persistent disk",
                        disk.room().size())
                + gauge(
                        "disk_free_bytes",
                        "room on the persistent disk",
                        disk.room().free())
                + gauge("disk_full", "1 if the disk is so full that writes end", disk.isFull() ? 1 : 0);
    }

    private static String gauge(String name, String help, long value) {
        return """
                # HELP paddock_%1$s %2$s
                # TYPE paddock_%1$s gauge
                paddock_%1$s %3$d
                """.formatted(name, help, value);
    }

    @Override
    public Answer switchover(String successor) {
        if (!isPrimary()) {
            Optional<String> primary = keeper.primary();
            return Answer.of(
                    409, primary.map(other -> "the primary is " + other).orElse("this node is not the primary"));
        }
        if (!keeper.isCluster()) {
            return Answer.of(409, "a single node has nobody to hand over to");
        }
        return actions.handOver(successor);
    }

    @Override
    public Answer drain(boolean forGood) {
        return actions.drain(!forGood && keeper.isCluster() && isPrimary());
    }

    @Override
    public Answer leave() {
        return actions.leave();
    }

    @Override
    public Answer takeOver() {
        try {
            return keeper.votes().takeOver();
        } catch (IOException failure) {
            Log.warn("can't take over", failure);
            return Answer.of(500, "this node's disk can't be written");
        }
    }

    @Override
    public Answer dismiss(String leaver) {
        if (!isPrimary()) {
            return Answer.of(409, "this node is not the primary");
        }
        keeper.votes().forget(leaver);
        Duration asked = keeper.now();
        Duration end = asked.plus(CHANGE);
        boolean begun = false;
        while (keeper.now().compareTo(end) < 0) {
            if (!keeper.members().orElseThrow().voters().contains(leaver)) {
                return Answer.of(200, "has no vote");
            }
            begun |= keeper.votes().take(leaver, asked);
            LockSupport.parkNanos(LOOK.toNanos());
        }
        return Answer.of(
                503,
                begun
                        ? "the lock's servers did not agree in time"
                        : "too few nodes are there, or it does not say that it leaves");
    }
}
