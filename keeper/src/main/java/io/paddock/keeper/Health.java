package io.paddock.keeper;

import io.paddock.keeper.peer.KeeperServer.Answer;
import java.util.Locale;
import java.util.Map;

/**
 * What a node is for those who wait for it: the fields {@code state} and {@code reason} of {@code GET /health}, whose words scripts read. The
 * message beside them is for people.
 */
enum Health {
    PRIMARY(200, State.PRIMARY),
    STANDBY(200, State.STANDBY),
    /** The nodes of a first deployment before the last one. */
    FIRST_DEPLOYMENT(200, State.WAITING),
    /** Nobody waits for the first of many lost nodes, so that the others are made again. */
    NO_MAJORITY(200, State.WAITING),
    /** Caught up, as the following ones; it gets its vote when nodes that are away are there again. */
    NO_VOTE(200, State.STANDBY),
    /** The lock's servers begin when all nodes of a first deployment are there. */
    NO_LOCK_SERVERS_YET(200, State.STANDBY),
    VOTE_WANTED(503, State.STANDBY),
    KEEPER_JUST_STARTED(503, State.STANDBY),
    LOCK_SERVERS_AWAY(503, State.STANDBY),
    MEETS_CLUSTER(503, State.WAITING),
    NOT_READY(503, State.WAITING),
    /** For so long that somebody has to do something. */
    NO_PRIMARY(503, State.WAITING);

    private enum State {
        PRIMARY,
        STANDBY,
        WAITING
    }

    private final int status;
    private final State state;

    /** @param status of HTTP: 200 if nobody should wait for more */
    Health(int status, State state) {
        this.status = status;
        this.state = state;
    }

    Answer because(String message) {
        return new Answer(
                status,
                Map.of(
                        "state", state.name().toLowerCase(Locale.ROOT),
                        "reason", name().toLowerCase(Locale.ROOT),
                        "message", message));
    }
}
