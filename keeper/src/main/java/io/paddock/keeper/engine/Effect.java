package io.paddock.keeper.engine;

import io.paddock.keeper.decision.Lineage;
import io.paddock.keeper.decision.Members;
import io.paddock.keeper.decision.Word;
import java.time.Duration;

/** Something that a step wants done. Effects are carried out in their order; what comes of them are events. */
public sealed interface Effect {

    void by(Hands hands);

    /**
     * Ask every other node that BOSH knows how it is.
     *
     * @param wants whether its word is asked for
     * @param anew whether it shall ask its PostgreSQL before it answers
     * @param askedAt from then on what they promise holds
     */
    record AskOthers(boolean wants, boolean anew, Word.Request request, Duration askedAt) implements Effect {
        @Override
        public void by(Hands hands) {
            hands.askOthers(this);
        }
    }

    record ReadLock() implements Effect {
        @Override
        public void by(Hands hands) {
            hands.readLock();
        }
    }

    /** @param asPrimary whether this node is the primary, and only lacks the lock */
    record TakeLock(boolean asPrimary) implements Effect {
        @Override
        public void by(Hands hands) {
            hands.takeLock(asPrimary);
        }
    }

    /** Take the lock from its holder. */
    record Depose(String holder) implements Effect {
        @Override
        public void by(Hands hands) {
            hands.depose(holder);
        }
    }

    /**
     * Give the lock back, then tell the others that their words are not needed any more.
     *
     * @param successor that shall be the next primary; empty for the best one
     */
    record ReleaseLock(Word.Stamp stamp, String successor) implements Effect {
        @Override
        public void by(Hands hands) {
            hands.releaseLock(stamp, successor);
        }
    }

    /** Have the lock's servers change the voters. */
    record ChangeVoters(Members next) implements Effect {
        @Override
        public void by(Hands hands) {
            hands.changeVoters(next);
        }
    }

    /** Keep the voters, which are newer than those that are known. */
    record Learn(Members members) implements Effect {
        @Override
        public void by(Hands hands) {
            hands.learn(members);
        }
    }

    /** Make a cluster of this node, which was alone: no server of its lock has begun yet. */
    record FoundCluster(Members members) implements Effect {
        @Override
        public void by(Hands hands) {
            hands.foundCluster(members);
        }
    }

    record EndFounding(String reason) implements Effect {
        @Override
        public void by(Hands hands) {
            hands.endFounding(reason);
        }
    }

    /** Keep the history that the data here are a part of now. */
    record Adopt(Lineage lineage) implements Effect {
        @Override
        public void by(Hands hands) {
            hands.adopt(lineage);
        }
    }

    record NoteWhole() implements Effect {
        @Override
        public void by(Hands hands) {
            hands.noteWhole();
        }
    }

    /** Find the cluster that this node belongs to, or found it. */
    record Meet() implements Effect {
        @Override
        public void by(Hands hands) {
            hands.meet();
        }
    }

    record Say(String reason) implements Effect {
        @Override
        public void by(Hands hands) {
            hands.say(reason);
        }
    }

    /** Do soon what a new primary has to do for the others. */
    record Maintain() implements Effect {
        @Override
        public void by(Hands hands) {
            hands.maintain();
        }
    }

    record EndSwitchover(Switchover.Request request, Switchover.Outcome outcome) implements Effect {
        @Override
        public void by(Hands hands) {
            hands.endSwitchover(request, outcome);
        }
    }

    /** Takes long, and ends with {@link Event.WorkEnded}; there is one at a time. */
    sealed interface Task extends Effect {
        @Override
        default void by(Hands hands) {
            hands.begin(this);
        }
    }

    record Initialize() implements Task {}

    /** Kill PostgreSQL at once. */
    record Kill() implements Task {}

    record Promote() implements Task {}

    record StartPrimary() implements Task {}

    record StartStandby() implements Task {}

    /** Start PostgreSQL anew as what it is. */
    record Restart(String reason) implements Task {}

    record Follow(String primary) implements Task {}

    /** Make a former primary a standby, if its history is a part of the primary's. */
    record Rewind(String primary, Lineage lineage) implements Task {}

    record Copy(String primary, Lineage lineage) implements Task {}

    /** See which standbys follow, and make a checkpoint, so that little is left to write when PostgreSQL stops. */
    record PrepareSwitchover() implements Task {}

    record StopForSwitchover() implements Task {}
}
