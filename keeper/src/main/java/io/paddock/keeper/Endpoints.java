package io.paddock.keeper;

import io.paddock.keeper.cluster.Records;
import io.paddock.keeper.decision.Position;
import io.paddock.keeper.decision.Word;
import io.paddock.keeper.disk.Disk;
import io.paddock.keeper.engine.Absences;
import io.paddock.keeper.engine.Event;
import io.paddock.keeper.engine.Picture;
import io.paddock.keeper.engine.Switchover;
import io.paddock.keeper.leash.Leash;
import io.paddock.keeper.peer.Description;
import io.paddock.keeper.peer.Hello;
import io.paddock.keeper.peer.KeeperServer;
import io.paddock.keeper.peer.KeeperServer.Answer;
import io.paddock.keeper.postgres.LocalPostgres;
import io.paddock.keeper.postgres.Seen;
import io.paddock.keeper.system.Log;
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

    private final int protocol;
    private final Core core;
    private final Disk disk;
    private final LocalPostgres postgres;
    private final Questions questions;
    private final Voters voters;
    private final Departure departure;

    /** @param protocol the newest that is spoken to other keepers */
    Endpoints(
            int protocol,
            Core core,
            Disk disk,
            LocalPostgres postgres,
            Questions questions,
            Voters voters,
            Departure departure) {
        this.protocol = protocol;
        this.core = core;
        this.disk = disk;
        this.postgres = postgres;
        this.questions = questions;
        this.voters = voters;
        this.departure = departure;
    }

    @Override
    public Description hear(Hello hello) {
        boolean asksHowFar = hello.anew() || hello.wants() && !hello.request().isPrimary();
        // What was seen a moment ago may be from before the primary's end, when more of the log was on its way.
        boolean isAnew = asksHowFar && postgres.lookAnew(ANEW);
        return core.tell(new Event.Asked(hello, isAnew, protocol));
    }

    @Override
    public void takeBack(String other, Word.Stamp stamp, String successor) {
        // Its PostgreSQL has ended: that is seen now, not at the next look.
        postgres.lookAnew(Duration.ZERO);
        core.tell(new Event.GivenBack(other, stamp, successor));
    }

    @Override
    public Answer health() {
        Picture picture = core.picture();
        if (picture.view().members().isEmpty()) {
            return isFirst(picture)
                    ? Health.FIRST_DEPLOYMENT.because("waits for the other nodes of a first deployment")
                    : Health.MEETS_CLUSTER.because("meets its cluster");
        }
        if (isPrimary()) {
            return Health.PRIMARY.because("primary");
        }
        if (isReplica()) {
            return standby(picture);
        }
        Absences absences = picture.state().absences();
        if (hasLasted(absences.majority(), ABANDONED, picture)) {
            // After all nodes were lost they come back one after the other: the first must not be waited for.
            return Health.NO_MAJORITY.because("waits for a majority of the nodes, which are away");
        }
        String why = picture.state().memory().reason();
        String reason = why.isEmpty() ? "starts" : why;
        return hasLasted(absences.primary(), IN_VAIN, picture)
                ? Health.NO_PRIMARY.because("waits in vain, there is no primary: " + reason)
                : Health.NOT_READY.because(reason);
    }

    private static boolean hasLasted(Optional<Duration> since, Duration time, Picture picture) {
        return since.filter(at -> picture.now().minus(at).compareTo(time) >= 0).isPresent();
    }

    /** The next node is not touched before this one could take over; who waits for a node that is not there is not waited for. */
    private Answer standby(Picture picture) {
        boolean someAreAway = picture.others().stream().anyMatch(questions::isAway);
        if (!picture.isVoter()) {
            return someAreAway
                    ? Health.NO_VOTE.because("standby, caught up; gets a vote when all nodes are there")
                    : Health.VOTE_WANTED.because("standby, caught up; waits for its vote");
        }
        if (!picture.state().word().canBeGiven(picture.now())) {
            return Health.KEEPER_JUST_STARTED.because(
                    "standby, caught up, but its keeper has just been started and can't vote yet");
        }
        if (picture.isLockKnown()) {
            return Health.STANDBY.because("standby, caught up");
        }
        return someAreAway && picture.isBeingFounded()
                ? Health.NO_LOCK_SERVERS_YET.because(
                        "standby, caught up; the lock's servers begin when all nodes are there")
                : Health.LOCK_SERVERS_AWAY.because("standby, caught up, but the lock's servers are away");
    }

    /**
     * Whether some nodes are not there yet, and those that are have nothing. BOSH starts the one with the lowest index first: as long as
     * nothing is heard of that, it may have data.
     */
    private boolean isFirst(Picture picture) {
        Set<String> others = picture.others();
        String first = picture.view().listed().stream()
                .min(Comparator.comparingInt(Records::index))
                .orElse(picture.self());
        return others.stream().anyMatch(questions::isAway)
                && others.stream()
                        .allMatch(other -> questions.isAway(other) && !other.equals(first)
                                || picture.peer(other)
                                        .filter(Description::isEmpty)
                                        .isPresent());
    }

    @Override
    public boolean isPrimary() {
        Seen seen = postgres.seen();
        return seen.role() == Leash.Role.PRIMARY
                && seen.answers()
                && !seen.isInRecovery()
                && core.picture().mayWrite();
    }

    @Override
    public boolean isReplica() {
        Seen seen = postgres.seen();
        Picture picture = core.picture();
        return seen.role() == Leash.Role.STANDBY
                && seen.answers()
                && seen.isConnected()
                && picture.primary()
                        .flatMap(picture::peer)
                        .filter(description -> description.position().lsn() - seen.lsn() < Picture.CAUGHT_UP)
                        .isPresent();
    }

    @Override
    public String metrics() {
        Picture picture = core.picture();
        long voters = picture.view()
                .members()
                .map(members -> (long) members.voters().size())
                .orElse(0L);
        Position position = picture.local().position();
        return gauge("primary", "1 if this node takes writes", isPrimary() ? 1 : 0)
                + gauge("replica", "1 if this node is a standby that is caught up", isReplica() ? 1 : 0)
                + gauge("lock_held", "1 if this node holds the cluster's lock", picture.holdsLock() ? 1 : 0)
                + gauge("voters", "nodes that have a vote", voters)
                + gauge(
                        "silent_nodes",
                        "voters that are not heard of",
                        picture.silent().size())
                + gauge("promotion", "number of the promotion that began the present history", position.promotion())
                + gauge("log_bytes", "how far the write-ahead log goes", position.lsn())
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
        Picture picture = core.picture();
        if (!isPrimary()) {
            return Answer.of(
                    409,
                    picture.primary().map(other -> "the primary is " + other).orElse("this node is not the primary"));
        }
        if (!picture.isCluster()) {
            return Answer.of(409, "a single node has nobody to hand over to");
        }
        Optional<String> wanted = Optional.of(successor).filter(name -> !name.isEmpty());
        return departure.handOver(new Switchover.Request(wanted, Switchover.Order.FURTHEST_FIRST, false));
    }

    @Override
    public Answer drain(boolean forGood) {
        return departure.drain(!forGood && core.picture().isCluster() && isPrimary());
    }

    @Override
    public Answer leave() {
        return departure.leave();
    }

    @Override
    public Answer takeOver() {
        try {
            return voters.takeOver();
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
        core.tell(new Event.Forgotten(leaver));
        Duration asked = core.now();
        Duration end = asked.plus(CHANGE);
        boolean begun = false;
        while (core.now().compareTo(end) < 0) {
            Set<String> present = core.picture().view().members().orElseThrow().voters();
            if (!present.contains(leaver)) {
                return Answer.of(200, "has no vote");
            }
            begun |= core.tell(new Event.VoteGivenUp(leaver, asked));
            LockSupport.parkNanos(LOOK.toNanos());
        }
        return Answer.of(
                503,
                begun
                        ? "the lock's servers did not agree in time"
                        : "too few nodes are there, or it does not say that it leaves");
    }
}
