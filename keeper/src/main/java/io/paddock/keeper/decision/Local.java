package io.paddock.keeper.decision;

import java.time.Duration;
import java.util.Optional;

/**
 * PostgreSQL on the keeper's own node.
 *
 * @param position {@link Position#UNKNOWN} if nobody knows: after a crash the log has to be read first
 * @param wasStandby whether its data directory is that of a standby: it can be started without a right to write
 * @param upstream whom it follows, or followed
 * @param upstreamHeardAt when the upstream's PostgreSQL last sent something
 * @param isConnected whether it is connected to its upstream's PostgreSQL now
 * @param hungSince since when it has not answered, if it does not
 * @param founds whether its data are the empty database of a cluster that is being founded: the others have none yet, and never had
 * @param canLead false once it failed to start as the primary several times
 * @param permitUntil until when the leash lets a primary run; a keeper that has just started finds the permit of its predecessor
 */
public record Local(
        Postgres postgres,
        Position position,
        boolean wasStandby,
        Optional<String> upstream,
        Optional<Duration> upstreamHeardAt,
        boolean isConnected,
        Optional<Duration> hungSince,
        boolean founds,
        boolean canLead,
        Duration permitUntil) {

    public static final Local ABSENT = new Local(
            Postgres.ABSENT,
            Position.UNKNOWN,
            false,
            Optional.empty(),
            Optional.empty(),
            false,
            Optional.empty(),
            false,
            false,
            Duration.ZERO);

    /** Whether PostgreSQL of another node has sent something lately: it lives, whatever its keeper does. */
    public boolean hears(String node, Duration now, Timing timing) {
        return isConnected
                && upstream.filter(node::equals).isPresent()
                && upstreamHeardAt
                        .filter(at -> now.minus(at).compareTo(timing.silence()) < 0)
                        .isPresent();
    }

    /** What there is of a PostgreSQL. */
    public enum Postgres {
        /** No data, and perhaps never any: its disk may be a new one. */
        ABSENT,
        /** No database, since a copy or rewind was begun that has not ended; but it had data since its disk was made, and has forgotten nothing else. */
        UNFINISHED,
        /** The leash says that no process of it lives, and it has no permit: nothing can write. */
        STOPPED,
        /** Replays what its upstream sends. */
        STANDBY,
        /** Takes writes, as long as it has a permit. */
        PRIMARY;

        /** Whether there is a whole database. */
        public boolean isWhole() {
            return switch (this) {
                case ABSENT, UNFINISHED -> false;
                case STOPPED, STANDBY, PRIMARY -> true;
            };
        }
    }
}
