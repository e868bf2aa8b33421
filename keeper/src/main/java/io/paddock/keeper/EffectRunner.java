package io.paddock.keeper;

import io.paddock.keeper.decision.Lineage;
import io.paddock.keeper.decision.Members;
import io.paddock.keeper.decision.Word;
import io.paddock.keeper.engine.Effect;
import io.paddock.keeper.engine.Event;
import io.paddock.keeper.engine.Hands;
import io.paddock.keeper.engine.Switchover;
import io.paddock.keeper.postgres.History;
import io.paddock.keeper.system.Log;
import java.io.IOException;

/** Carries out what the engine wants, in its order. What waits for something has a thread of its own. */
final class EffectRunner implements Hands {

    private final Store store;
    private final History history;
    private final LockClient lock;
    private final Questions questions;
    private final Voters voters;
    private final Meeting meeting;
    private final Tasks tasks;
    private final Departure departure;
    private final Chores chores;
    private final Core core;

    EffectRunner(
            Store store,
            History history,
            LockClient lock,
            Questions questions,
            Voters voters,
            Meeting meeting,
            Tasks tasks,
            Departure departure,
            Chores chores,
            Core core) {
        this.store = store;
        this.history = history;
        this.lock = lock;
        this.questions = questions;
        this.voters = voters;
        this.meeting = meeting;
        this.tasks = tasks;
        this.departure = departure;
        this.chores = chores;
        this.core = core;
    }

    @Override
    public void begin(Effect.Task task) {
        tasks.begin(task);
    }

    @Override
    public void askOthers(Effect.AskOthers question) {
        questions.ask(question);
    }

    @Override
    public void readLock() {
        lock.read();
    }

    @Override
    public void takeLock(boolean asPrimary) {
        lock.acquire(asPrimary);
    }

    @Override
    public void depose(String holder) {
        lock.depose(holder);
    }

    @Override
    public void releaseLock(Word.Stamp stamp, String successor) {
        if (tasks.runsAsPrimary()) {
            Log.info("keeps the lock: PostgreSQL runs as the primary");
            core.tell(new Event.LockReleased());
            return;
        }
        lock.release(() -> questions.giveBack(stamp, successor));
    }

    @Override
    public void changeVoters(Members next) {
        lock.changeVoters(next);
    }

    @Override
    public void learn(Members members) {
        write(() -> voters.learn(members));
        chores.wake();
    }

    @Override
    public void foundCluster(Members members) {
        write(() -> voters.found(members));
        chores.wake();
    }

    @Override
    public void endFounding(String reason) {
        write(() -> store.founding().end());
        Log.info(reason);
    }

    @Override
    public void adopt(Lineage lineage) {
        write(() -> history.adopt(lineage));
    }

    @Override
    public void noteWhole() {
        try {
            store.data().noteWhole();
        } catch (IOException full) {
            // Wanted again by the next step; nobody needs to read it five times a second.
        }
    }

    @Override
    public void meet() {
        write(meeting::attend);
    }

    @Override
    public void say(String reason) {
        Log.info(reason);
    }

    @Override
    public void maintain() {
        chores.wake();
    }

    @Override
    public void endSwitchover(Switchover.Request request, Switchover.Outcome outcome) {
        departure.ended(request, outcome);
    }

    private interface Writing {
        void run() throws IOException;
    }

    /** A failure is logged: the next step that finds it undone wants it again. */
    private static void write(Writing writing) {
        try {
            writing.run();
        } catch (IOException failure) {
            Log.warn("can't write to the disk", failure);
        }
    }
}
