package io.paddock.keeper.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.keeper.decision.Local;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Whole clusters in simulated time: whatever happens, no two nodes take writes, and in the end one does again. */
class ClusterSimulationTest {

    private static final Switchover.Request ANY =
            new Switchover.Request(Optional.empty(), Switchover.Order.FURTHEST_FIRST, false);
    /** One test stands for so many schedules, which share the machine's cores. */
    private static final int AT_A_TIME = 100;

    @TestFactory
    Stream<DynamicTest> whateverHappensNoTwoNodesTakeWritesAndTheClusterHeals() {
        return schedules(1, 400, Schedule.Kind.STAYS);
    }

    @TestFactory
    Stream<DynamicTest> whateverHappensAClusterGrowsAndShrinksAgain() {
        return schedules(1, 100, Schedule.Kind.GROWS_AND_SHRINKS);
    }

    @TestFactory
    @Tag("simulation")
    @Tag("sample")
    Stream<DynamicTest> whateverHappensInAThousandSchedules() {
        return Stream.concat(
                schedules(401, 1_200, Schedule.Kind.STAYS), schedules(101, 300, Schedule.Kind.GROWS_AND_SHRINKS));
    }

    @TestFactory
    @Tag("simulation")
    Stream<DynamicTest> whateverHappensInManyThousandsOfSchedules() {
        return Stream.concat(
                schedules(1_201, 17_000, Schedule.Kind.STAYS), schedules(301, 3_500, Schedule.Kind.GROWS_AND_SHRINKS));
    }

    private static Stream<DynamicTest> schedules(long first, long last, Schedule.Kind kind) {
        return LongStream.iterate(first, from -> from <= last, from -> from + AT_A_TIME)
                .mapToObj(from -> DynamicTest.dynamicTest(
                        kind + " from seed " + from,
                        () -> LongStream.range(from, Math.min(from + AT_A_TIME, last + 1))
                                .parallel()
                                .forEach(seed -> Schedule.of(seed, kind).check())));
    }

    @Test
    void withoutAFaultThePrimaryStays() {
        SimulatedCluster cluster = SimulatedCluster.ofThree(1);

        cluster.run(2_000);
        int notes = cluster.history.size();
        cluster.run(120_000);

        assertThat(cluster.writers()).containsExactly("a");
        assertThat(cluster.history).as(cluster.lastNotes()).hasSize(notes);
    }

    @Test
    void aKilledPrimaryIsReplacedWithinAFewRounds() {
        assertThat(outages(cluster -> cluster.nodes.get("a").killPostgres())).allMatch(outage -> outage < 3_000);
    }

    /**
     * The next node of a rolling update is the primary, and the keeper of the one before has just been started: it grants nothing for a lease of four
     * seconds.
     */
    @Test
    void aPlannedMoveWaitsForVotesBeforeItStopsThePrimary() {
        for (long sinceStart = 0; sinceStart <= 4_000; sinceStart += 800) {
            long before = sinceStart;
            assertThat(outages(cluster -> {
                        cluster.slowMessages(false);
                        cluster.nodes.get("c").killKeeper();
                        cluster.run(500);
                        cluster.nodes.get("c").startKeeper();
                        cluster.run(before);
                        cluster.nodes.get("a").handOver(ANY);
                    }))
                    .as("%d ms after the start", before)
                    .allMatch(outage -> outage < 1_000);
        }
    }

    @Test
    void aPlannedMoveWithoutAFaultTakesLessThanASecond() {
        assertThat(outages(cluster -> {
                    cluster.slowMessages(false);
                    cluster.nodes.get("a").handOver(ANY);
                }))
                .allMatch(outage -> outage < 1_000);
    }

    /** Then the word of the former primary is needed as well. */
    @Test
    void aPlannedMoveWhileAStandbyIsLostTakesLessThanASecond() {
        assertThat(outages(cluster -> {
                    cluster.slowMessages(false);
                    cluster.nodes.get("c").loseMachine();
                    cluster.run(5_000);
                    cluster.nodes.get("a").handOver(ANY);
                }))
                .allMatch(outage -> outage < 1_000);
    }

    @Test
    void aLostMachineIsReplacedAfterTheLockDelay() {
        assertThat(outages(cluster -> cluster.nodes.get("a").loseMachine()))
                .allMatch(outage -> outage > 4_000 && outage < 9_500);
    }

    @Test
    void aPrimaryThatIsCutOffStopsBeforeAnotherOneStarts() {
        assertThat(outages(cluster -> cluster.cutOff("a"))).allMatch(outage -> outage > 1_000 && outage < 9_500);
    }

