package io.paddock.keeper.engine;

import java.time.Duration;
import java.util.Optional;

/**
 * What has been lacking, each since when.
 *
 * @param leader see {@link io.paddock.keeper.decision.Situation#isLeaderless}
 * @param majority since when too few nodes have been heard of
 * @param primary since when there has been no primary, and nobody about to be it
 */
public record Absences(Optional<Duration> leader, Optional<Duration> majority, Optional<Duration> primary) {

    static final Absences NONE = new Absences(Optional.empty(), Optional.empty(), Optional.empty());

    Absences seen(Duration now, boolean hasLeader, boolean hasMajority, boolean hasPrimary) {
        return new Absences(
                since(leader, hasLeader, now), since(majority, hasMajority, now), since(primary, hasPrimary, now));
    }

    private static Optional<Duration> since(Optional<Duration> before, boolean isThere, Duration now) {
        return isThere ? Optional.empty() : before.or(() -> Optional.of(now));
    }
}
