package io.paddock.keeper;

import io.paddock.keeper.cluster.Records;
import io.paddock.keeper.decision.Members;
import io.paddock.keeper.engine.Event;
import io.paddock.keeper.engine.Picture;
import io.paddock.keeper.leash.Leash;
import io.paddock.keeper.postgres.Seen;
import io.paddock.keeper.system.Log;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/** What must be done on a primary or a standby some time, but never keeps anybody waiting: room, slots, repmgr's tables, the count of promotions. */
final class Chores {

    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration SETTINGS = Duration.ofSeconds(10);
    private static final Duration CHECKPOINT = Duration.ofMinutes(10);

    private final int protocol;
    private final LocalDatabase database;
    private final Store store;
    private final LockClient lock;
    private final Core core;
    private final Observer observer;
    private final Semaphore wake = new Semaphore(0);
    /** What was done last, by promotion and role: a word that is not repeated. */
    private String done = "";

    private Duration settingsAt = Duration.ZERO;

    /** @param protocol the newest that is spoken to other keepers */
    Chores(int protocol, LocalDatabase database, Store store, LockClient lock, Core core, Observer observer) {
        this.protocol = protocol;
        this.database = database;
        this.store = store;
        this.lock = lock;
        this.core = core;
        this.observer = observer;
    }

    void wake() {
        wake.release();
    }

    void run() {
        while (true) {
            try {
                look();
            } catch (IOException | SQLException | RuntimeException failure) {
                Log.warn("a chore failed, and will be tried again", failure);
            } catch (InterruptedException interrupted) {
                return;
            }
            try {
                wake.tryAcquire(INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
                wake.drainPermits();
            } catch (InterruptedException interrupted) {
                return;
            }
        }
    }

    private void look() throws IOException, SQLException, InterruptedException {
        boolean usedUp = store.disk().isUsedUp();
        store.disk().trim();
        Seen seen = database.server().seen();
        if (seen.role() == Leash.Role.PRIMARY && !seen.isPrepared()) {
            database.repmgr().prepare();
            return;
        }
        if (seen.answers()) {
            guardDisk(usedUp);
            // On every node: a standby that is promoted must not take a single write that is not waited for.
            database.replication()
                    .waitForOneOf(seen.isSynchronous() ? otherVoters() : Set.of(), seen.synchronousStandbyNames());
        }
        Picture picture = core.picture();
        if (picture.isCluster()) {
            picture.closesLock(protocol).ifPresent(lock::close);
        }
        if (seen.answers() && !seen.isInRecovery() && seen.role() == Leash.Role.PRIMARY) {
            database.server().endRevoked("");
            asPrimary();
        } else if (seen.answers() && seen.role() == Leash.Role.STANDBY) {
            if (seen.isPaused()) {
                lacking().ifPresent(setting -> restart("it needs as much " + setting + " as its primary"));
            }
            database.server().endRevoked(seen.upstream());
            if (seen.isConnected()) {
                asStandby(seen);
            }
        }
    }

    /**
     * Writes end before the disk does; who goes on writing, in a transaction that began before or since it asked for that, is
     * disconnected when the last room is used up.
     */
    private void guardDisk(boolean usedUp) throws SQLException {
        boolean stuck = core.picture().isStuckWithFullDisk();
        database.writeGuard().refuseWrites(stuck);
        if (stuck && usedUp) {
            database.writeGuard().disconnectWriters();
        }
    }

    private void restart(String reason) {
        core.tell(new Event.RestartWanted(reason));
    }

    private Set<String> otherVoters() {
        Set<String> voters = new HashSet<>(
                core.picture().view().members().map(Members::voters).orElse(Set.of()));
        voters.remove(core.self());
        return voters;
    }

    private void asPrimary() throws IOException, SQLException, InterruptedException {
        Picture picture = core.picture();
        Members members = picture.view().members().orElseThrow();
        boolean isOnly = members.isOnly(core.self());
        int promotion = database.history().lineage().last();
        database.history().noteBeginning(database.replication());
        if (!isOnly) {
            lock.record(promotion, members);
        }
        String task = "primary " + promotion + " "
                + picture.view().listed().stream().sorted().toList() + members.voters();
        if (!task.equals(done) && (hasNothingToReady(isOnly) || ready(promotion))) {
            done = task;
        }
        if (!isOnly && store.founding().isUnderWay() && lock.hasRecorded(promotion, members)) {
            store.founding().end();
            Log.info("the cluster is founded");
        }
    }

    /** Whether it is alone, and always was. */
    private boolean hasNothingToReady(boolean isOnly) throws SQLException {
        return isOnly && core.picture().others().isEmpty() && !database.slots().hasSlotsBeside(List.of());
    }

    /** Lets the nodes that there are be made from this one, and keeps nothing for those that are gone. */
    private boolean ready(int promotion) throws SQLException {
        // The records may lack a voter whose machine is being made anew.
        List<Integer> others = Stream.concat(core.picture().others().stream(), otherVoters().stream())
                .map(Records::index)
                .distinct()
                .toList();
        database.slots().keepSlots(others);
        if (!database.repmgr().register("primary")) {
            return false;
        }
        database.slots().recordPrimary(others);
        if (promotion > 1) {
            database.replication().checkpoint(CHECKPOINT);
        }
        observer.readied(promotion);
        core.wake();
        Optional<String> raised = raised(setting -> 0);
        raised.ifPresent(setting -> restart("its files want less " + setting));
        // A slot that was still in use can't be dropped.
        return raised.isEmpty() && !database.slots().hasSlotsBeside(others);
    }

    private void asStandby(Seen seen) throws SQLException {
        observer.readied(0);
        String task = "standby of " + seen.upstream();
        if (!task.equals(done)) {
            database.slots().dropSlots();
            if (database.repmgr().register("standby")) {
                done = task;
                settingsAt = Duration.ZERO;
            }
        }
        if (core.now().minus(settingsAt).compareTo(SETTINGS) >= 0) {
            database.replication().copySettings(seen.upstream());
            settingsAt = core.now();
            raised(store.data()::logged).ifPresent(setting -> restart("its primary has less " + setting + " now"));
        }
    }

    /** A setting that is higher than the server's files want, though it need not be. */
    private Optional<String> raised(ToIntFunction<String> needed) throws SQLException {
        return database.replication().capacities().entrySet().stream()
                .filter(setting ->
                        setting.getValue().value() > setting.getValue().wanted()
                                && setting.getValue().wanted() >= needed.applyAsInt(setting.getKey()))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** A setting of which the standby has less than the primary that wrote its log: it stops to apply that. */
    private Optional<String> lacking() throws SQLException {
        return database.replication().capacities().entrySet().stream()
                .filter(setting -> setting.getValue().value() < store.data().logged(setting.getKey()))
                .map(Map.Entry::getKey)
                .findFirst();
    }
}
