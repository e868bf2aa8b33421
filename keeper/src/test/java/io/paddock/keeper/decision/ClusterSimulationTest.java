package io.paddock.keeper.decision;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Whole clusters in simulated time: whatever happens, no two nodes take writes, and in the end one does again. */
class ClusterSimulationTest {

    private static final long HEALED_WITHIN = 60_000;
    private static final long STAYS_HEALTHY = 10_000;
    /** One test stands for so many schedules where there are thousands. */
    private static final int AT_A_TIME = 100;

    @TestFactory
    Stream<DynamicTest> whateverHappensNoTwoNodesTakeWritesAndTheClusterHeals() {
        return LongStream.rangeClosed(1, 400)
                .mapToObj(seed -> DynamicTest.dynamicTest("seed " + seed, () -> whateverHappens(seed)));
    }

    @TestFactory
    @Tag("simulation")
    @Tag("sample")
    Stream<DynamicTest> whateverHappensInThousandsOfSchedules() {
        return schedules(401, 10_000);
    }

    @TestFactory
    @Tag("simulation")
    Stream<DynamicTest> whateverHappensInManyThousandsOfSchedules() {
        return schedules(10_001, 200_000);
    }

    private static Stream<DynamicTest> schedules(long first, long last) {
        return LongStream.iterate(first, from -> from <= last, from -> from + AT_A_TIME)
                .mapToObj(from -> DynamicTest.dynamicTest(
                        "seeds from " + from,
                        () -> LongStream.range(from, Math.min(from + AT_A_TIME, last + 1))
                                .forEach(ClusterSimulationTest::whateverHappens)));
    }

    private static void whateverHappens(long seed) {
        try {
            SimulatedCluster cluster = new SimulatedCluster(seed);
            Random faults = new Random(seed);
            cluster.run(2_000);
            for (int i = 0; i < 12; i++) {
                something(cluster, faults);
                cluster.run(faults.nextInt(9_000));
            }
            repair(cluster);
            heals(cluster);
        } catch (AssertionError | RuntimeException failure) {
            throw new AssertionError("seed " + seed, failure);
        }
    }

    @Test
    void withoutAFaultThePrimaryStays() {
        SimulatedCluster cluster = new SimulatedCluster(1);

        cluster.run(120_000);

        assertThat(cluster.writers()).containsExactly("a");
        assertThat(cluster.history).isEmpty();
    }

    @Test
    void aKilledPrimaryIsReplacedWithinAFewRounds() {
        assertThat(outages(cluster -> cluster.nodes.get("a").killPostgres())).allMatch(outage -> outage < 3_000);
    }

    /**
     * The next node of a rolling update is the primary, and the keeper of the one before has just been started: it grants nothing for a lease of four seconds.
     * One message in twenty may take 0.4 s, and several are needed.
     */
    @Test
    void aPlannedMoveWaitsForVotesBeforeItStopsThePrimary() {
        for (long sinceStart = 0; sinceStart <= 4_400; sinceStart += 400) {
            long before = sinceStart;
            assertThat(outages(cluster -> {
                        cluster.nodes.get("c").killKeeper();
                        cluster.run(500);
                        cluster.nodes.get("c").startKeeper();
                        cluster.run(before);
                        cluster.nodes.get("a").handOver();
                    }))
                    .as("%d ms after the start", before)
                    .allMatch(outage -> outage < 2_000)
                    .satisfies(outages -> assertThat(
                                    outages.stream().sorted().toList().get(outages.size() / 2))
                            .as("the median")
                            .isLessThan(1_000));
        }
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
        SimulatedCluster cluster = new SimulatedCluster(1);
        cluster.run(2_000);

        cluster.nodes.get("a").freezeKeeper(true);
        cluster.nodes.get("a").freezeLeash(true);
        cluster.run(60_000);
        assertThat(cluster.writers()).as(String.join("\n", cluster.history)).containsExactly("a");
        cluster.nodes.get("a").freezeLeash(false);
        cluster.run(1_000);
        assertThat(cluster.writers()).as("its permit was over long ago").isEmpty();
        cluster.nodes.get("a").freezeKeeper(false);

        heals(cluster);
    }