    @Test
    void aHungPrimaryIsKilledAndReplaced() {
        assertThat(outages(cluster -> cluster.nodes.get("a").freezePostgres())).allMatch(outage -> outage < 7_000);
    }

    @Test
    void aFrozenKeeperLosesItsPrimaryToTheLeash() {
        assertThat(outages(cluster -> cluster.nodes.get("a").freezeKeeper(true)))
                .allMatch(outage -> outage < 9_500);
    }

    @Test
    void aPrimaryWhoseKeeperAndLeashAreFrozenIsNotReplacedAsLongAsAStandbyHearsIt() {
        SimulatedCluster cluster = SimulatedCluster.ofThree(1);
        cluster.run(2_000);

        cluster.nodes.get("a").freezeKeeper(true);
        cluster.nodes.get("a").freezeLeash(true);
        cluster.run(60_000);
        assertThat(cluster.writers()).as(cluster.lastNotes()).containsExactly("a");
        cluster.nodes.get("a").freezeLeash(false);
        cluster.run(300);
        assertThat(cluster.writers()).as("its permit was over long ago").isEmpty();
        cluster.nodes.get("a").freezeKeeper(false);

        Schedule.heals(cluster, 3);
    }

    @Test
    void aKeeperThatIsStartedAgainWithinItsPermitGoesOn() {
        for (long seed = 1; seed <= 25; seed++) {
            SimulatedCluster cluster = SimulatedCluster.ofThree(seed);
            cluster.run(2_000 + seed * 37);
            cluster.nodes.get("a").killKeeper();
            cluster.run(1_000);

            cluster.nodes.get("a").startKeeper();
            cluster.run(20_000);

            assertThat(cluster.writers()).as(cluster.lastNotes()).containsExactly("a");
        }
    }

    @Test
    void aPrimaryThatHearsNobodyThoughItIsHeardChangesHandsWithoutTwoWriters() {
        assertThat(outages(cluster -> {
                    cluster.cutOneWay("b", "a");
                    cluster.cutOneWay("c", "a");
                }))
                .allMatch(outage -> outage < 15_000);
    }

    @Test
    void aNodeThatWasAwayForTwoPromotionsFollowsAgain() {
        SimulatedCluster cluster = SimulatedCluster.ofThree(1);
        cluster.run(2_000);
        cluster.nodes.get("a").loseMachine();
        cluster.run(15_000);
        String second = cluster.writers().get(0);
        cluster.nodes.get(second).killPostgres();
        cluster.run(15_000);
        assertThat(cluster.writers()).doesNotContain("a").hasSize(1);

        cluster.nodes.get("a").startMachine();

        Schedule.heals(cluster, 3);
    }

    /** All that was written last is on that one: the others, who were making themselves copies of it, must let it go on. */
    @Test
    void aPrimaryThatDiesWhileBothOthersAreBeingMadeAnewComesBack() {
        for (long seed = 1; seed <= 25; seed++) {
            SimulatedCluster cluster = SimulatedCluster.ofThree(seed);
            cluster.run(2_000);
            cluster.nodes.get("a").loseMachine();
            cluster.run(15_000);
            String second = cluster.writers().get(0);
            cluster.nodes.get("a").startMachine();
            cluster.nodes.get(second).killPostgres();
            long end = cluster.now() + 60_000;
            while (cluster.now() < end
                    && cluster.nodes.values().stream()
                                    .filter(node -> node.postgres() == Local.Postgres.UNFINISHED)
                                    .count()
                            < 2) {
                cluster.run(SimulatedCluster.STEP);
            }
            cluster.nodes.values().forEach(SimulatedNode::killPostgres);

            Schedule.heals(cluster, 3);
        }
    }

    @Test
    void aNodeWithAnEmptyDiskThatReachesNobodyWaits() {
        SimulatedCluster cluster = SimulatedCluster.ofThree(1);
        cluster.run(2_000);
        cluster.nodes.get("a").loseMachine();
        cluster.nodes.get("a").loseDisk();
        cluster.cutOff("a");
        cluster.nodes.get("a").startMachine();

        cluster.run(60_000);

        assertThat(cluster.nodes.get("a").postgres()).isEqualTo(Local.Postgres.ABSENT);
        cluster.healNetwork();
        Schedule.heals(cluster, 3);
    }

