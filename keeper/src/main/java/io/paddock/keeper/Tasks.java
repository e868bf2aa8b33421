package io.paddock.keeper;

import io.paddock.keeper.decision.Lineage;
import io.paddock.keeper.decision.TakeOver;
import io.paddock.keeper.engine.Effect;
import io.paddock.keeper.engine.Event;
import io.paddock.keeper.engine.Event.Tried.Outcome;
import io.paddock.keeper.leash.Leash;
import io.paddock.keeper.postgres.DataDirectory;
import io.paddock.keeper.postgres.Seen;
import io.paddock.keeper.system.Log;
import io.paddock.keeper.system.Settings;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;

/**
 * Does what takes long, one thing at a time. Each may be cut off anywhere: what is on the disk then says so, and the next decision goes on from
 * there. None is trusted to stop a primary in time: that is the leash's.
 */
final class Tasks {

    private static final Duration ORDER = Duration.ofSeconds(2);
    private static final Duration KILL = Duration.ofSeconds(10);
    /** The wait for the checkpoint that makes a handover shorter. */
    private static final Duration CHECKPOINT = Duration.ofSeconds(60);
    /** A task that ended sooner than this has changed nothing, and is not tried again at once. */
    private static final Duration PAUSE = Duration.ofMillis(50);

    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofMillis(500);
    private static final Duration SIGHT = Duration.ofSeconds(2);

    private final Settings settings;
    private final Core core;
    private final Observer observer;
    private final Leash leash;
    private final DataDirectory data;
    private final LocalDatabase database;
    private final LockClient lock;
    private final Rejoin rejoin;
    private final ExecutorService worker = Executors.newSingleThreadExecutor(work -> {
        Thread thread = new Thread(work, "tasks");
        thread.setDaemon(true);
        return thread;
    });

    Tasks(
            Settings settings,
            Core core,
            Observer observer,
            Leash leash,
            Store store,
            LocalDatabase database,
            LockClient lock) {
        this.settings = settings;
        this.core = core;
        this.observer = observer;
        this.leash = leash;
        this.data = store.data();
        this.database = database;
        this.lock = lock;
        this.rejoin = new Rejoin(core, leash, stopTimeout(), store, database);
    }

    void begin(Effect.Task task) {
        worker.execute(() -> {
            try {
                perform(task);
            } catch (IOException | SQLException | RuntimeException failure) {
                Log.warn("failed, and will be decided anew", failure);
                LockSupport.parkNanos(PAUSE_AFTER_FAILURE.toNanos());
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            } finally {
                awaitSight();
                end();
            }
        });
    }

    /** Waits until PostgreSQL was looked at after this: the next decision must not go by an older look. */
    private void awaitSight() {
        while (!database.server().lookAtChange(SIGHT) && !Thread.currentThread().isInterrupted()) {
            Log.info("waits for a look at PostgreSQL");
        }
    }

    /** Nothing else begins before that is told. */
    private void end() {
        while (true) {
            try {
                core.tell(new Event.WorkEnded());
                return;
            } catch (RuntimeException failure) {
                Log.warn("can't end a task", failure);
                LockSupport.parkNanos(PAUSE_AFTER_FAILURE.toNanos());
            }
        }
    }

    /** The leash's own word. */
    boolean runsAsPrimary() {
        return leash.status()
                .filter(status -> status.role() == Leash.Role.PRIMARY)
                .isPresent();
    }

