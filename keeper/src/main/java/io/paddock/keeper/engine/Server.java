package io.paddock.keeper.engine;

import io.paddock.keeper.decision.Local.Postgres;
import java.time.Duration;
import java.util.Optional;

/**
 * PostgreSQL of this node, as one look at leash, data directory and server showed it.
 *
 * @param answers whether it let the keeper in
 * @param isStandby whether its data directory is that of a standby
 * @param hungSince since when it has not answered at all, if it runs
 * @param isSynchronous whether users want commits to wait for a standby
 */
public record Server(
        Postgres state,
        boolean answers,
        boolean isStandby,
        Log log,
        Upstream upstream,
        Optional<Duration> hungSince,
        boolean isSynchronous) {

    /**
     * The write-ahead log.
     *
     * @param end how far it goes, in bytes; of a server that was stopped at least
     * @param flushed how far it went when the server answered last
     * @param replayed how far a standby has applied it
     * @param timeline PostgreSQL's number of the history that it writes, or receives now; 0 if it does neither
     */
    public record Log(long end, long flushed, long replayed, int timeline) {

        public static final Log NONE = new Log(0, 0, 0, 0);
    }

    /**
     * Whom a standby follows.
     *
     * @param node its id; empty if it follows none that is known
     * @param heardAt when its PostgreSQL last sent something
     * @param isConnected whether there is a connection to it now
     */
    public record Upstream(Optional<String> node, Optional<Duration> heardAt, boolean isConnected) {

        public static final Upstream NONE = new Upstream(Optional.empty(), Optional.empty(), false);
    }
}
