package io.paddock.keeper.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Consumer;

/** How long nobody takes writes. */
final class Outage {

    private static final long WATCHED = 30_000;

    private Outage() {}

    /** The longest time without a writer in the half minute after a fault, in milliseconds; at its end somebody writes. */
    static long after(SimulatedCluster cluster, Consumer<SimulatedCluster> fault) {
        fault.accept(cluster);
        long lastWrite = cluster.now();
        long end = cluster.now() + WATCHED;
        long longest = 0;
        while (cluster.now() < end) {
            cluster.run(SimulatedCluster.STEP);
            if (!cluster.writers().isEmpty()) {
                longest = Math.max(longest, cluster.now() - lastWrite);
                lastWrite = cluster.now();
            }
        }
        assertThat(end - lastWrite).as(cluster::lastNotes).isLessThan(1_000);
        return longest;
    }
}
