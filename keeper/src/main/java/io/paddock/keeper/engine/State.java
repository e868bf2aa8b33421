package io.paddock.keeper.engine;

import io.paddock.keeper.decision.Local.Postgres;
import io.paddock.keeper.decision.Lock;
import io.paddock.keeper.decision.Timing;
import io.paddock.keeper.decision.Word;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * What a keeper knows beside what it sees: what it heard, promised, tried and waits for. A step makes another one of it.
 *
 * @param lock as it was read last
 * @param word what this node gave to others
 */
public record State(
        Heard heard,
        Lock lock,
        Word word,
        Candidacy candidacy,
        Absences absences,
        Restraints restraints,
        Attempts attempts,
        Work work,
        Memory memory) {

    /**
     * Of a keeper that starts.
     *
     * @param life names this start of the keeper, and no other one
     * @param permitted until when the leash lets a primary run, by an earlier keeper's word
     */
    public static State initial(String life, Duration permitted, Timing timing) {
        return new State(
                Heard.NOTHING,
                Lock.UNKNOWN,
                new Word(Duration.ZERO, timing),
                new Candidacy(Optional.empty(), false),
                Absences.NONE,
                Restraints.NONE,
                Attempts.NONE,
                new Work(false, Optional.empty(), Optional.empty()),
                new Memory(life, 0, Duration.ofDays(-1), true, permitted, Postgres.ABSENT, Set.of(), ""));
    }

    /**
     * @param since when it took the lock to become the primary; empty once it is, and otherwise
     * @param isReleasing whether the lock is being given back
     */
    public record Candidacy(Optional<Duration> since, boolean isReleasing) {}

    /**
     * What takes long, one thing at a time.
     *
     * @param isUnderWay whether something is being done
     * @param followedAt since when it has been waited for what a new upstream sends
     */
    public record Work(boolean isUnderWay, Optional<Switchover> switchover, Optional<Duration> followedAt) {

        /** Whether nothing else may begin. */
        public boolean isBusy() {
            return isUnderWay || switchover.isPresent();
        }

        Work underWay(boolean is) {
            return new Work(is, switchover, followedAt);
        }

        Work switching(Optional<Switchover> to) {
            return new Work(isUnderWay, to, followedAt);
        }

        Work follows(Duration since) {
            return new Work(isUnderWay, switchover, Optional.of(since));
        }
    }

    /**
     * What the last steps did and saw.
     *
     * @param requests numbers them, with the keeper's life
     * @param askedAt when the others were asked last
     * @param asksAnew whether they shall be asked at once
     * @param permitted until when the leash lets a primary run
     * @param reason of the last decision
     */
    public record Memory(
            String life,
            long requests,
            Duration askedAt,
            boolean asksAnew,
            Duration permitted,
            Postgres postgres,
            Set<String> silent,
            String reason) {

        public Memory {
            silent = Set.copyOf(silent);
        }

        Word.Stamp stamp() {
            return new Word.Stamp(life, requests);
        }

        Memory withRequest() {
            return new Memory(life, requests + 1, askedAt, asksAnew, permitted, postgres, silent, reason);
        }

        Memory asked(Duration now) {
            return new Memory(life, requests, now, false, permitted, postgres, silent, reason);
        }

        Memory askingAnew() {
            return new Memory(life, requests, askedAt, true, permitted, postgres, silent, reason);
        }

        Memory permitted(Duration until) {
            return new Memory(life, requests, askedAt, asksAnew, until, postgres, silent, reason);
        }

        Memory saw(Postgres now, Set<String> silentNow) {
            return new Memory(life, requests, askedAt, asksAnew, permitted, now, silentNow, reason);
        }

        Memory because(String why) {
            return new Memory(life, requests, askedAt, asksAnew, permitted, postgres, silent, why);
        }
    }

    State with(Heard next) {
        return new State(next, lock, word, candidacy, absences, restraints, attempts, work, memory);
    }

    State with(Lock next) {
        return new State(heard, next, word, candidacy, absences, restraints, attempts, work, memory);
    }

    State with(Word next) {
        return new State(heard, lock, next, candidacy, absences, restraints, attempts, work, memory);
    }

    State with(Candidacy next) {
        return new State(heard, lock, word, next, absences, restraints, attempts, work, memory);
    }

    State with(Absences next) {
        return new State(heard, lock, word, candidacy, next, restraints, attempts, work, memory);
    }

    State with(Restraints next) {
        return new State(heard, lock, word, candidacy, absences, next, attempts, work, memory);
    }

    State with(Attempts next) {
        return new State(heard, lock, word, candidacy, absences, restraints, next, work, memory);
    }

    State with(Work next) {
        return new State(heard, lock, word, candidacy, absences, restraints, attempts, next, memory);
    }

    State with(Memory next) {
        return new State(heard, lock, word, candidacy, absences, restraints, attempts, work, next);
    }
}
