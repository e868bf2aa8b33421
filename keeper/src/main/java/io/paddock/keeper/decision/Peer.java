package io.paddock.keeper.decision;

import io.paddock.keeper.decision.Local.Postgres;
import java.time.Duration;
import java.util.Set;

/**
 * Another node, as its keeper described itself last.
 *
 * @param heardAt when it was asked what it answered
 * @param canLead see {@link Local}
 * @param silent nodes that it has not heard of for long
 * @param lineage of its data
 * @param hasRoom whether it is a standby that follows and has ample room on its disk: it could take over from one that has none
 */
public record Peer(
        Duration heardAt,
        Postgres postgres,
        Position position,
        Lineage lineage,
        boolean canLead,
        Set<String> silent,
        boolean hasRoom) {

    public Peer {
        silent = Set.copyOf(silent);
    }
}