    /** Commits wait for a standby; then one fault, also while the other standby lags behind. */
    @TestFactory
    Stream<DynamicTest> whatAStandbyHasAcknowledgedIsNotLostByOneFault() {
        Map<String, Consumer<SimulatedCluster>> faults = Map.of(
                "PostgreSQL killed", cluster -> cluster.nodes.get("a").killPostgres(),
                "PostgreSQL frozen", cluster -> cluster.nodes.get("a").freezePostgres(),
                "machine lost", cluster -> cluster.nodes.get("a").loseMachine(),
                "cut off", cluster -> cluster.cutOff("a"),
                "keeper and leash frozen for a while",
                        cluster -> {
                            cluster.nodes.get("a").freezeKeeper(true);
                            cluster.nodes.get("a").freezeLeash(true);
                            cluster.run(20_000);
                            cluster.nodes.get("a").freezeLeash(false);
                        },
                "keeper frozen", cluster -> cluster.nodes.get("a").freezeKeeper(true),
                "keeper killed", cluster -> cluster.nodes.get("a").killKeeper());
        return faults.entrySet().stream()
                .flatMap(fault -> Stream.of(false, true)
                        .map(lags -> DynamicTest.dynamicTest(
                                fault.getKey() + (lags ? ", one standby behind" : ""),
                                () -> losesNothing(fault.getValue(), lags))));
    }

    private static void losesNothing(Consumer<SimulatedCluster> fault, boolean lags) {
        for (long seed = 1; seed <= 25; seed++) {
            SimulatedCluster cluster = SimulatedCluster.ofThree(seed);
            cluster.run(2_000 + seed * 37);
            if (lags) {
                cluster.cut("a", seed % 2 == 0 ? "b" : "c");
                cluster.run(5_000);
            }
            fault.accept(cluster);
            for (int i = 0; i < 300 && !cluster.writers().isEmpty(); i++) {
                cluster.run(SimulatedCluster.STEP);
            }
            long acknowledged = cluster.acknowledged();
            if (lags) {
                cluster.uncut("a", seed % 2 == 0 ? "b" : "c");
            }
            cluster.run(30_000);

            assertThat(cluster.writers()).as(cluster.lastNotes()).hasSize(1);
            assertThat(cluster.nodes.get(cluster.writers().get(0)).disk.reached(1))
                    .as(cluster.lastNotes())
                    .isGreaterThanOrEqualTo(acknowledged);
        }
    }

    @Test
    void whileTheLockServersAreAwayThePrimaryGoesOn() {
        SimulatedCluster cluster = SimulatedCluster.ofThree(1);
        cluster.run(2_000);

        cluster.lockServers(true);
        cluster.run(60_000);
        cluster.lockServers(false);
        cluster.run(10_000);

        assertThat(cluster.writers()).as(cluster.lastNotes()).containsExactly("a");
    }

    @Test
    void oneStandbyThatIsCutOffChangesNothing() {
        SimulatedCluster cluster = SimulatedCluster.ofThree(1);
        cluster.run(2_000);

        cluster.cutOff("c");
        cluster.run(25_000);
        assertThat(cluster.writers()).containsExactly("a");
        cluster.healNetwork();

        Schedule.heals(cluster, 3);
        assertThat(cluster.writers()).containsExactly("a");
    }

    @Test
    void withoutBothStandbysNobodyWritesUntilOneIsBack() {
        SimulatedCluster cluster = SimulatedCluster.ofThree(1);
        cluster.run(2_000);

        cluster.nodes.get("b").loseMachine();
        cluster.nodes.get("c").loseMachine();
        cluster.run(10_000);
        assertThat(cluster.writers()).isEmpty();
        cluster.nodes.get("b").startMachine();
        cluster.run(20_000);

        assertThat(cluster.writers()).hasSize(1);
    }

    @Test
    void allThreeMachinesComeBack() {
        SimulatedCluster cluster = SimulatedCluster.ofThree(1);
        cluster.run(2_000);
        cluster.nodes.values().forEach(SimulatedNode::loseMachine);
        cluster.run(5_000);

        cluster.nodes.values().forEach(SimulatedNode::startMachine);

        Schedule.heals(cluster, 3);
    }

    @Test
    void aNodeWithAnEmptyDiskIsCloned() {
        SimulatedCluster cluster = SimulatedCluster.ofThree(1);
        cluster.run(2_000);
        cluster.nodes.get("a").loseMachine();
        cluster.nodes.get("a").loseDisk();
        cluster.run(12_000);

        cluster.nodes.get("a").startMachine();

        Schedule.heals(cluster, 3);
        assertThat(cluster.writers()).doesNotContain("a");
    }

    /** For some seeds. */
    private static List<Long> outages(Consumer<SimulatedCluster> fault) {
        return LongStream.rangeClosed(1, 25)
                .parallel()
                .mapToObj(seed -> {
                    SimulatedCluster cluster = SimulatedCluster.ofThree(seed);
                    cluster.run(2_000 + seed * 37);
                    return Outage.after(cluster, fault);
                })
                .toList();
    }
}
