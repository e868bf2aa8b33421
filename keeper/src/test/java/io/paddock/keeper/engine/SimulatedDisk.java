package io.paddock.keeper.engine;

import io.paddock.keeper.decision.Lineage;
import io.paddock.keeper.decision.Local.Postgres;
import io.paddock.keeper.decision.Members;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What outlives a keeper and a PostgreSQL: data, and what the keeper wrote down about them. */
final class SimulatedDisk {

    boolean isThere;
    boolean isUnfinished;
    boolean isWhole;
    boolean isStandby;
    boolean founds;
    boolean isFull;
    long lsn;
    /** How far {@code pg_controldata} says that the log goes, which after a crash is less than it does. */
    long checkpoint;

    int timeline;
    /** Where each timeline ended before the present one. */
    Map<Integer, Long> ends = new HashMap<>();

    Lineage lineage = Lineage.NONE;
    Optional<Members> members = Optional.empty();
    /** As PostgreSQL's settings have it. */
    Optional<String> upstream = Optional.empty();

    Postgres stopped() {
        if (isUnfinished) {
            return isWhole ? Postgres.UNFINISHED : Postgres.ABSENT;
        }
        return isThere ? Postgres.STOPPED : Postgres.ABSENT;
    }

    boolean isDatabase() {
        return isThere && !isUnfinished;
    }

    /** A standby that went further on a history than the primary did can't follow it. */
    boolean isOnTheWayOf(SimulatedDisk primary) {
        return timeline == primary.timeline
                ? lsn <= primary.lsn
                : primary.ends.containsKey(timeline) && lsn <= primary.ends.get(timeline);
    }

    /** How far the data go on a timeline. */
    long reached(int on) {
        return timeline == on ? lsn : ends.getOrDefault(on, 0L);
    }

    void beginTimeline(int next) {
        ends.put(timeline, lsn);
        timeline = next;
    }

    void receive(SimulatedDisk primary) {
        lsn = primary.lsn;
        timeline = primary.timeline;
        ends = new HashMap<>(primary.ends);
    }

    void lose() {
        isThere = false;
        isUnfinished = false;
        isWhole = false;
        isStandby = false;
        founds = false;
        lsn = 0;
        timeline = 0;
        ends = new HashMap<>();
        lineage = Lineage.NONE;
        members = Optional.empty();
        upstream = Optional.empty();
    }
}
