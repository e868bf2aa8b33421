package io.paddock.keeper;

import io.paddock.keeper.cluster.Founding;
import io.paddock.keeper.decision.Lineage;
import io.paddock.keeper.engine.Effect;
import io.paddock.keeper.engine.Event;
import io.paddock.keeper.engine.Event.Tried.Outcome;
import io.paddock.keeper.leash.Leash;
import io.paddock.keeper.postgres.DataDirectory;
import io.paddock.keeper.postgres.History;
import io.paddock.keeper.postgres.Repmgr;
import java.io.IOException;
import java.time.Duration;

/** Makes a standby of a node whose data are not the primary's, or are none. Until that has ended well there is no database here. */
final class Rejoin {

    private final Core core;
    private final Leash leash;
    private final Duration stopTimeout;
    private final DataDirectory data;
    private final Founding founding;
    private final History history;
    private final Repmgr repmgr;

    Rejoin(Core core, Leash leash, Duration stopTimeout, Store store, LocalDatabase database) {
        this.core = core;
        this.leash = leash;
        this.stopTimeout = stopTimeout;
        this.data = store.data();
        this.founding = store.founding();
        this.history = database.history();
        this.repmgr = database.repmgr();
    }

    /** Rewinds the data; if that fails they are left unfinished, and copied next. */
    void rewind(Effect.Rewind wanted, String address) throws IOException {
        if (!leash.stop(stopTimeout)) {
            return;
        }
        core.tell(new Event.Tried(Outcome.REWINDS));
        begin();
        if (repmgr.rejoin(address)) {
            finish(wanted.lineage());
            core.tell(new Event.Followed());
        } else {
            leash.stop(stopTimeout);
        }
    }

    /** @return whether there is a standby's data directory now */
    boolean copy(Effect.Copy wanted, String address) throws IOException {
        if (!leash.stop(stopTimeout)) {
            return false;
        }
        begin();
        if (!repmgr.clone(address)) {
            core.tell(new Event.Tried(Outcome.COPY_FAILED));
            return false;
        }
        finish(wanted.lineage());
        core.tell(new Event.Tried(Outcome.COPIED));
        return true;
    }

    private void begin() throws IOException {
        data.begin();
        founding.end();
    }

    private void finish(Lineage lineage) throws IOException {
        history.adopt(lineage);
        data.finish();
    }
}
