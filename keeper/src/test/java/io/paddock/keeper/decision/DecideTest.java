package io.paddock.keeper.decision;

import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.keeper.decision.Local.Postgres;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What one node decides in each situation: this is node "b" of "a", "b" and "c", at the hundredth second. */
class DecideTest {

    private static final Duration NOW = Duration.ofSeconds(100);
    private static final Position HERE = new Position(1, 1000);
    private static final Position AHEAD = new Position(1, 2000);

    private Set<String> voters = Set.of("a", "b", "c");
    private Local local = standbyOf("a");
    private Lock lock = Lock.heldBy("a", NOW);
    private final Map<String, Peer> peers = new HashMap<>(Map.of(
            "a", peer(Postgres.PRIMARY, HERE),
            "c", peer(Postgres.STANDBY, HERE)));
    private final Map<String, Duration> leases = new HashMap<>();
    private Optional<Duration> candidateSince = Optional.empty();
    private Optional<Duration> leaderlessSince = Optional.empty();
    private boolean needsRoom;

    @Test
    void aPrimaryWithTheLockStaysAlsoWithoutAnyLease() {
        primary();
        lock = Lock.heldBy("b", ago(2.9));

        assertThat(decision()).isInstanceOf(Decision.Stay.class);
    }

    @Test
    void aPrimaryWithAFullDiskHandsOverToTheFurthestThatHasRoom() {
        primary();
        lock = Lock.heldBy("b", ago(0.1));
        needsRoom = true;
        peers.put("a", said(NOW, Postgres.STANDBY, HERE, Lineage.NONE, true, Set.of(), true));
        peers.put("c", said(NOW, Postgres.STANDBY, AHEAD, Lineage.NONE, true, Set.of(), false));

        assertThat(decision()).isEqualTo(new Decision.HandOver("a", "the disk is full here, and a has room"));
    }

    @Test
    void aPrimaryWithAFullDiskStaysIfNobodyHasRoomOrItHasNoLockToHandOver() {
        primary();
        lock = Lock.heldBy("b", ago(0.1));
        needsRoom = true;
        peers.put("a", said(NOW, Postgres.STANDBY, HERE, Lineage.NONE, true, Set.of(), false));
        peers.put("c", said(NOW, Postgres.STANDBY, HERE, Lineage.NONE, false, Set.of(), true));
        assertThat(decision()).isInstanceOf(Decision.Stay.class);

        peers.put("a", said(ago(3), Postgres.STANDBY, HERE, Lineage.NONE, true, Set.of(), true));
        assertThat(decision()).isInstanceOf(Decision.Stay.class);

        peers.put("a", said(NOW, Postgres.STANDBY, HERE, Lineage.NONE, true, Set.of(), true));
        lock = Lock.UNKNOWN;
        leases.putAll(Map.of("a", ago(0.1), "b", ago(0.1)));
        assertThat(decision()).isInstanceOf(Decision.Stay.class);
    }

    @Test
    void aPrimaryCanBeSucceededAtOnceOnlyIfEveryRunningStandbyVotesAndTheLockIsThere() {
        primary();
        lock = Lock.heldBy("b", ago(0.1));
        peers.put("a", said(ago(0.3), Postgres.STANDBY, HERE, Lineage.NONE, true, Set.of(), true));
        peers.put("c", said(ago(0.3), Postgres.STANDBY, HERE, Lineage.NONE, true, Set.of(), true));
        leases.putAll(Map.of("a", ago(0.3), "b", ago(0.3), "c", ago(0.3)));
        assertThat(situation().canBeSucceeded(ago(0.6), Timing.DEFAULT)).isTrue();

        assertThat(situation().canBeSucceeded(ago(0.2), Timing.DEFAULT))
                .as("since then nobody has been asked")
                .isFalse();

        lock = Lock.heldBy("b", ago(4));
        assertThat(situation().canBeSucceeded(ago(0.6), Timing.DEFAULT))
                .as("the lock")
                .isFalse();

        lock = Lock.heldBy("b", ago(0.1));
        leases.put("c", ago(0.7));
        assertThat(situation().canBeSucceeded(ago(0.6), Timing.DEFAULT))
                .as("refused when it was asked last")
                .isFalse();

        peers.put("c", said(ago(3), Postgres.STANDBY, HERE, Lineage.NONE, true, Set.of(), true));
        assertThat(situation().canBeSucceeded(ago(0.6), Timing.DEFAULT))
                .as("nobody waits for one that is away")
                .isTrue();

        leases.remove("b");
        assertThat(situation().canBeSucceeded(ago(0.6), Timing.DEFAULT))
                .as("then this node's vote is wanted as well")
                .isFalse();

        peers.put("a", said(ago(3), Postgres.STANDBY, HERE, Lineage.NONE, true, Set.of(), true));
        assertThat(situation().canBeSucceeded(ago(0.6), Timing.DEFAULT))
                .as("a majority")
                .isFalse();
    }

