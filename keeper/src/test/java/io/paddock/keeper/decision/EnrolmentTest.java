package io.paddock.keeper.decision;

import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.keeper.decision.Local.Postgres;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Who gets a vote and who loses it, as the primary "a" sees it at the hundredth second. */
class EnrolmentTest {

    private static final Duration NOW = Duration.ofSeconds(100);
    private static final Duration LATELY = NOW.minusMillis(500);
    private static final Set<String> ALL = Set.of("a", "b", "c");
    private static final long MAY_LACK = 100;
    private static final long HERE = 1000;

    private Members members = new Members(7, Set.of("a"));
    private Postgres postgres = Postgres.PRIMARY;
    private Lock lock = Lock.UNKNOWN;
    private boolean founds;
    private boolean leaves;
    private final Map<String, Peer> peers = new HashMap<>();
    private final Map<String, Duration> leases = new HashMap<>();

    EnrolmentTest() {
        for (String node : Set.of("b", "c")) {
            peers.put(node, standby(LATELY, HERE, true, true, 7));
            leases.put(node, LATELY);
        }
        leases.put("a", LATELY);
    }

    @Test
    void allNodesGetTheirVoteTogether() {
        assertThat(grown(ALL)).contains(new Members(8, ALL));
    }

    @Test
    void nothingChangesWhenAllHaveOne() {
        cluster(ALL);

        assertThat(grown(ALL)).isEmpty();
    }

    @Test
    void twoNodesAreNoCluster() {
        assertThat(grown(Set.of("a", "b"))).isEmpty();
    }

    @Test
    void anOnlyVoterThatIsDeletedFirstGivesTheOtherOneAVote() {
        leaves = true;

        assertThat(grown(Set.of("a", "b"))).contains(new Members(8, Set.of("a", "b")));
    }

    @Test
    void oneThatIsNotReadyKeepsAllWaiting() {
        isNotReady(standby(NOW.minusSeconds(3), HERE, true, true, 7));
        isNotReady(standby(LATELY, HERE - MAY_LACK, true, true, 7));
        isNotReady(standby(LATELY, HERE, false, true, 7));
        isNotReady(standby(LATELY, HERE, true, false, 7));
        isNotReady(standby(LATELY, HERE, true, true, 6));
        isNotReady(leaver());
        peers.remove("c");
        assertThat(grown(ALL)).isEmpty();
    }

    private void isNotReady(Peer peer) {
        peers.put("c", peer);
        assertThat(grown(ALL)).as(peer.toString()).isEmpty();
    }

    @Test
    void whoHasNotGivenItsWordLatelyKeepsAllWaiting() {
        leases.put("c", NOW.minusSeconds(3));
        assertThat(grown(ALL)).isEmpty();
        leases.remove("c");
        assertThat(grown(ALL)).isEmpty();
    }

    @Test
    void withoutAMajorityOfWordsASingleNodeWouldStopItself() {
        leases.remove("a");
        assertThat(grown(ALL)).as("two of three are enough").isPresent();
        leases.put("b", NOW.minusSeconds(3));
        assertThat(grown(ALL)).isEmpty();
    }

    @Test
    void onlyAPrimaryGivesVotesAndInAClusterOnlyOneWithTheLock() {
        postgres = Postgres.STANDBY;
        assertThat(grown(ALL)).isEmpty();

        postgres = Postgres.PRIMARY;
        cluster(Set.of("a", "b"));
        assertThat(grown(ALL)).contains(new Members(8, ALL));
        lock = Lock.heldBy("b", LATELY);
        assertThat(grown(ALL)).isEmpty();
    }

    @Test
    void recordsThatLackAVoterAreNotGoneBy() {
        cluster(Set.of("a", "b", "z"));

        assertThat(grown(Set.of("a", "b", "c", "d"))).isEmpty();
    }

    @Test
    void aLeaverLosesItsVoteOnceItHasSaidThatItLeaves() {
        cluster(ALL);
        assertThat(without("c")).isEmpty();

        peers.put("c", leaver());
        assertThat(without("c")).contains(new Members(8, Set.of("a", "b")));
        assertThat(without("a")).as("itself").isEmpty();
        assertThat(without("d")).as("no voter").isEmpty();
    }

    @Test
    void whatIsLeftIsTheOneThatIsHeardOf() {
        cluster(ALL);
        peers.put("c", leaver());
        peers.put("b", standby(NOW.minusSeconds(9), HERE, true, true, 7));

        assertThat(without("c")).as("b could not outvote a alone").contains(new Members(8, Set.of("a")));
    }

