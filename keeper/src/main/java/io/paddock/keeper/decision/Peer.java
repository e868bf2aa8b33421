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
 * @param isAnew whether its position is what PostgreSQL said after the question, since that asked for it
 * @param lineage of its data
 * @param streams whether it is a standby that hears its upstream
 * @param hasRoom whether there is ample room on its disk
 * @param joins whether it would take a vote: it speaks a protocol that knows of that, and has no server of a former lock any more
 * @param leaves whether it is about to be deleted, and gives its word to no candidate
 * @param membersVersion of the voters that it knows; 0 if it knows none
 */
public record Peer(
        Duration heardAt,
        Postgres postgres,
        Position position,
        boolean isAnew,
        Lineage lineage,
        boolean canLead,
        Set<String> silent,
        boolean streams,
        boolean hasRoom,
        boolean joins,
        boolean leaves,
        long membersVersion) {

    public Peer {
        silent = Set.copyOf(silent);
    }
}
