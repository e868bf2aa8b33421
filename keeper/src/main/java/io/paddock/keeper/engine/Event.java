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
            moment.answered(node, description, askedAt);
            return null;
        }
    }

    /** Something happened that the others have to say something to. */
    record OthersWanted() implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            moment.hurry();
            return null;
        }
    }

    /** @param voters as its servers have them; empty if they have none yet */
    record LockRead(Lock lock, Optional<Members> voters) implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            moment.lockRead(lock, voters);
            return null;
        }
    }

    /** The lock was taken by what was asked at that time. */
    record LockTaken(Duration askedAt, boolean asPrimary) implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            moment.lockTaken(askedAt, asPrimary);
            return null;
        }
    }

    record LockReleased() implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            moment.lockReleased();
            return null;
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
            moment.givenBack(node, stamp, successor);
            return null;
        }
    }

    /** Another node's earlier answers shall count for nothing when votes are given and taken. */
    record Forgotten(String node) implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            moment.forget(node);
            return null;
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
            moment.stepBack();
            return null;
        }
    }

    record Elected() implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            moment.elected();
            return null;
        }
    }

    /** A try to do something for which there is only a number of tries has ended. */
    record Tried(Outcome outcome) implements Event<@Nullable Void> {

        /** What it was, and how it ended. */
        public enum Outcome {
            START_FAILED,
            STANDBY_START_FAILED,
            COPY_FAILED,
            COPIED,
            REWINDS
        }

        @Override
        public @Nullable Void in(Moment moment) {
            moment.tried(outcome);
            return null;
        }
    }

    /** PostgreSQL was told to follow another one. */
    record Followed() implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            moment.followed();
            return null;
        }
    }

    record WorkEnded() implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            moment.workEnded();
            return null;
        }
    }

    record RestartWanted(String reason) implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            moment.restart(reason);
            return null;
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
            new Switching(moment).prepared(standbys);
            return null;
        }
    }

    record StoppedForSwitchover(boolean done) implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            new Switching(moment).stopped(done);
            return null;
        }
    }

    /** PostgreSQL did not answer while it was prepared, or stopped. */
    record SwitchoverFailed() implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            new Switching(moment).failed();
            return null;
        }
    }

    /** PostgreSQL shall be stopped, and not be started again by this keeper. */
    record Drained() implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            moment.drain();
            return null;
        }
    }

    /** This node is about to be deleted, as far as is known until then. */
    record Leaving(Duration yieldsUntil, Duration leavesUntil) implements Event<@Nullable Void> {
        @Override
        public @Nullable Void in(Moment moment) {
            moment.leave(yieldsUntil, leavesUntil);
            return null;
        }
    }
}
