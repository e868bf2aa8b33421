package io.paddock.keeper;

import io.paddock.keeper.decision.Word;
import io.paddock.keeper.engine.Effect;
import io.paddock.keeper.engine.Event;
import io.paddock.keeper.peer.Hello;
import io.paddock.keeper.peer.PeerClient;
import java.util.HashSet;
import java.util.Set;

/** Asks the other nodes, each one question at a time. */
final class Questions {

    private final int protocol;
    private final Core core;
    private final Observer observer;
    private final PeerClient client;
    private final Set<String> asked = new HashSet<>();
    private final Set<String> again = new HashSet<>();
    private final Set<String> away = new HashSet<>();

    /** @param protocol the newest that is spoken */
    Questions(int protocol, Core core, Observer observer, PeerClient client) {
        this.protocol = protocol;
        this.core = core;
        this.observer = observer;
        this.client = client;
    }

    /** Asks everybody; whoever has not answered yet what it was asked before is asked again when it has. */
    void ask(Effect.AskOthers what) {
        Hello hello = new Hello(protocol, what.wants(), what.anew(), what.request());
        observer.others().forEach((node, address) -> {
            if (begin(node)) {
                client.hello(address, hello).whenComplete((description, failure) -> {
                    if (end(node, failure == null)) {
                        core.tell(new Event.OthersWanted());
                    }
                    if (failure == null) {
                        core.tell(new Event.Answered(node, description, what.askedAt()));
                    }
                });
            }
        });
    }

    /**
     * Gives back all words that others gave, so that they need not wait for the end of their lease.
     *
     * @param successor that shall be the next primary; empty for the best one
     */
    void giveBack(Word.Stamp stamp, String successor) {
        observer.others().values().forEach(address -> client.giveBack(address, core.self(), stamp, successor));
    }

    /** @return false while an earlier question has no answer yet */
    synchronized boolean begin(String node) {
        if (asked.add(node)) {
            return true;
        }
        again.add(node);
        return false;
    }

    /** @return whether it should have been asked something meanwhile */
    synchronized boolean end(String node, boolean hasAnswered) {
        asked.remove(node);
        if (hasAnswered) {
            away.remove(node);
        } else {
            away.add(node);
        }
        return again.remove(node);
    }

    /** Whether a node did not answer when it was asked last. */
    synchronized boolean isAway(String node) {
        return away.contains(node);
    }
}
