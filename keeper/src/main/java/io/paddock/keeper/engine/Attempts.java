package io.paddock.keeper.engine;

import java.time.Duration;
import java.util.Optional;

/**
 * What was tried in vain.
 *
 * @param starts as the primary
 * @param standbyStarts as a standby
 * @param copies from a primary
 * @param copyNotBefore a copy is as much work for the primary if it fails
 * @param rewound whether it was rewound, and has not received anything since
 * @param followingSince since when it has been told to follow a primary, though it lets nobody in
 */
public record Attempts(
        int starts,
        int standbyStarts,
        int copies,
        Duration copyNotBefore,
        boolean rewound,
        Optional<Duration> followingSince) {

    static final Attempts NONE = new Attempts(0, 0, 0, Duration.ZERO, false, Optional.empty());

    private static final int STARTS = 3;
    private static final Duration PAUSE = Duration.ofSeconds(2);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

    Attempts startFailed() {
        return new Attempts(starts + 1, standbyStarts, copies, copyNotBefore, rewound, followingSince);
    }

    Attempts standbyStartFailed() {
        return new Attempts(starts, standbyStarts + 1, copies, copyNotBefore, rewound, followingSince);
    }

    Attempts copyFailed(Duration now) {
        return new Attempts(starts, standbyStarts, copies + 1, now.plus(pause()), rewound, followingSince);
    }

    private Duration pause() {
        Duration pause = PAUSE.multipliedBy(1L << Math.min(copies, 10));
        return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
    }

    Attempts copied() {
        return new Attempts(starts, 0, 0, copyNotBefore, rewound, followingSince);
    }

    Attempts rewinds() {
        return new Attempts(starts, standbyStarts, copies, copyNotBefore, true, followingSince);
    }

    Attempts follows(Optional<Duration> since) {
        return new Attempts(starts, standbyStarts, copies, copyNotBefore, rewound, since);
    }

    Attempts elected() {
        return new Attempts(0, standbyStarts, copies, copyNotBefore, rewound, followingSince);
    }

    /** Forgets what went wrong: a standby that receives a primary's history is well. */
    Attempts streams() {
        return new Attempts(0, 0, copies, copyNotBefore, false, followingSince);
    }

    boolean canStart() {
        return starts < STARTS;
    }

    boolean canStartAsStandby() {
        return standbyStarts < STARTS;
    }

    boolean mayCopy(Duration now) {
        return now.compareTo(copyNotBefore) >= 0;
    }
}