    @Test
    void whatIsCalmIsLookedAtAgainWhenSomethingWasNotHeardOfForTooLong() {
        assertThat(situation().isCalm(Timing.DEFAULT)).as("not connected").isFalse();
        local = connectedTo("a", ago(0.5));
        peers.put("c", said(ago(1), Postgres.STANDBY, HERE, Lineage.NONE, true, Set.of(), true));

        assertThat(situation().isCalm(Timing.DEFAULT)).isTrue();
        assertThat(situation().nextSilence(Timing.DEFAULT))
                .as("c, after two seconds")
                .contains(NOW.plusSeconds(1));

        leaderlessSince = Optional.of(ago(0.1));
        assertThat(situation().isCalm(Timing.DEFAULT)).isFalse();
    }

    @Test
    void aPrimaryIsCalmOnlyWithTheLockAndRoom() {
        primary();
        lock = Lock.heldBy("b", ago(0.5));
        assertThat(situation().isCalm(Timing.DEFAULT)).isTrue();
        assertThat(situation().nextSilence(Timing.DEFAULT))
                .as("the others, after two seconds, before the lock, after three")
                .contains(NOW.plusSeconds(2));

        needsRoom = true;
        assertThat(situation().isCalm(Timing.DEFAULT)).isFalse();
        needsRoom = false;
        lock = Lock.UNKNOWN;
        assertThat(situation().isCalm(Timing.DEFAULT)).isFalse();
    }

    @Test
    void aPrimaryWhoseLockServersAreAwayStaysWithTheWordOfAMajority() {
        primary();
        lock = Lock.UNKNOWN;
        leases.putAll(Map.of("b", ago(0.1), "c", ago(2.9)));

        assertThat(decision()).isInstanceOf(Decision.Stay.class);
    }

    @Test
    void aPrimaryWithoutTheLockAndAMajorityIsFencedAfterTheFenceTime() {
        primary();
        lock = Lock.heldBy("b", ago(3));
        leases.putAll(Map.of("b", ago(0.1), "a", ago(3)));

        assertThat(decision()).isInstanceOf(Decision.Fence.class);
    }

    @Test
    void theWordOfANodeThatIsNoVoterDoesNotCount() {
        primary();
        lock = Lock.UNKNOWN;
        leases.putAll(Map.of("b", ago(0.1), "joiner", ago(0.1)));

        assertThat(decision()).isInstanceOf(Decision.Fence.class);
    }

    @Test
    void aKeeperThatHasJustStartedBesideAPrimaryHasUntilTheEndOfItsPredecessorsPermit() {
        local = local(Postgres.PRIMARY, Optional.empty(), NOW.plusMillis(1));
        lock = Lock.UNKNOWN;
        assertThat(decision()).isInstanceOf(Decision.Stay.class);

        local = local(Postgres.PRIMARY, Optional.empty(), NOW);
        assertThat(decision()).isInstanceOf(Decision.Fence.class);
    }

    @Test
    void aPrimaryWithTheWordOfAMajorityStaysThoughACandidateHasTheLock() {
        primary();
        lock = Lock.heldBy("c", NOW);
        leases.putAll(Map.of("b", NOW, "a", NOW));
        assertThat(decision()).isInstanceOf(Decision.Stay.class);

        leases.remove("a");
        assertThat(decision()).isInstanceOf(Decision.Fence.class);
    }

