package io.paddock.keeper;

import io.paddock.keeper.cluster.Founding;
import io.paddock.keeper.decision.Lineage;
import io.paddock.keeper.decision.Members;
import io.paddock.keeper.disk.Disk;
import io.paddock.keeper.leash.Leash;
import io.paddock.keeper.postgres.LocalPostgres;
import io.paddock.keeper.postgres.LocalPostgres.Seen;
import io.paddock.keeper.postgres.Repmgr;
import io.paddock.keeper.system.Log;
import io.paddock.keeper.system.Settings;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** What must be done on a primary or a standby some time, but never keeps anybody waiting: room, slots, repmgr's tables, the count of promotions. */
final class Chores {

    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration SETTINGS = Duration.ofSeconds(10);

    private final Settings settings;
    private final LocalPostgres postgres;
    private final Repmgr repmgr;
    private final LockClient lock;
    private final Actions actions;
    private final Founding founding;
    private final Disk disk;
    private final Keeper keeper;
    private final Semaphore wake = new Semaphore(0);
    /** What was done last, by promotion and role: a word that is not repeated. */
    private String done = "";

    private volatile int readied;
    private Duration settingsAt = Duration.ZERO;

    Chores(
            Settings settings,
            LocalPostgres postgres,
            Store store,
            Repmgr repmgr,
            LockClient lock,
            Actions actions,
            Keeper keeper) {
        this.settings = settings;
        this.postgres = postgres;
        this.repmgr = repmgr;
        this.lock = lock;
        this.actions = actions;
        this.founding = store.founding();
        this.disk = store.disk();
        this.keeper = keeper;
    }

    /** Whether the others can be made from this primary. */
    boolean hasReadied(Lineage lineage) {
        return lineage.last() != 0 && lineage.last() == readied;
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
        boolean usedUp = disk.isUsedUp();
        disk.trim();
        Seen seen = postgres.seen();
        if (seen.role() == Leash.Role.PRIMARY && !seen.isPrepared()) {
            repmgr.prepare();
            return;
        }
        if (seen.answers()) {
            // On every node: a standby that is promoted must not take a single write that is not waited for.
            postgres.waitForOneOf(seen.isSynchronous() ? otherVoters() : Set.of());
            guardDisk(usedUp);
        }
        if (seen.answers() && !seen.isInRecovery() && seen.role() == Leash.Role.PRIMARY) {
            asPrimary();
        } else if (seen.answers() && seen.isConnected() && seen.role() == Leash.Role.STANDBY) {
            asStandby(seen);
        }
    }

    /**
     * Writes end before the disk does; who goes on writing, in a transaction that began before or since it asked for that, is
     * disconnected when the last room is used up.
     */
    private void guardDisk(boolean usedUp) throws SQLException {
        boolean stuck = keeper.isStuckWithFullDisk();
        postgres.refuseWrites(stuck);
        if (stuck && usedUp) {
            postgres.disconnectWriters();
        }
    }

    private Set<String> otherVoters() {
        Set<String> voters = new HashSet<>(keeper.members().map(Members::voters).orElse(Set.of()));
        voters.remove(settings.node());
        return voters;
    }

    private void asPrimary() throws IOException, SQLException, InterruptedException {
        Members members = keeper.members().orElseThrow();
        int promotion = actions.lineage().last();
        if (members.isOnly(settings.node())) {
            founding.end();
            return;
        }
        lock.record(promotion);
        actions.noteBeginning();
        String task = "primary " + promotion + " " + keeper.nodes().keySet();
        if (!task.equals(done)) {
            List<Integer> others = keeper.nodes().keySet().stream()
                    .filter(node -> !node.equals(settings.node()))
                    .map(node -> Integer.valueOf(node.substring(node.lastIndexOf('-') + 1)))
                    .toList();
            postgres.makeSlots(others);
            if (repmgr.register("primary")) {
                postgres.recordPrimary();
                postgres.checkpoint();
                done = task;
                readied = promotion;
                keeper.wake();
            }
        }
        if (lock.last().promotion().number() == promotion && founding.isUnderWay()) {
            founding.end();
            Log.info("the cluster is founded");
        }
    }

    private void asStandby(Seen seen) throws SQLException {
        readied = 0;
        String task = "standby of " + seen.upstream();
        if (!task.equals(done)) {
            postgres.dropSlots();
            if (repmgr.register("standby")) {
                done = task;
                settingsAt = Duration.ZERO;
            }
        }
        if (keeper.now().minus(settingsAt).compareTo(SETTINGS) >= 0) {
            postgres.copySettings(seen.upstream());
            settingsAt = keeper.now();
        }
    }
}