    private void perform(Effect.Task task) throws IOException, SQLException, InterruptedException {
        if (task instanceof Effect.PrepareSwitchover) {
            prepareSwitchover();
        } else if (task instanceof Effect.StopForSwitchover) {
            stopForSwitchover();
        } else {
            long begun = System.nanoTime();
            change(task);
            if (System.nanoTime() - begun < PAUSE.toNanos()) {
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
    }

    private void change(Effect.Task task) throws IOException, SQLException, InterruptedException {
        if (task instanceof Effect.Kill) {
            leash.order("kill", KILL);
        } else if (task instanceof Effect.Initialize) {
            initialize();
        } else if (task instanceof Effect.Promote) {
            promote();
        } else if (task instanceof Effect.StartPrimary) {
            startPrimary();
        } else if (task instanceof Effect.StartStandby) {
            tryToStartStandby();
        } else if (task instanceof Effect.Restart restart) {
            restart(restart.reason());
        } else if (task instanceof Effect.Follow follow) {
            follow(follow.primary());
        } else if (task instanceof Effect.Rewind rewind) {
            Optional<String> address = observer.address(rewind.primary());
            if (address.isPresent()) {
                rejoin.rewind(rewind, address.get());
            }
        } else if (task instanceof Effect.Copy copy) {
            Optional<String> address = observer.address(copy.primary());
            if (address.isPresent() && rejoin.copy(copy, address.get())) {
                startStandby();
            }
        }
    }

    /** The first primary of a new cluster gets an empty database. */
    private void initialize() throws IOException {
        if (database.repmgr().initialize()) {
            database.history().adopt(Lineage.FIRST);
        } else {
            LockSupport.parkNanos(ORDER.toNanos());
        }
    }

    private void promote() throws IOException, SQLException, InterruptedException {
        Lineage before = database.history().lineage();
        // A cluster of one, which an operator made of a standby, has no servers that count.
        Optional<Integer> number =
                core.picture().isCluster() ? lock.count(before.last()) : Optional.of(before.last() + TakeOver.JUMP);
        if (number.isEmpty()) {
            Log.info("the promotion was not counted: the lock is not here any more, or its servers are away");
            return;
        }
        if (!core.tell(new Event.PermitWanted(false)) || !leash.order("arm", ORDER)) {
            Log.info("not promoted: the right is over, or the leash does not answer");
            core.tell(new Event.SteppedBack());
            return;
        }
        database.history().adopt(before.with(number.get()));
        try {
            database.server().promote();
        } catch (SQLException failure) {
            leash.order("kill", ORDER);
            if (data.isStandby()) {
                // It never came to it: its data are what they were.
                database.history().adopt(before);
            }
            throw failure;
        }
        core.tell(new Event.Elected());
        Log.info("is the primary by promotion " + number.get());
        database.history().noteBeginning(database.replication());
    }

    /** If there was a promotion since, of a node that is away with what it wrote, this begins another history than that one. */
    private void startPrimary() throws IOException, InterruptedException {
        Lineage before = database.history().lineage();
        boolean isCluster = core.picture().isCluster();
        if (isCluster && core.picture().state().lock().promotion().number() > before.last()) {
            Optional<Integer> number = lock.count(before.last());
            if (number.isEmpty()) {
                return;
            }
            database.history().adopt(before.with(number.get()));
        }
        data.makeStandby(false);
        if (core.tell(new Event.PermitWanted(false)) && leash.order("start-primary", ORDER)) {
            awaitPrimary();
        }
    }

    private void awaitPrimary() {
        Duration end = core.now().plusSeconds(settings.startTimeout());
        while (core.now().compareTo(end) < 0) {
            Seen seen = database.server().seen();
            if (seen.role() == Leash.Role.PRIMARY && (seen.answers() && !seen.isInRecovery() || !seen.isPrepared())) {
                core.tell(new Event.Elected());
                Log.info("is the primary");
                return;
            }
            if (isStopped()) {
                core.tell(new Event.Tried(Outcome.START_FAILED));
                Log.info("PostgreSQL could not be started as the primary");
                return;
            }
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    private boolean isStopped() {
        return leash.status()
                .filter(status -> status.role() == Leash.Role.STOPPED)
                .isPresent();
    }

    /** Starts the server anew as what it is, for settings that it takes at its start only. */
    private void restart(String reason) throws IOException {
        Log.info("restarts PostgreSQL: " + reason);
        boolean wasPrimary = runsAsPrimary();
        boolean hasStopped = leash.stop(stopTimeout());
        awaitSight();
        if (!hasStopped || core.picture().state().restraints().drained()) {
            return;
        }
        if (!wasPrimary) {
            startStandby();
        } else if (core.tell(new Event.PermitWanted(true)) && leash.order("start-primary", ORDER)) {
            awaitPrimary();
        }
    }

    private void startStandby() throws IOException {
        data.makeStandby(true);
        leash.order("start-standby", ORDER);
        core.tell(new Event.Followed());
    }

    private void tryToStartStandby() throws IOException {
        startStandby();
        LockSupport.parkNanos(Duration.ofSeconds(1).toNanos());
        if (isStopped()) {
            core.tell(new Event.Tried(Outcome.STANDBY_START_FAILED));
        }
    }

    private void follow(String primary) throws SQLException {
        Optional<String> address = observer.address(primary);
        if (address.isPresent()) {
            database.replication().follow(address.get());
            core.tell(new Event.Followed());
            Log.info("follows " + primary);
            database.server().awaitUpstream(address.get());
        }
    }

    private void prepareSwitchover() {
        try {
            List<String> standbys = database.replication().streamingStandbys();
            Optional<String> successor = core.tell(new Event.StandbysSeen(standbys));
            if (successor.isEmpty()) {
                return;
            }
            Log.info("hands over to " + successor.get());
            checkpoint();
            core.tell(new Event.SwitchoverPrepared(following(standbys)));
        } catch (SQLException | RuntimeException failure) {
            Log.warn("could not hand over", failure);
            core.tell(new Event.SwitchoverFailed());
        }
    }

    private void checkpoint() {
        try {
            database.replication().checkpoint(CHECKPOINT);
        } catch (SQLException late) {
            Log.warn("goes on without a checkpoint", late);
        }
    }

    /** The checkpoint took a while. Of a server that has died meanwhile all is said. */
    private List<String> following(List<String> before) {
        try {
            return database.replication().streamingStandbys();
        } catch (SQLException away) {
            return before;
        }
    }

    private void stopForSwitchover() {
        boolean hasStopped = leash.stop(stopTimeout());
        // Who still looked like a primary would give itself the word that it gives back now.
        awaitSight();
        core.tell(new Event.StoppedForSwitchover(hasStopped));
    }

    private Duration stopTimeout() {
        return Duration.ofSeconds(settings.stopTimeout());
    }
}