    @Test
    void aPrimaryWhoseSessionEndedTakesTheLockAgain() {
        primary();
        lock = Lock.free(NOW);
        leases.putAll(Map.of("b", NOW, "a", NOW));

        assertThat(decision()).isInstanceOf(Decision.Acquire.class);
    }

    @Test
    void aPrimaryThatDoesNotAnswerIsKilledAfterTheHangTime() {
        local = local(Postgres.PRIMARY, Optional.of(ago(2.9)), Duration.ZERO);
        lock = Lock.heldBy("b", NOW);
        assertThat(decision()).isInstanceOf(Decision.Stay.class);

        local = local(Postgres.PRIMARY, Optional.of(ago(3)), Duration.ZERO);
        assertThat(decision()).isInstanceOf(Decision.Fence.class);
    }

    @Test
    void whoHoldsTheLockWithoutAPrimaryGivesItBack() {
        local = stopped(false);
        lock = Lock.heldBy("b", NOW);

        assertThat(decision()).isInstanceOf(Decision.Release.class);
    }

    @Test
    void aStandbyStays() {
        assertThat(decision()).isInstanceOf(Decision.Stay.class);
    }

    @Test
    void aSilentHolderIsDeposedIfAMajoritySaysSo() {
        local = standbyOf("c");
        peers.remove("a");
        assertThat(decision()).as("one witness").isInstanceOf(Decision.Stay.class);

        peers.put("c", said(NOW, Postgres.STANDBY, HERE, Lineage.NONE, true, Set.of("a"), true));
        assertThat(decision()).isEqualTo(new Decision.Depose("a", "a has been silent for a majority"));
    }

    @Test
    void aHolderWhosePostgreSqlStillStreamsIsNotSilent() {
        peers.put("a", said(ago(5), Postgres.PRIMARY, HERE, Lineage.NONE, true, Set.of(), true));
        peers.put("c", said(NOW, Postgres.STANDBY, HERE, Lineage.NONE, true, Set.of("a"), true));
        local = new Local(
                Postgres.STANDBY,
                HERE,
                true,
                Optional.of("a"),
                Optional.of(ago(1)),
                true,
                Optional.empty(),
                false,
                true,
                Duration.ZERO);

        assertThat(decision()).isInstanceOf(Decision.Stay.class);
    }

    @Test
    void whoIsSilentItselfIsNoWitness() {
        local = standbyOf("c");
        peers.put("a", said(ago(5), Postgres.PRIMARY, HERE, Lineage.NONE, true, Set.of(), true));
        peers.put("c", said(ago(5), Postgres.STANDBY, HERE, Lineage.NONE, true, Set.of("a"), true));

        assertThat(decision()).isInstanceOf(Decision.Stay.class);
    }

    @Test
    void theBestOfTheLeaderlessTakesTheLock() {
        leaderless();
        assertThat(decision()).as("lower id than c").isInstanceOf(Decision.Acquire.class);

        peers.put("c", peer(Postgres.STANDBY, AHEAD));
        assertThat(decision()).as("c is ahead").isInstanceOf(Decision.Stay.class);
    }

    @Test
    void aStandbyIsAskedHowFarItsLogGoesAfterThePrimaryHasEnded() {
        leaderless();
        peers.put("c", said(ago(1.1), Postgres.STANDBY, HERE, Lineage.NONE, true, Set.of(), true));
        assertThat(decision()).isEqualTo(new Decision.Stay("asks c how far its log goes"));

        leaderlessSince = Optional.of(ago(8));
        assertThat(decision()).as("not for ever").isInstanceOf(Decision.Acquire.class);
    }

    @Test
    void aCandidateNeedsTheWordOfEveryStandbyThatIsHeardOf() {
        candidate();
        leases.putAll(Map.of("b", NOW, "a", NOW));
        assertThat(decision()).as("a majority, but c may have more").isInstanceOf(Decision.Stay.class);

        leases.put("c", ago(2));
        assertThat(decision()).as("given to an earlier candidacy").isInstanceOf(Decision.Stay.class);

        leases.put("c", NOW);
        assertThat(decision()).isInstanceOf(Decision.Promote.class);

        leases.remove("c");
        peers.put("c", said(ago(2), Postgres.STANDBY, HERE, Lineage.NONE, true, Set.of(), true));
        assertThat(decision()).as("c is not heard of").isInstanceOf(Decision.Promote.class);
    }

