package io.paddock.keeper.engine;

import io.paddock.keeper.decision.Lineage;
import io.paddock.keeper.decision.Members;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * What a node sees of itself at a moment.
 *
 * @param now since the keeper's start
 * @param listed all nodes that BOSH knows, this one included
 * @param members the voters that it knows; empty if it has not met its cluster
 * @param lineage of its data
 */
public record View(
        Duration now, Set<String> listed, Optional<Members> members, Server server, Lineage lineage, Node node) {

    public View {
        listed = Set.copyOf(listed);
    }

    /**
     * The rest of the node.
     *
     * @param founds whether it founds its cluster
     * @param isWhole whether it has noted that its data are those of the cluster
     * @param isDiskFull whether writes should end
     * @param hasRoom whether there is ample room on the disk
     * @param servesNoLock whether nothing is left of a server of the lock that it may have had
     * @param readied number of the promotion as whose primary it can be copied from; 0 if it can't
     * @param preparedFor since when its jobs have been what they are
     */
    public record Node(
            boolean founds,
            boolean isWhole,
            boolean isDiskFull,
            boolean hasRoom,
            boolean servesNoLock,
            int readied,
            Duration preparedFor) {}

    boolean isCluster() {
        return members.filter(known -> known.voters().size() > 1).isPresent();
    }
}