    @Test
    void whoMayHaveDiedSinceIsWaitedForUntilItIsHeardOfOrCountsAsSilent() {
        cluster(ALL);
        peers.put("c", leaver());
        peers.put("b", standby(NOW.minusMillis(400), HERE, true, true, 7));

        assertThat(without("c", NOW.minusMillis(399))).isEmpty();
        assertThat(without("c", NOW.minusMillis(400))).contains(new Members(8, Set.of("a", "b")));

        peers.put("b", standby(NOW.minus(Timing.DEFAULT.silence()), HERE, true, true, 7));
        assertThat(without("c", NOW.minusMillis(399))).contains(new Members(8, Set.of("a")));
    }

    @Test
    void theLastButOneLeavesASingleNode() {
        cluster(Set.of("a", "b"));
        peers.put("b", leaver());

        assertThat(without("b")).contains(new Members(8, Set.of("a")));
    }

    @Test
    void silentNodesThatCouldBeAMajorityAreNotWrittenOff() {
        cluster(Set.of("a", "b", "c", "d", "e"));
        for (String silent : Set.of("c", "d", "e")) {
            peers.put(silent, standby(NOW.minusSeconds(9), HERE, true, true, 7));
        }
        peers.put("b", leaver());

        assertThat(without("b")).isEmpty();
    }

    @Test
    void asLongAsTheLocksServersHaveYetToBeginTheWordOfAMajorityIsEnough() {
        cluster(ALL);
        peers.put("c", leaver());
        lock = Lock.UNKNOWN;
        assertThat(without("c")).isEmpty();

        founds = true;
        assertThat(without("c")).contains(new Members(8, Set.of("a", "b")));
    }

    @Test
    void whoHasLostItsRightDismissesNobody() {
        cluster(ALL);
        peers.put("c", leaver());
        lock = Lock.heldBy("a", NOW.minusSeconds(4));
        leases.clear();

        assertThat(without("c")).isEmpty();
    }

    @Test
    void byAnOperatorsWordTheLastNodeThatHasDataIsTheOnlyVoterBeyondAllVersionsThatWereHeardOf() {
        cluster(ALL);
        postgres = Postgres.STANDBY;
        peers.put("b", standby(NOW.minusSeconds(60), HERE, true, true, 9));
        peers.remove("c");

        assertThat(refusal()).isEmpty();
        assertThat(TakeOver.members(situation())).isEqualTo(new Members(9 + TakeOver.JUMP, Set.of("a")));
    }

    @Test
    void nobodyTakesOverBesideAPrimaryOrANodeThatHasMoreOrWithoutData() {
        cluster(ALL);
        assertThat(refusal()).contains("there is a primary: a");

        postgres = Postgres.STANDBY;
        peers.put("c", standby(LATELY, HERE + 1, true, true, 7));
        assertThat(refusal()).contains("c has more of the data: take over there");
        peers.put("c", standby(NOW.minusSeconds(9), HERE + 1, true, true, 7));
        assertThat(refusal())
                .as("who is silent is what the operator calls gone")
                .isEmpty();

        postgres = Postgres.ABSENT;
        assertThat(refusal()).contains("this node has no data");
    }

    private Optional<String> refusal() {
        return TakeOver.refusal(situation(), Timing.DEFAULT);
    }

    private void cluster(Set<String> voters) {
        members = new Members(7, voters);
        lock = Lock.heldBy("a", LATELY);
    }

    private Optional<Members> grown(Set<String> listed) {
        return Enrolment.grown(situation(), listed, MAY_LACK, leaves, Timing.DEFAULT);
    }

    private Optional<Members> without(String leaver) {
        return without(leaver, LATELY);
    }

    private Optional<Members> without(String leaver, Duration asked) {
        return Enrolment.without(situation(), leaver, asked, Timing.DEFAULT);
    }

    private Situation situation() {
        return new Situation(
                NOW,
                "a",
                members,
                new Local(
                        postgres,
                        new Position(1, HERE),
                        false,
                        Optional.empty(),
                        Optional.empty(),
                        false,
                        Optional.empty(),
                        founds,
                        true,
                        NOW.plusSeconds(1)),
                lock,
                peers,
                leases,
                Optional.empty(),
                Optional.empty(),
                false,
                Position.UNKNOWN);
    }

    private static Peer standby(Duration heardAt, long lsn, boolean streams, boolean joins, long knows) {
        return standby(heardAt, lsn, streams, joins, false, knows);
    }

    private static Peer leaver() {
        return standby(LATELY, HERE, true, true, true, 7);
    }

    private static Peer standby(
            Duration heardAt, long lsn, boolean streams, boolean joins, boolean leaves, long knows) {
        return new Peer(
                heardAt,
                Postgres.STANDBY,
                new Position(1, lsn),
                true,
                Lineage.FIRST,
                true,
                Set.of(),
                streams,
                true,
                joins,
                leaves,
                knows);
    }
}
