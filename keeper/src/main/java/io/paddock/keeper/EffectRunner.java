package io.paddock.keeper;

import io.paddock.keeper.engine.Effect;
import io.paddock.keeper.postgres.History;
import io.paddock.keeper.system.Log;
import java.io.IOException;

/** Carries out what the engine wants, in its order. What waits for something has a thread of its own. */
final class EffectRunner {

    private final Store store;
    private final History history;
    private final LockClient lock;
    private final Questions questions;
    private final Voters voters;
    private final Meeting meeting;
    private final Tasks tasks;
    private final Departure departure;
    private final Chores chores;

    EffectRunner(
            Store store,
            History history,
            LockClient lock,
            Questions questions,
            Voters voters,
            Meeting meeting,
            Tasks tasks,
            Departure departure,
            Chores chores) {
        this.store = store;
        this.history = history;
        this.lock = lock;
        this.questions = questions;
        this.voters = voters;
        this.meeting = meeting;
        this.tasks = tasks;
        this.departure = departure;
        this.chores = chores;
    }

    /** What fails is wanted again by the next step that finds it undone. */
    void run(Effect effect) {
        try {
            if (effect instanceof Effect.Task task) {
                tasks.begin(task);
            } else if (effect instanceof Effect.AskOthers ask) {
                questions.ask(ask);
            } else if (effect instanceof Effect.Say say) {
                Log.info(say.reason());
            } else if (effect instanceof Effect.EndSwitchover end) {
                departure.ended(end.outcome());
            } else if (effect instanceof Effect.Maintain) {
                chores.wake();
            } else if (!isOfLock(effect)) {
                keep(effect);
            }
        } catch (IOException failure) {
            Log.warn("can't write to the disk", failure);
        }
    }

    private boolean isOfLock(Effect effect) {
        if (effect instanceof Effect.ReadLock) {
            lock.read();
        } else if (effect instanceof Effect.TakeLock take) {
            lock.acquire(take.asPrimary());
        } else if (effect instanceof Effect.Depose depose) {
            lock.depose(depose.holder());
        } else if (effect instanceof Effect.ReleaseLock release) {
            lock.release(() -> questions.giveBack(release.stamp(), release.successor()));
        } else if (effect instanceof Effect.ChangeVoters change) {
            lock.changeVoters(change.next());
        } else {
            return false;
        }
        return true;
    }

    private void noteWhole() {
        try {
            store.data().noteWhole();
        } catch (IOException full) {
            // Wanted again by the next step; nobody needs to read it five times a second.
        }
    }

    private void keep(Effect effect) throws IOException {
        if (effect instanceof Effect.Learn learn) {
            voters.learn(learn.members());
            chores.wake();
        } else if (effect instanceof Effect.FoundCluster found) {
            voters.found(found.members());
        } else if (effect instanceof Effect.EndFounding end) {
            store.founding().end();
            Log.info(end.reason());
        } else if (effect instanceof Effect.Adopt adopt) {
            history.adopt(adopt.lineage());
        } else if (effect instanceof Effect.NoteWhole) {
            noteWhole();
        } else if (effect instanceof Effect.Meet) {
            meeting.attend();
        }
    }
}