    @Test
    void aCandidateGivesTheLockBackToAStandbyThatIsAhead() {
        candidate();
        leases.putAll(Map.of("b", NOW, "a", NOW));
        peers.put("c", peer(Postgres.STANDBY, AHEAD));
        assertThat(decision()).isEqualTo(new Decision.Release("c is ahead"));

        leaderlessSince = Optional.of(ago(8));
        assertThat(decision()).as("not for ever").isInstanceOf(Decision.Promote.class);
        assertThat(Decide.next(situation(), Timing.DEFAULT.where(true)))
                .as("where commits wait for a standby, what c has may have been acknowledged")
                .isEqualTo(new Decision.Release("c is ahead"));
    }

    @Test
    void aStandbyWithMoreOfAnEarlierHistoryThanThePrimaryIsRewound() {
        Lineage primarys = new Lineage(List.of(new Lineage.Begun(1, 0), new Lineage.Begun(2, HERE.lsn() - 1)));
        peers.put("a", said(NOW, Postgres.PRIMARY, new Position(2, 5000), primarys, true, Set.of(), true));
        assertThat(HERE.promotion()).isEqualTo(1);

        assertThat(decision()).isInstanceOf(Decision.Rejoin.class);
    }

    @Test
    void aStandbyOfAnotherHistoryIsMadeAnew() {
        Lineage primarys = new Lineage(List.of(new Lineage.Begun(3, 0), new Lineage.Begun(4, 900)));
        peers.put("a", said(NOW, Postgres.PRIMARY, new Position(4, 5000), primarys, true, Set.of(), true));

        assertThat(decision()).isEqualTo(new Decision.Rejoin("a", "went through promotion 1, and a did not"));
    }

    @Test
    void aStandbyThatFollowsAnotherStandbyHearsNoPrimary() {
        leaderless();
        local = connectedTo("a", NOW);
        peers.put("a", peer(Postgres.STANDBY, new Position(1, 0)));
        assertThat(decision()).isInstanceOf(Decision.Acquire.class);
    }

    private static Peer said(
            Duration heardAt,
            Postgres postgres,
            Position position,
            Lineage lineage,
            boolean canLead,
            Set<String> silent,
            boolean hasRoom) {
        return new Peer(heardAt, postgres, position, true, lineage, canLead, silent, hasRoom, hasRoom, true, false, 1);
    }

    private void candidate() {
        leaderless();
        lock = Lock.heldBy("b", NOW);
        candidateSince = Optional.of(ago(0.5));
        peers.put("a", peer(Postgres.STOPPED, HERE));
    }

    @Test
    void aStandbyGoesBeforeAFormerPrimaryThatIsNotAhead() {
        leaderless();
        peers.put("a", peer(Postgres.STOPPED, HERE));

        assertThat(decision()).isInstanceOf(Decision.Acquire.class);
    }

    @Test
    void aFormerPrimaryThatIsAheadIsWaitedForButNotForEver() {
        leaderless();
        peers.put("a", peer(Postgres.STOPPED, AHEAD));
        assertThat(decision()).isInstanceOf(Decision.Stay.class);

        leaderlessSince = Optional.of(ago(8));
        assertThat(decision()).isInstanceOf(Decision.Acquire.class);
    }

    @Test
    void theLastPrimaryGoesFirstHoweverLittleIsKnownOfItsLog() {
        leaderless();
        lock = lock.after(new Promotion(1, "a"));
        peers.put("a", peer(Postgres.STOPPED, new Position(1, 0)));
        assertThat(decision()).as("a, after a crash").isInstanceOf(Decision.Stay.class);

        leaderlessSince = Optional.of(ago(8));
        assertThat(decision()).as("not for ever").isInstanceOf(Decision.Acquire.class);

        leaderlessSince = Optional.of(ago(1));
        lock = lock.after(new Promotion(2, "a"));
        assertThat(decision()).as("a has lost the data of its promotion").isInstanceOf(Decision.Acquire.class);

        peers.put("a", said(NOW, Postgres.STOPPED, new Position(2, 0), Lineage.NONE, false, Set.of(), true));
        assertThat(decision()).as("a steps back").isInstanceOf(Decision.Acquire.class);
    }

