package io.paddock.keeper;

import io.paddock.keeper.cluster.Records;
import io.paddock.keeper.consul.Consul;
import io.paddock.keeper.consul.ConsulAgent;
import io.paddock.keeper.decision.Members;
import io.paddock.keeper.decision.Timing;
import io.paddock.keeper.disk.Disk;
import io.paddock.keeper.engine.Effect;
import io.paddock.keeper.engine.Engine;
import io.paddock.keeper.leash.Leash;
import io.paddock.keeper.peer.PeerClient;
import io.paddock.keeper.postgres.Connections;
import io.paddock.keeper.postgres.LocalPostgres;
import io.paddock.keeper.postgres.Repmgr;
import io.paddock.keeper.system.BootClock;
import io.paddock.keeper.system.Log;
import io.paddock.keeper.system.NodeTls;
import io.paddock.keeper.system.Settings;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One node's keeper: its loop ticks when something happens or is due, and carries out what the engine wants. Every
 * 0.4 s it looks around itself: at BOSH's records, at the disk, and at the lock's server.
 */
final class Keeper {

    private static final Duration LOOK_AROUND = Duration.ofMillis(400);
    /** After a failure of the loop itself. */
    private static final Duration RETRY = Duration.ofMillis(400);

    private final NodeTls tls;
    private final Records records;
    private final String self;
    private final Store store;
    private final Observer observer;
    private final LocalPostgres postgres;
    private final Core core;
    private final Chores chores;
    private final Voters voters;
    private final EffectRunner effects;
    private final Endpoints endpoints;
    private Duration lookedAroundAt = Duration.ofDays(-1);
    private boolean canRead = true;

    Keeper(
            Settings settings,
            Timing timing,
            BootClock clock,
            Leash leash,
            Store store,
            Repmgr repmgr,
            Records records,
            Consul consul,
            ConsulAgent agent,
            PeerClient client,
            NodeTls tls) {
        this.tls = tls;
        this.records = records;
        this.self = settings.node();
        this.store = store;
        LocalDatabase database = LocalDatabase.of(new Connections(settings, tls), leash, clock, store, repmgr);
        this.postgres = database.server();
        this.observer = new Observer(self, clock, store, database.history(), postgres);
        this.core = new Core(new Engine(self, timing), observer, leash);
        LockClient lock = new LockClient(consul, core);
        Questions questions = new Questions(settings.protocol(), core, observer, client);
        Duration stopTimeout = Duration.ofSeconds(settings.stopTimeout());
        Departure departure = new Departure(core, observer, leash, stopTimeout, client);
        Tasks tasks = new Tasks(settings, core, observer, leash, store, database, lock);
        this.chores = new Chores(settings.protocol(), database, store, lock, core, observer);
        this.voters = new Voters(store, database.history(), agent, lock, core, observer);
        Meeting meeting = new Meeting(settings, store, database.history(), core, observer);
        this.effects = new EffectRunner(
                store, database.history(), lock, questions, voters, meeting, tasks, departure, chores, core);
        this.endpoints = new Endpoints(settings.protocol(), core, store.disk(), postgres, questions, voters, departure);
    }

    /** The answers to others, while it {@linkplain #run runs}. */
    Endpoints endpoints() {
        return endpoints;
    }

    /** Whether an address is that of a node of this cluster. */
    boolean isPeer(String address) {
        return observer.nodes().containsValue(address);
    }

    /** Looks for the first time, and begins to look again and again. */
    void start() {
        lookAround();
        postgres.begin();
        daemon("postgres", () -> postgres.watch(this::isSingle, this::look));
        daemon("leash", postgres::listen);
        daemon("chores", chores::run);
    }

    /** Until the process ends. */
    void run() {
        try {
            while (true) {
                await(step());
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void daemon(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** @return how long nothing more is to be done, unless something happens */
    private Duration step() {
        try {
            runEffects();
            if (core.now().minus(lookedAroundAt).compareTo(LOOK_AROUND) >= 0) {
                lookAround();
            }
            tellLeash();
            Duration pause = core.tick();
            runEffects();
            return pause;
        } catch (RuntimeException failure) {
            Log.warn("a round failed", failure);
            return RETRY;
        }
    }

    private void runEffects() {
        Optional<Effect> next = core.nextEffect();
        while (next.isPresent()) {
            next.get().by(effects);
            next = core.nextEffect();
        }
    }

    /** Until the pause is over or something happens; a disk may fill up sooner. */
    private void await(Duration pause) throws InterruptedException {
        Duration end = core.now().plus(pause);
        Duration left = pause;
        while (left.compareTo(LOOK_AROUND) > 0) {
            if (core.awaits(LOOK_AROUND)) {
                return;
            }
            lookAtDisk();
            left = end.minus(core.now());
        }
        if (!left.isNegative()) {
            core.awaits(left);
        }
    }

    private void lookAround() {
        lookedAroundAt = core.now();
        observer.saw(nodes(), tls.age());
        lookAtDisk();
        Optional<Members> members = store.membership().members();
        if (members.isPresent()) {
            try {
                voters.serveLock(members.get());
            } catch (IOException failure) {
                Log.warn("can't write the configuration of Consul", failure);
            }
        }
    }

    /** A cluster of one needs no permit. */
    private void tellLeash() {
        Optional<Members> members = store.membership().members();
        if (members.isPresent()) {
            try {
                store.data().alone(members.get().isOnly(self));
            } catch (IOException failure) {
                Log.warn("can't write to the disk", failure);
            }
        }
    }

    /** The records of BOSH, or the last ones that could be read. */
    private Map<String, String> nodes() {
        try {
            Map<String, String> nodes = new TreeMap<>(records.nodes());
            canRead = true;
            return nodes;
        } catch (IOException | RuntimeException failure) {
            if (canRead) {
                Log.info("can't read the records of BOSH: " + Log.describe(failure));
            }
            canRead = false;
            return observer.nodes();
        }
    }

    private void lookAtDisk() {
        Disk disk = store.disk();
        if (disk.look()) {
            chores.wake();
        }
    }

    private boolean isSingle() {
        return !core.picture().isCluster() && observer.others().isEmpty();
    }

    private void look() {
        core.wake();
        chores.wake();
    }
}
