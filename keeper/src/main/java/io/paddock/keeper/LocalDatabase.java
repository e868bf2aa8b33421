package io.paddock.keeper;

import io.paddock.keeper.leash.Leash;
import io.paddock.keeper.postgres.Connections;
import io.paddock.keeper.postgres.History;
import io.paddock.keeper.postgres.LocalPostgres;
import io.paddock.keeper.postgres.Replication;
import io.paddock.keeper.postgres.Repmgr;
import io.paddock.keeper.postgres.Slots;
import io.paddock.keeper.postgres.WriteGuard;
import io.paddock.keeper.system.BootClock;

/** This node's PostgreSQL, by what is done with it. */
record LocalDatabase(
        LocalPostgres server,
        History history,
        Replication replication,
        Slots slots,
        WriteGuard writeGuard,
        Repmgr repmgr) {

    static LocalDatabase of(Connections connections, Leash leash, BootClock clock, Store store, Repmgr repmgr) {
        return new LocalDatabase(
                new LocalPostgres(connections, leash, clock, store.data()),
                new History(store.data()),
                new Replication(connections),
                new Slots(connections),
                new WriteGuard(connections, leash),
                repmgr);
    }
}
