package io.paddock.keeper.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/**
 * Faults one after the other, then their repair. Whatever happens no two nodes take writes, and in the end one does, and all others follow it.
 *
 * @param seed of whatever is left to chance beside the faults
 */
record Schedule(long seed, List<Fault> faults, Kind kind) {

    private static final long HEALED_WITHIN = 60_000;
    private static final long STAYS_HEALTHY = 10_000;
    private static final int ATTEMPTS = 5;

    /** What the cluster does meanwhile. */
    enum Kind {
        /** Nothing but what the faults make it do. */
        STAYS,
        /** A single node becomes one of three, and is one again. */
        GROWS_AND_SHRINKS
    }

    Schedule {
        faults = List.copyOf(faults);
    }

    static Schedule of(long seed, Kind kind) {
        return new Schedule(seed, Fault.some(kind == Kind.STAYS ? 12 : 10, new Random(seed)), kind);
    }

    /** @throws AssertionError with the shortest schedule of these faults that fails as well */
    void check() {
        check(cluster -> {});
    }

    /** @param prepared what is otherwise about the cluster */
    void check(Consumer<SimulatedCluster> prepared) {
        try {
            run(prepared);
        } catch (AssertionError | RuntimeException failure) {
            Schedule shortest = shrunk(prepared);
            try {
                shortest.run(prepared);
            } catch (AssertionError | RuntimeException shown) {
                throw new AssertionError(shortest.toString(), shown);
            }
            throw new AssertionError(toString(), failure);
        }
    }

    private Schedule shrunk(Consumer<SimulatedCluster> prepared) {
        for (int left = 0; left < faults.size(); left++) {
            List<Fault> fewer = new ArrayList<>(faults);
            fewer.remove(left);
            Schedule shorter = new Schedule(seed, fewer, kind);
            if (shorter.fails(prepared)) {
                return shorter.shrunk(prepared);
            }
        }
        return this;
    }

    boolean fails(Consumer<SimulatedCluster> prepared) {
        try {
            run(prepared);
            return false;
        } catch (AssertionError | RuntimeException failure) {
            return true;
        }
    }

    private void run(Consumer<SimulatedCluster> prepared) {
        switch (kind) {
            case STAYS -> {
                SimulatedCluster cluster = SimulatedCluster.ofThree(seed);
                prepared.accept(cluster);
                cluster.run(2_000);
                faults.forEach(fault -> fault.happen(cluster));
                repair(cluster);
                heals(cluster, 3);
            }
            case GROWS_AND_SHRINKS -> growAndShrink(prepared);
        }
    }

    private void growAndShrink(Consumer<SimulatedCluster> prepared) {
        SimulatedCluster cluster = SimulatedCluster.ofOne(seed);
        prepared.accept(cluster);
        cluster.run(2_000);
        cluster.grow("b", "c");
        int half = faults.size() / 2;
        faults.subList(0, half).forEach(fault -> fault.happen(cluster));
        repair(cluster);
        heals(cluster, 3);
        leave(cluster, "c", faults.subList(half, faults.size()));
        leave(cluster, "b", List.of());
        heals(cluster, 1);
    }

    /** BOSH deletes a node only once its script has ended well; an operator repeats what did not. */
    private static void leave(SimulatedCluster cluster, String leaver, List<Fault> meanwhile) {
        boolean[] hasLeft = {false};
        cluster.nodes.get(leaver).leave(() -> hasLeft[0] = true);
        meanwhile.forEach(fault -> fault.happen(cluster));
        repair(cluster);
        cluster.run(45_000);
        for (int attempt = 1; attempt < ATTEMPTS && !hasLeft[0]; attempt++) {
            cluster.nodes.get(leaver).leave(() -> hasLeft[0] = true);
            cluster.run(45_000);
        }
        assertThat(hasLeft[0])
                .as(() -> leaver + " has left\n" + cluster.lastNotes())
                .isTrue();
        cluster.delete(leaver);
    }

    static void repair(SimulatedCluster cluster) {
        cluster.healNetwork();
        cluster.lockServers(false);
        cluster.nodes.values().forEach(node -> {
            node.lockAgent(false);
            node.thawPostgres();
            node.fillDisk(false);
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
    static void heals(SimulatedCluster cluster, int voters) {
        long end = cluster.now() + HEALED_WITHIN;
        long healthySince = cluster.now();
        while (cluster.now() - healthySince < STAYS_HEALTHY) {
            cluster.run(SimulatedCluster.STEP);
            if (!cluster.isHealthy(voters)) {
                healthySince = cluster.now();
            }
            assertThat(cluster.now())
                    .as(() -> "healed, but\n" + cluster.lastNotes())
                    .isLessThan(end);
        }
    }
}
