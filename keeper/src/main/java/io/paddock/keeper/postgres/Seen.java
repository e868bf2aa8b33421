package io.paddock.keeper.postgres;

import io.paddock.keeper.decision.Local.Postgres;
import io.paddock.keeper.leash.Leash;
import java.time.Duration;
import java.util.Optional;

/**
 * What was seen last.
 *
 * @param role the leash's word
 * @param answers whether it let the keeper in
 * @param isPrepared false if there is no role repmgr
 * @param isInRecovery of a server that answers
 * @param lsn how far its log goes, of one that answers
 * @param replayed how far a standby has applied that
 * @param timeline PostgreSQL's number of the history that it writes, or receives now; 0 if it does neither
 * @param upstream address that it follows; empty if none
 * @param heardAt when its upstream last sent something
 * @param isConnected whether it is connected to its upstream now
 * @param hungSince since when it has not answered at all
 * @param isSynchronous whether users want commits to wait for a standby
 * @param isPaused whether it is a standby that does not apply its log
 */
public record Seen(
        Files files,
        Leash.Role role,
        boolean answers,
        boolean isPrepared,
        boolean isInRecovery,
        long lsn,
        long replayed,
        int timeline,
        String upstream,
        Optional<Duration> heardAt,
        boolean isConnected,
        Optional<Duration> hungSince,
        String synchronousStandbyNames,
        boolean isSynchronous,
        boolean isPaused) {

    /**
     * What there is of the data directory.
     *
     * @param stopped what PostgreSQL is when it does not run
     * @param isStandby whether it would be a standby, started on it
     * @param stoppedAt how far the log goes at least, of a server that does not answer
     */
    public record Files(Postgres stopped, boolean isStandby, long stoppedAt) {

        static final Files NONE = new Files(Postgres.ABSENT, false, 0);
    }

    static final Seen NOTHING = new Seen(
            Files.NONE,
            Leash.Role.STOPPED,
            false,
            true,
            false,
            0,
            0,
            0,
            "",
            Optional.empty(),
            false,
            Optional.empty(),
            "",
            false,
            false);

    /** No process of it lives; what it was last is all that is known. */
    Seen stopped() {
        return unanswered(Leash.Role.STOPPED, true, Optional.empty());
    }

    /** It does not answer at all. */
    Seen silent(Leash.Role now, Duration since) {
        return unanswered(now, true, hungSince.or(() -> Optional.of(since)));
    }

    /** It answers, but lets nobody in. */
    Seen closed(Leash.Role now, boolean prepared) {
        return unanswered(now, prepared, Optional.empty());
    }

    private Seen unanswered(Leash.Role now, boolean prepared, Optional<Duration> hung) {
        return new Seen(
                files,
                now,
                false,
                prepared,
                isInRecovery,
                lsn,
                replayed,
                0,
                upstream,
                heardAt,
                false,
                hung,
                synchronousStandbyNames,
                isSynchronous,
                false);
    }

    Seen on(Files present) {
        return new Seen(
                present,
                role,
                answers,
                isPrepared,
                isInRecovery,
                lsn,
                replayed,
                timeline,
                upstream,
                heardAt,
                isConnected,
                hungSince,
                synchronousStandbyNames,
                isSynchronous,
                isPaused);
    }

    boolean looksLike(Seen other) {
        return role == other.role
                && files.stopped() == other.files.stopped()
                && answers == other.answers
                && isInRecovery == other.isInRecovery
                && isConnected == other.isConnected
                && upstream.equals(other.upstream)
                && hungSince.isPresent() == other.hungSince.isPresent();
    }
}
