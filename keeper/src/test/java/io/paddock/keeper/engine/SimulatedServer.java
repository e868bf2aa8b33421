package io.paddock.keeper.engine;

import io.paddock.keeper.decision.Local.Postgres;
import java.util.Optional;

/** PostgreSQL and the leash that holds it, in simulated milliseconds. */
final class SimulatedServer {

    /** What runs; a primary takes writes once it has recovered, or its promotion has come through. */
    enum Role {
        STOPPED,
        STANDBY,
        PRIMARY
    }

    /** From the end of a permit to the last write: the leash looks every 100 ms, and a kill takes up to 90. */
    static final int SLOWEST_KILL = 200;

    private final SimulatedDisk disk;
    Role role = Role.STOPPED;
    boolean isFrozen;
    /** Whether nothing stops PostgreSQL when its permit is over. */
    boolean leashFrozen;
    /** A server that starts answers that it does; a primary does not write before. */
    boolean hasStarted;
    /** An armed standby, until its promotion has come through. */
    boolean isInRecovery;

    Optional<Long> frozenAt = Optional.empty();
    Optional<Long> upstreamHeardAt = Optional.empty();
    long permit;
    long killedAt = Long.MAX_VALUE;

    SimulatedServer(SimulatedDisk disk) {
        this.disk = disk;
    }

    boolean writes(long now) {
        return role == Role.PRIMARY && hasStarted && !isInRecovery && !isFrozen && now < killedAt;
    }

    boolean answers() {
        return role != Role.STOPPED && hasStarted && !isFrozen;
    }

    Postgres state() {
        if (!disk.isDatabase()) {
            return disk.stopped();
        }
        return switch (role) {
            case STOPPED -> Postgres.STOPPED;
            case STANDBY -> Postgres.STANDBY;
            case PRIMARY -> answers() && isInRecovery ? Postgres.STANDBY : Postgres.PRIMARY;
        };
    }

    void freeze(long now) {
        if (role != Role.STOPPED && !isFrozen) {
            isFrozen = true;
            frozenAt = Optional.of(now);
        }
    }

    void startStandby() {
        disk.isStandby = true;
        role = Role.STANDBY;
        isInRecovery = true;
        hasStarted = true;
    }

    void startPrimary() {
        disk.isStandby = false;
        role = Role.PRIMARY;
        isInRecovery = false;
        hasStarted = false;
    }

    void promoted(int timeline) {
        disk.beginTimeline(timeline);
        disk.isStandby = false;
        isInRecovery = false;
    }

    /** @param lost so much of the log is beyond what is known of it until it is read */
    void stop(long lost) {
        if (role != Role.STOPPED) {
            disk.checkpoint = Math.max(0, disk.lsn - lost);
        }
        role = Role.STOPPED;
        permit = 0;
        isFrozen = false;
        frozenAt = Optional.empty();
        hasStarted = false;
        killedAt = Long.MAX_VALUE;
    }
}
