package io.paddock.keeper.engine;

import io.paddock.keeper.decision.Lock;
import io.paddock.keeper.decision.Members;
import io.paddock.keeper.decision.Word;
import io.paddock.keeper.peer.Description;
import io.paddock.keeper.peer.Hello;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What happens to a keeper.
 *
 * @param <R> what whoever tells it learns
 */
public sealed interface Event<R extends @Nullable Object> {

    R in(Moment moment);

    /** Something may have changed, or it is time; answered with how long nothing more is to be done, unless something happens. */
    record Tick() implements Event<Duration> {
        @Override
        public Duration in(Moment moment) {
            return new Ticking(moment).tick();
        }
    }

    /** Another node has answered what it was asked at that time. */
    record Answered(String node, Description description, Duration askedAt) implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            return moment.answered(node, description, askedAt);
        }
    }

    /** Something happened that the others have to say something to. */
    record OthersWanted() implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            return moment.hurry();
        }
    }

    /** @param voters as its servers have them; empty if they have none yet */
    record LockRead(Lock lock, Optional<Members> voters) implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            return moment.lockRead(lock, voters);
        }
    }

    /** The lock was taken by what was asked at that time. */
    record LockTaken(Duration askedAt, boolean asPrimary) implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            return moment.lockTaken(askedAt, asPrimary);
        }
    }

    record LockReleased() implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            return moment.lockReleased();
        }
    }

    /**
     * Another node asks how this one is, and perhaps for its word.
     *
     * @param isAnew whether PostgreSQL was asked since
     * @param protocol the newest that this node speaks
     */
    record Asked(Hello hello, boolean isAnew, int protocol) implements Event<Description> {
        @Override
        public Description in(Moment moment) {
            return moment.asked(hello, isAnew, protocol);
        }
    }

    /** Another node, whose PostgreSQL certainly is no primary any more, gave this one's word back. */
    record GivenBack(String node, Word.Stamp stamp, String successor) implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            return moment.givenBack(node, stamp, successor);
        }
    }

    /** What another node said before counts for nothing when votes are given and taken. */
    record Forgotten(String node) implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            return moment.forget(node);
        }
    }

    /** The vote of a node shall be taken that said so when it was asked since; answered with whether it was begun. */
    record VoteGivenUp(String leaver, Duration since) implements Event<Boolean> {
        @Override
        public Boolean in(Moment moment) {
            return moment.takeVote(leaver, since);
        }
    }

    /**
     * The leash is about to be told to let a primary run; answered with whether this node has the right now.
     *
     * @param anew whether the leash took the last permit away, since PostgreSQL was stopped
     */
    record PermitWanted(boolean anew) implements Event<Boolean> {
        @Override
        public Boolean in(Moment moment) {
            return moment.wantPermit(anew);
        }
    }

    record SteppedBack() implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            return moment.stepBack();
        }
    }

    record Elected() implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            return moment.elected();
        }
    }

    /** A try to do something for which there is only a number of tries has ended. */
    record Tried(Outcome outcome) implements Event<@Nullable Void> {

        /** What it was, and how it ended. */
        public enum Outcome {
            START_FAILED,
            STANDBY_START_FAILED,
            COPY_FAILED,
            COPIED
        }

        @Override
        public @Nullable Void in(Moment moment) {
            return moment.tried(outcome);
        }
    }

    /** PostgreSQL was told to follow another one. */
    record Followed() implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            return moment.followed();
        }
    }

    record WorkEnded() implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            return moment.workEnded();
        }
    }

    record RestartWanted(String reason) implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            return moment.restart(reason);
        }
    }

    /** Answered with whether it was begun: something else may be under way. */
    record SwitchoverWanted(Switchover.Request request) implements Event<Boolean> {
        @Override
        public Boolean in(Moment moment) {
            return new Switching(moment).begin(request);
        }
    }

    /** Those standbys follow; answered with which one shall be the next primary, empty if that ended the switchover. */
    record StandbysSeen(List<String> standbys) implements Event<Optional<String>> {
        @Override
        public Optional<String> in(Moment moment) {
            return new Switching(moment).standbysSeen(standbys);
        }
    }

    /** The checkpoint has been made, and those standbys follow now. */
    record SwitchoverPrepared(List<String> standbys) implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            return new Switching(moment).prepared(standbys);
        }
    }

    record StoppedForSwitchover(boolean done) implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            return new Switching(moment).stopped(done);
        }
    }

    /** PostgreSQL did not answer while it was prepared, or stopped. */
    record SwitchoverFailed() implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            return new Switching(moment).failed();
        }
    }

    /** PostgreSQL shall be stopped, and not be started again by this keeper. */
    record Drained() implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            return moment.drain();
        }
    }

    /** This node is about to be deleted, as far as is known until then. */
    record Leaving(Duration yieldsUntil, Duration leavesUntil) implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            return moment.leave(yieldsUntil, leavesUntil);
        }
    }
}
