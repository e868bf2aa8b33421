package io.paddock.keeper.engine;

import io.paddock.keeper.decision.Lineage;
import io.paddock.keeper.decision.Members;
import io.paddock.keeper.decision.Word;

/** Carry out what a step wants done: the keeper's own, or a simulation's. None of them waits for anything. */
public interface Hands {

    void askOthers(Effect.AskOthers question);

    void readLock();

    void takeLock(boolean asPrimary);

    void depose(String holder);

    void releaseLock(Word.Stamp stamp, String successor);

    void changeVoters(Members next);

    void learn(Members members);

    void foundCluster(Members members);

    void endFounding(String reason);

    void adopt(Lineage lineage);

    void noteWhole();

    void meet();

    void say(String reason);

    void maintain();

    void endSwitchover(Switchover.Request request, Switchover.Outcome outcome);

    /** Begins what takes long. */
    void begin(Effect.Task task);
}
