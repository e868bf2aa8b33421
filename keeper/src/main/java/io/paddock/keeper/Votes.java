package io.paddock.keeper;

import io.paddock.keeper.cluster.Founding;
import io.paddock.keeper.cluster.Membership;
import io.paddock.keeper.consul.ConsulAgent;
import io.paddock.keeper.decision.Enrolment;
import io.paddock.keeper.decision.Local.Postgres;
import io.paddock.keeper.decision.Members;
import io.paddock.keeper.decision.Situation;
import io.paddock.keeper.decision.TakeOver;
import io.paddock.keeper.peer.KeeperServer.Answer;
import io.paddock.keeper.postgres.DataDirectory;
import io.paddock.keeper.system.Log;
import io.paddock.keeper.system.Settings;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who has a vote in the cluster: learns it, changes it as the primary when {@link Enrolment} says so, and lets a server of the lock run on
 * voters and on nobody else.
 */
final class Votes {

    private final Settings settings;
    private final DataDirectory data;
    private final Membership membership;
    private final Founding founding;
    private final ConsulAgent agent;
    private final LockClient lock;
    private final Peers peers;
    private final Actions actions;
    private final Keeper keeper;

    private volatile boolean servesNoLock;

    Votes(
            Settings settings,
            Store store,
            ConsulAgent agent,
            LockClient lock,
            Peers peers,
            Actions actions,
            Keeper keeper) {
        this.settings = settings;
        this.data = store.data();
        this.membership = store.membership();
        this.founding = store.founding();
        this.agent = agent;
        this.lock = lock;
        this.peers = peers;
        this.actions = actions;
        this.keeper = keeper;
    }

    /** Gives the nodes that BOSH has made a vote once all of them follow. */
    synchronized void enrol() throws IOException {
        Situation situation = keeper.situation();
        if (situation.members().isOnly(settings.node())
                && situation.local().postgres() == Postgres.PRIMARY
                && founding.isUnderWay()) {
            founding.end();
            Log.info("is a cluster of one");
        }
        Optional<Members> grown =
                Enrolment.grown(situation, keeper.nodes().keySet(), Keeper.CAUGHT_UP, keeper.timing());
        if (grown.isEmpty()) {
            return;
        }
        if (keeper.isCluster()) {
            change(grown.get());
            return;
        }
        if (!servesNoLock) {
            keeper.say("waits for the end of a lock's server of former times");
            return;
        }
        // The new majority counts here before anybody hears of it: else two nodes could have the right to write.
        founding.begin();
        keeper.permit(
                situation.among(grown.get()).authorityUntil(keeper.timing()).orElseThrow());
        data.alone(false);
        learn(grown.get());
    }

    /**
     * Takes the vote of a node that is about to be deleted.
     *
     * @param asked when that was asked for
     * @return whether it was begun; it is done when {@link Keeper#members} says so
     */
    synchronized boolean take(String leaver, Duration asked) {
        Optional<Members> left = Enrolment.without(keeper.situation(), leaver, asked, keeper.timing());
        left.ifPresent(this::change);
        return left.isPresent();
    }

    /** Whatever a node said before counts for nothing when votes are given. */
    synchronized void forget(String node) {
        peers.forget(node, keeper.now());
        keeper.hurry();
    }

    /** The lock's servers keep them; as long as those have yet to begin, the words of a majority are all there is. */
    private void change(Members next) {
        if (keeper.local().founds()) {
            learn(next);
        } else {
            lock.changeVoters(next);
        }
    }

    void learn(Members members) {
        try {
            if (membership.learn(members)) {
                Log.info("the voters are " + new TreeSet<>(members.voters()) + " now");
                keeper.look();
            }
        } catch (IOException failure) {
            Log.warn("can't keep the membership", failure);
        }
    }

    /** Goes on alone with what is here, by an operator's word; nodes that come back join anew. */
    Answer takeOver() throws IOException {
        if (membership.members().isEmpty()) {
            return Answer.of(409, "this node has no data");
        }
        Situation situation = keeper.situation();
        Optional<String> refusal = TakeOver.refusal(situation, keeper.timing());
        if (refusal.isPresent()) {
            return Answer.of(409, refusal.get());
        }
        actions.beginAnew();
        Log.info("takes over alone, by an operator's word");
        learn(TakeOver.members(situation));
        return Answer.of(200, "is a cluster of one now, and becomes the primary with the data that it has");
    }

    /** Lets a server of the lock run here if this node is one of several voters; no other node has one. */
    void serveLock(Members members) {
        try {
            if (members.voters().size() == 1 || !members.voters().contains(settings.node())) {
                servesNoLock = agent.end();
                if (!servesNoLock) {
                    lock.endServer();
                }
                return;
            }
            servesNoLock = false;
            Map<String, String> voters = new TreeMap<>(keeper.nodes());
            voters.keySet().retainAll(members.voters());
            if (voters.size() == members.voters().size()) {
                agent.run(voters, keeper.isBeingFounded());
            } else {
                agent.goOn();
            }
        } catch (IOException failure) {
            Log.warn("can't write the configuration of Consul", failure);
        }
    }

    /** Whether nothing is left of the server of a lock that this node may have had. */
    boolean servesNoLock() {
        return servesNoLock;
    }
}
