package io.paddock.keeper.decision;

import java.util.Set;

/**
 * The voters of a cluster, as its lock holder last wrote them down.
 *
 * @param version grows with each change
 * @param voters ids of nodes; a joiner is none before its standby streams
 */
public record Members(long version, Set<String> voters) {

    public Members {
        if (voters.isEmpty()) {
            throw new IllegalArgumentException("a cluster has a voter");
        }
        voters = Set.copyOf(voters);
    }

    public int majority() {
        return voters.size() / 2 + 1;
    }

    /** A cluster of one is its own majority and needs no lock; whoever else finds such a record is a joiner. */
    public boolean isOnly(String node) {
        return voters.equals(Set.of(node));
    }
}