    @Test
    void asLongAsThePrimarysPostgresIsHeardNobodyElseBecomesPrimary() {
        leaderless();
        local = connectedTo("a", NOW);
        assertThat(decision().reason()).isEqualTo("PostgreSQL of a lives, though its keeper does not");

        local = connectedTo("a", ago(2));
        assertThat(decision()).as("a connection that stands, but silent").isInstanceOf(Decision.Acquire.class);
    }

    @Test
    void onlyWhoFoundsAClusterBecomesPrimaryWithNobodyElseHavingData() {
        leaderless();
        local = stopped(false);
        peers.put("a", peer(Postgres.ABSENT, Position.UNKNOWN));
        peers.put("c", peer(Postgres.ABSENT, Position.UNKNOWN));
        assertThat(decision()).isInstanceOf(Decision.Stay.class);

        local = new Local(
                Postgres.STOPPED,
                HERE,
                false,
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty(),
                true,
                true,
                Duration.ZERO);
        assertThat(decision()).isInstanceOf(Decision.Acquire.class);
    }

    @Test
    void theLastPrimaryGoesOnThoughTheOthersAreBeingMadeAnew() {
        leaderless();
        peers.put("a", peer(Postgres.UNFINISHED, Position.UNKNOWN));
        peers.put("c", peer(Postgres.UNFINISHED, Position.UNKNOWN));
        assertThat(decision()).as("not who was only a standby").isInstanceOf(Decision.Stay.class);

        lock = lock.after(new Promotion(HERE.promotion(), "b"));
        assertThat(decision()).isInstanceOf(Decision.Acquire.class);
        peers.put("a", peer(Postgres.ABSENT, Position.UNKNOWN));
        peers.put("c", peer(Postgres.ABSENT, Position.UNKNOWN));
        assertThat(decision()).as("not with empty disks").isInstanceOf(Decision.Stay.class);
    }

    @Test
    void aPositionOnALaterTimelineIsAhead() {
        leaderless();
        peers.put("c", peer(Postgres.STANDBY, new Position(2, 1)));

        assertThat(decision()).isInstanceOf(Decision.Stay.class);
    }

    @Test
    void withoutAMajorityInSightNobodyTakesTheLock() {
        leaderless();
        peers.clear();

        assertThat(decision()).isInstanceOf(Decision.Stay.class);
    }

    @Test
    void whoIsNoVoterTakesNoLock() {
        leaderless();
        voters = Set.of("a", "c");

        assertThat(decision()).isInstanceOf(Decision.Stay.class);
    }

    @Test
    void aLockThatIsFreeWhileAPrimaryIsHeardIsTheirs() {
        lock = Lock.free(NOW);

        assertThat(decision()).isInstanceOf(Decision.Stay.class);
    }

    @Test
    void aCandidateBecomesPrimaryWithTheLockAndTheWordOfAMajority() {
        lock = Lock.heldBy("b", NOW);
        candidateSince = Optional.of(ago(1));
        leases.put("b", NOW);
        assertThat(decision()).as("its own word is not enough").isInstanceOf(Decision.Stay.class);

        leases.put("c", NOW);
        assertThat(decision()).isInstanceOf(Decision.Promote.class);
        local = stopped(false);
        assertThat(decision()).isInstanceOf(Decision.StartPrimary.class);
    }

    @Test
    void aCandidateThatGetsNoMajorityGivesTheLockBack() {
        lock = Lock.heldBy("b", NOW);
        candidateSince = Optional.of(ago(6));

        assertThat(decision()).isInstanceOf(Decision.Release.class);
    }

    @Test
    void aCandidateWhoseLockServersAreAwayGivesBackTheWordsThatItHas() {
        lock = Lock.UNKNOWN;
        candidateSince = Optional.of(ago(1));
        assertThat(decision()).isInstanceOf(Decision.Stay.class);

        candidateSince = Optional.of(ago(6));
        assertThat(decision()).isInstanceOf(Decision.Release.class);
    }