    @Test
    void aKeeperThatIsStartedAgainWithinItsPermitGoesOn() {
        for (long seed = 1; seed <= 50; seed++) {
            SimulatedCluster cluster = new SimulatedCluster(seed);
            cluster.run(2_000 + seed * 37);
            cluster.nodes.get("a").killKeeper();
            cluster.run(1_000);

            cluster.nodes.get("a").startKeeper();
            cluster.run(20_000);

            assertThat(cluster.writers()).as(String.join("\n", cluster.history)).containsExactly("a");
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
        SimulatedCluster cluster = new SimulatedCluster(1);
        cluster.run(2_000);
        cluster.nodes.get("a").loseMachine();
        cluster.run(15_000);
        String second = cluster.writers().get(0);
        cluster.nodes.get(second).killPostgres();
        cluster.run(15_000);
        assertThat(cluster.writers()).doesNotContain("a").hasSize(1);

        cluster.nodes.get("a").startMachine();

        heals(cluster);
    }

    /** All that was written last is on that one: the others, who were making themselves copies of it, must let it go on. */
    @Test
    void aPrimaryThatDiesWhileBothOthersAreBeingMadeAnewComesBack() {
        for (long seed = 1; seed <= 50; seed++) {
            SimulatedCluster cluster = new SimulatedCluster(seed);
            cluster.run(2_000);
            cluster.nodes.get("a").loseMachine();
            cluster.run(15_000);
            String second = cluster.writers().get(0);
            cluster.nodes.get("a").startMachine();
            cluster.nodes.get(second).killPostgres();
            long end = cluster.now() + 60_000;
            while (cluster.now() < end
                    && cluster.nodes.values().stream()
                                    .filter(node -> node.postgres == Local.Postgres.UNFINISHED)
                                    .count()
                            < 2) {
                cluster.run(SimulatedCluster.STEP);
            }
            cluster.nodes.values().forEach(SimulatedCluster.Node::killPostgres);

            heals(cluster);
        }
    }

    @Test
    void aNodeWithAnEmptyDiskThatReachesNobodyWaits() {
        SimulatedCluster cluster = new SimulatedCluster(1);
        cluster.run(2_000);
        cluster.nodes.get("a").loseMachine();
        cluster.nodes.get("a").loseDisk();
        cluster.cutOff("a");
        cluster.nodes.get("a").startMachine();

        cluster.run(60_000);

        assertThat(cluster.nodes.get("a").postgres).isEqualTo(Local.Postgres.ABSENT);
        cluster.healNetwork();
        heals(cluster);
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
        for (long seed = 1; seed <= 50; seed++) {
            SimulatedCluster cluster = new SimulatedCluster(seed);
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

            assertThat(cluster.writers()).as(String.join("\n", cluster.history)).hasSize(1);
            assertThat(cluster.nodes.get(cluster.writers().get(0)).reached(1))
                    .as(String.join("\n", cluster.history))
                    .isGreaterThanOrEqualTo(acknowledged);
        }
    }

    @Test
    void whileTheLockServersAreAwayThePrimaryGoesOn() {
        SimulatedCluster cluster = new SimulatedCluster(1);
        cluster.run(2_000);

        cluster.lockServers(true);
        cluster.run(60_000);
        cluster.lockServers(false);
        cluster.run(10_000);

        assertThat(cluster.writers()).as(String.join("\n", cluster.history)).containsExactly("a");
    }

    @Test
    void oneStandbyThatIsCutOffChangesNothing() {
        SimulatedCluster cluster = new SimulatedCluster(1);
        cluster.run(2_000);

        cluster.cutOff("c");
        cluster.run(25_000);
        assertThat(cluster.writers()).containsExactly("a");
        cluster.healNetwork();

        heals(cluster);
        assertThat(cluster.writers()).containsExactly("a");
    }

    @Test
    void withoutBothStandbysNobodyWritesUntilOneIsBack() {
        SimulatedCluster cluster = new SimulatedCluster(1);
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
        SimulatedCluster cluster = new SimulatedCluster(1);
        cluster.run(2_000);
        cluster.nodes.values().forEach(SimulatedCluster.Node::loseMachine);
        cluster.run(5_000);

        cluster.nodes.values().forEach(SimulatedCluster.Node::startMachine);

        heals(cluster);
    }

    @Test
    void aNodeWithAnEmptyDiskIsCloned() {
        SimulatedCluster cluster = new SimulatedCluster(1);
        cluster.run(2_000);
        cluster.nodes.get("a").loseMachine();
        cluster.nodes.get("a").loseDisk();
        cluster.run(12_000);

        cluster.nodes.get("a").startMachine();

        heals(cluster);
        assertThat(cluster.writers()).doesNotContain("a");
    }

    /** The longest time without a writer in the half minute after a fault, for some seeds. */
    private static List<Long> outages(Consumer<SimulatedCluster> fault) {
        List<Long> outages = new ArrayList<>();
        for (long seed = 1; seed <= 50; seed++) {
            SimulatedCluster cluster = new SimulatedCluster(seed);
            cluster.run(2_000 + seed * 37);
            fault.accept(cluster);
            long lastWrite = cluster.now();
            long end = cluster.now() + 30_000;
            long longest = 0;
            while (cluster.now() < end) {
                cluster.run(SimulatedCluster.STEP);
                if (!cluster.writers().isEmpty()) {
                    longest = Math.max(longest, cluster.now() - lastWrite);
                    lastWrite = cluster.now();
                }
            }
            assertThat(end - lastWrite).as(String.join("\n", cluster.history)).isLessThan(1_000);
            outages.add(longest);
        }
        return outages;
    }

    private static void something(SimulatedCluster cluster, Random faults) {
        SimulatedCluster.Node node = new ArrayList<>(cluster.nodes.values()).get(faults.nextInt(3));
        switch (faults.nextInt(17)) {
            case 0, 1 -> node.killPostgres();
            case 2 -> node.freezePostgres();
            case 3 -> node.freezeKeeper(true);
            case 4 -> {
                if (node.up && node.keeperRuns) {
                    node.killKeeper();
                }
            }
            case 5 -> {
                if (node.up && !node.keeperRuns) {
                    node.startKeeper();
                } else if (node.up) {
                    node.freezeKeeper(false);
                }
            }
            case 6 -> {
                if (node.up) {
                    node.loseMachine();
                } else {
                    node.startMachine();
                }
            }
            case 7 -> cluster.cutOff(node.id);
            case 8 -> cluster.cut(node.id, node.id.equals("a") ? "b" : "a");
            case 9 -> cluster.healNetwork();
            case 10 -> cluster.lockServers(faults.nextBoolean());
            case 11, 12 -> node.lockAgent(faults.nextInt(4) > 0);
            case 13 -> node.brokenStarts = faults.nextInt(6);
            case 14 -> {
                // With two disks lost a majority of the data is: that is an operator's decision.
                boolean allHaveData = cluster.nodes.values().stream().allMatch(other -> other.postgres.isWhole());
                if (!node.up && allHaveData) {
                    node.loseDisk();
                }
            }
            case 15 -> cluster.cutOneWay(node.id, node.id.equals("a") ? "b" : "a");
            case 16 -> {
                if (node.postgres == Local.Postgres.PRIMARY) {
                    node.handOver();
                }
            }
            default -> throw new IllegalStateException();
        }
    }

    private static void repair(SimulatedCluster cluster) {
        cluster.healNetwork();
        cluster.lockServers(false);
        cluster.nodes.values().forEach(node -> {
            node.lockAgent(false);
            node.brokenStarts = 0;
            if (!node.up) {
                node.startMachine();
            } else if (!node.keeperRuns) {
                node.startKeeper();
            }
            if (node.keeperFrozen) {
                node.freezeKeeper(false);
            }
        });
    }

    /** Healthy, and for a while: a primary that has already lost its right may look well for a moment. */
    private static void heals(SimulatedCluster cluster) {
        long end = cluster.now() + HEALED_WITHIN;
        long healthySince = cluster.now();
        while (cluster.now() - healthySince < STAYS_HEALTHY) {
            cluster.run(SimulatedCluster.STEP);
            if (!cluster.isHealthy()) {
                healthySince = cluster.now();
            }
            assertThat(cluster.now())
                    .as(() -> String.join("\n", cluster.history))
                    .isLessThan(end);
        }
    }
}
