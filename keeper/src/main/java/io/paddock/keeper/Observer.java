package io.paddock.keeper;

import io.paddock.keeper.decision.Local.Postgres;
import io.paddock.keeper.engine.Server;
import io.paddock.keeper.engine.View;
import io.paddock.keeper.postgres.History;
import io.paddock.keeper.postgres.LocalPostgres;
import io.paddock.keeper.postgres.Seen;
import io.paddock.keeper.system.BootClock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Puts together what those who look have seen last; looks at nothing itself. */
final class Observer {

    private final String self;
    private final BootClock clock;
    private final Duration startedAt;
    private final Store store;
    private final History history;
    private final LocalPostgres postgres;

    private volatile Map<String, String> nodes = Map.of();
    private volatile Duration preparedFor = Duration.ZERO;
    private volatile boolean servesNoLock;
    private volatile int readied;

    Observer(String self, BootClock clock, Store store, History history, LocalPostgres postgres) {
        this.self = self;
        this.clock = clock;
        this.startedAt = clock.now();
        this.store = store;
        this.history = history;
        this.postgres = postgres;
    }

    View view() {
        return new View(
                now(),
                nodes.keySet(),
                store.membership().members(),
                server(postgres.seen()),
                history.lineage(),
                new View.Node(
                        store.founding().isUnderWay(),
                        store.data().isNotedWhole(),
                        store.disk().isFull(),
                        store.disk().isAmple(),
                        servesNoLock,
                        readied,
                        preparedFor));
    }

    private Server server(Seen seen) {
        return new Server(
                state(seen),
                seen.answers(),
                seen.files().isStandby(),
                new Server.Log(
                        seen.answers() ? seen.lsn() : seen.files().stoppedAt(),
                        seen.lsn(),
                        seen.replayed(),
                        seen.timeline()),
                new Server.Upstream(node(seen.upstream()), seen.heardAt().map(this::sinceStart), seen.isConnected()),
                seen.hungSince().map(this::sinceStart),
                seen.isSynchronous());
    }

    private static Postgres state(Seen seen) {
        Postgres stopped = seen.files().stopped();
        return !stopped.isWhole()
                ? stopped
                : switch (seen.role()) {
                    case STOPPED -> stopped;
                    case STANDBY -> Postgres.STANDBY;
                    // Armed, but its promotion has not come through: if nobody is at it, it must be begun again.
                    case PRIMARY -> seen.answers() && seen.isInRecovery() ? Postgres.STANDBY : Postgres.PRIMARY;
                };
    }

    private Optional<String> node(String address) {
        return nodes.entrySet().stream()
                .filter(node -> node.getValue().equals(address))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** Since the keeper's start, which is what all its times are. */
    Duration now() {
        return sinceStart(clock.now());
    }

    Duration sinceStart(Duration onClock) {
        return onClock.minus(startedAt);
    }

    /** The same on the machine's clock. */
    Duration onClock(Duration sinceStart) {
        return sinceStart.plus(startedAt);
    }

    /** Address by node, as BOSH's records have them, this node included. */
    Map<String, String> nodes() {
        return nodes;
    }

    /** Addresses of all nodes but this one. */
    Map<String, String> others() {
        Map<String, String> others = new TreeMap<>(nodes);
        others.remove(self);
        return others;
    }

    Optional<String> address(String node) {
        return Optional.ofNullable(nodes.get(node));
    }

    /** @param jobsFor how long the node's jobs have been what they are */
    void saw(Map<String, String> listed, Duration jobsFor) {
        nodes = Map.copyOf(listed);
        preparedFor = jobsFor;
    }

    /** Whether nothing is left of the server of a lock that this node may have had. */
    void servesNoLock(boolean none) {
        servesNoLock = none;
    }

    /** The promotion as whose primary this node can be copied from; 0 if it can't. */
    void readied(int promotion) {
        readied = promotion;
    }
}