    @Test
    void aStandbyFollowsTheNewPrimaryOnceItIsOne() {
        lock = Lock.heldBy("c", NOW);
        assertThat(decision()).isInstanceOf(Decision.Stay.class);

        peers.put("c", peer(Postgres.PRIMARY, new Position(2, 1000)));
        assertThat(decision()).isInstanceOf(Decision.Follow.class);
    }

    @Test
    void aFormerPrimaryRejoinsAndAStandbyIsJustStarted() {
        local = stopped(false);
        assertThat(decision()).isInstanceOf(Decision.Rejoin.class);

        local = stopped(true);
        assertThat(decision()).isInstanceOf(Decision.StartStandby.class);
    }

    @Test
    void aFormerPrimaryWaitsUntilTheHolderIsThePrimary() {
        local = stopped(false);
        peers.put("a", peer(Postgres.STANDBY, HERE));

        assertThat(decision()).isInstanceOf(Decision.Stay.class);
    }

    @Test
    void withoutTheLockServersAStandbyRunsAndAFormerPrimaryDoesNot() {
        lock = Lock.UNKNOWN;
        peers.remove("a");
        local = stopped(true);
        assertThat(decision()).isInstanceOf(Decision.StartStandby.class);

        local = stopped(false);
        assertThat(decision()).isInstanceOf(Decision.Stay.class);
    }

    @Test
    void anEmptyDiskIsFilledFromThePrimaryAndNeverTakesTheLock() {
        local = Local.ABSENT;
        assertThat(decision()).isInstanceOf(Decision.Clone.class);

        leaderless();
        local = Local.ABSENT;
        assertThat(decision()).isInstanceOf(Decision.Stay.class);
    }

    @Test
    void aClusterOfOneNeedsNoLockAndNoWord() {
        voters = Set.of("b");
        lock = Lock.UNKNOWN;
        peers.clear();

        local = stopped(false);
        assertThat(decision()).isInstanceOf(Decision.StartPrimary.class);
        primary();
        assertThat(decision()).isInstanceOf(Decision.Stay.class);
        local = local(Postgres.PRIMARY, Optional.of(ago(3)), Duration.ZERO);
        assertThat(decision()).as("nobody could take over").isInstanceOf(Decision.Stay.class);
        local = standbyOf("a");
        assertThat(decision()).isInstanceOf(Decision.Promote.class);
    }

    @Test
    void whoIsNotTheOneVoterIsAJoinerAndNeverWrites() {
        voters = Set.of("a");
        lock = Lock.UNKNOWN;
        peers.remove("c");
        assertThat(decision()).as("a standby follows").isInstanceOf(Decision.Stay.class);
        local = Local.ABSENT;
        assertThat(decision()).isInstanceOf(Decision.Clone.class);
        primary();
        leases.putAll(Map.of("a", NOW, "b", NOW));
        assertThat(decision()).isInstanceOf(Decision.Fence.class);
    }

    @Test
    void whatTheLockWasLongAgoSaysNothing() {
        leaderless();
        lock = Lock.free(ago(3));

        assertThat(decision()).isInstanceOf(Decision.Stay.class);
    }

    @Test
    void aStoppedStandbyIsStartedAsOneBeforeItIsPromoted() {
        local = stopped(true);
        lock = Lock.heldBy("b", NOW);
        candidateSince = Optional.of(ago(1));
        leases.putAll(Map.of("b", NOW, "c", NOW));

        assertThat(decision()).isInstanceOf(Decision.StartStandby.class);
    }

    @Test
    void whoCouldNotStartAsThePrimaryGivesTheLockBackAndTakesItNoMore() {
        local = new Local(
                Postgres.STOPPED,
                AHEAD,
                false,
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty(),
                false,
                false,
                Duration.ZERO);
        lock = Lock.heldBy("b", NOW);
        candidateSince = Optional.of(ago(1));
        leases.putAll(Map.of("b", NOW, "c", NOW));
        assertThat(decision()).isInstanceOf(Decision.Release.class);

        leaderless();
        assertThat(decision()).isInstanceOf(Decision.Stay.class);
    }

