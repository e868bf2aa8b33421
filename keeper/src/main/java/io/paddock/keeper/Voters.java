package io.paddock.keeper;

import io.paddock.keeper.cluster.Founding;
import io.paddock.keeper.cluster.Membership;
import io.paddock.keeper.consul.ConsulAgent;
import io.paddock.keeper.decision.Lineage;
import io.paddock.keeper.decision.Members;
import io.paddock.keeper.decision.Situation;
import io.paddock.keeper.decision.TakeOver;
import io.paddock.keeper.engine.Picture;
import io.paddock.keeper.peer.KeeperServer.Answer;
import io.paddock.keeper.postgres.DataDirectory;
import io.paddock.keeper.postgres.History;
import io.paddock.keeper.system.Log;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** Keeps who has a vote in the cluster, as this node's disk has it, and lets a server of the lock run on voters and on nobody else. */
final class Voters {

    private final DataDirectory data;
    private final Membership membership;
    private final Founding founding;
    private final History history;
    private final ConsulAgent agent;
    private final LockClient lock;
    private final Core core;
    private final Observer observer;

    Voters(Store store, History history, ConsulAgent agent, LockClient lock, Core core, Observer observer) {
        this.data = store.data();
        this.membership = store.membership();
        this.founding = store.founding();
        this.history = history;
        this.agent = agent;
        this.lock = lock;
        this.core = core;
        this.observer = observer;
    }

    /** Keeps what is newer than what is known. */
    void learn(Members members) throws IOException {
        if (membership.learn(members)) {
            Log.info("the voters are " + new TreeSet<>(members.voters()) + " now");
            core.wake();
        }
    }

    /** Makes a cluster of a single node: the lock's servers, which all of its nodes need to begin, do not know of it yet. */
    void found(Members members) throws IOException {
        founding.begin();
        data.alone(false);
        learn(members);
    }

    /** Goes on alone with what is here, by an operator's word; nodes that come back join anew. */
    Answer takeOver() throws IOException {
        Picture picture = core.picture();
        if (picture.view().members().isEmpty()) {
            return Answer.of(409, "this node has no data");
        }
        Situation situation = picture.situation();
        Optional<String> refusal = TakeOver.refusal(situation, picture.timing());
        if (refusal.isPresent()) {
            return Answer.of(409, refusal.get());
        }
        beginAnew();
        Log.info("takes over alone, by an operator's word");
        learn(TakeOver.members(situation));
        return Answer.of(200, "is a cluster of one now, and becomes the primary with the data that it has");
    }

    /** Begins another history than the one that others may have written since; a standby does so when it is promoted. */
    private void beginAnew() throws IOException {
        if (!data.isStandby()) {
            Lineage lineage = history.lineage();
            history.adopt(lineage.with(lineage.last() + TakeOver.JUMP));
        }
    }

    /** Lets a server of the lock run here if this node is one of several voters; no other node has one. */
    void serveLock(Members members) throws IOException {
        if (members.voters().size() == 1 || !members.voters().contains(core.self())) {
            boolean none = agent.end();
            observer.servesNoLock(none);
            if (!none) {
                lock.endServer();
            }
            return;
        }
        observer.servesNoLock(false);
        Map<String, String> voters = new TreeMap<>(observer.nodes());
        voters.keySet().retainAll(members.voters());
        if (voters.size() == members.voters().size()) {
            agent.run(voters, core.picture().isBeingFounded());
        } else {
            agent.goOn();
        }
    }
}