    @Test
    void nobodyWaitsForANodeThatCanNotLead() {
        leaderless();
        peers.put("a", said(NOW, Postgres.STOPPED, AHEAD, Lineage.NONE, false, Set.of(), true));

        assertThat(decision()).isInstanceOf(Decision.Acquire.class);
    }

    @Test
    void aNodeWithoutDataIsNoPartOfAMajorityInSight() {
        leaderless();
        peers.put("c", peer(Postgres.ABSENT, Position.UNKNOWN));

        assertThat(decision()).isInstanceOf(Decision.Stay.class);
    }

    @Test
    void aStandbyThatGetsNothingFromItsPrimaryIsMadeAnew() {
        local = new Local(
                Postgres.STANDBY,
                AHEAD,
                true,
                Optional.of("a"),
                Optional.of(ago(10)),
                false,
                Optional.empty(),
                false,
                true,
                Duration.ZERO);

        assertThat(decision()).isInstanceOf(Decision.Rejoin.class);
    }

    @Test
    void aStandbyThatHangsIsKilled() {
        local = new Local(
                Postgres.STANDBY,
                HERE,
                true,
                Optional.of("a"),
                Optional.of(NOW),
                true,
                Optional.of(ago(3)),
                false,
                true,
                Duration.ZERO);

        assertThat(decision()).isInstanceOf(Decision.Fence.class);
    }

    @Test
    void whileTheLockIsFreeAFormerPrimaryAndAnEmptyDiskJoinThePrimaryThatLivesOnItsLeases() {
        lock = Lock.free(NOW);
        local = stopped(false);
        assertThat(decision()).isInstanceOf(Decision.Rejoin.class);

        local = Local.ABSENT;
        assertThat(decision()).isInstanceOf(Decision.Clone.class);
    }

    @Test
    void whoHasTheLockButNoDataGivesItBack() {
        local = Local.ABSENT;
        lock = Lock.heldBy("b", NOW);

        assertThat(decision()).isInstanceOf(Decision.Release.class);
    }

    @Test
    void everyDecisionSaysWhy() {
        assertThat(decision().reason()).isEqualTo("follows a");
    }

    private Decision decision() {
        return Decide.next(situation(), Timing.DEFAULT);
    }

    private Situation situation() {
        return new Situation(
                NOW,
                "b",
                new Members(1, voters),
                local,
                lock,
                peers,
                leases,
                candidateSince,
                leaderlessSince,
                needsRoom,
                local.position());
    }

    private void primary() {
        local = local(Postgres.PRIMARY, Optional.empty(), Duration.ZERO);
    }

    private void leaderless() {
        lock = Lock.free(NOW);
        leaderlessSince = Optional.of(ago(1));
        peers.remove("a");
    }

    private static Local local(Postgres postgres, Optional<Duration> hungSince, Duration permitUntil) {
        return new Local(
                postgres, HERE, false, Optional.empty(), Optional.empty(), false, hungSince, false, true, permitUntil);
    }

    private static Local standbyOf(String upstream) {
        return new Local(
                Postgres.STANDBY,
                HERE,
                true,
                Optional.of(upstream),
                Optional.of(NOW),
                false,
                Optional.empty(),
                false,
                true,
                Duration.ZERO);
    }

    private static Local connectedTo(String upstream, Duration heardAt) {
        return new Local(
                Postgres.STANDBY,
                HERE,
                true,
                Optional.of(upstream),
                Optional.of(heardAt),
                true,
                Optional.empty(),
                false,
                true,
                Duration.ZERO);
    }

    private static Local stopped(boolean wasStandby) {
        return new Local(
                Postgres.STOPPED,
                HERE,
                wasStandby,
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty(),
                false,
                true,
                Duration.ZERO);
    }

    private static Peer peer(Postgres postgres, Position position) {
        return said(NOW, postgres, position, Lineage.NONE, true, Set.of(), true);
    }

    private static Duration ago(double seconds) {
        return NOW.minusMillis(Math.round(seconds * 1000));
    }
}
