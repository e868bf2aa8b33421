package io.paddock.keeper;

import io.paddock.keeper.decision.Timing;
import io.paddock.keeper.engine.Engine;
import io.paddock.keeper.leash.Leash;
import io.paddock.keeper.postgres.Connections;
import io.paddock.keeper.postgres.History;
import io.paddock.keeper.postgres.LocalPostgres;
import io.paddock.keeper.system.BootClock;
import io.paddock.keeper.system.NodeTls;
import io.paddock.keeper.system.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A node with an empty disk, whose PostgreSQL nobody looks at. */
record TestNode(Store store, Leash leash, Path leashDirectory, Observer observer, Core core) {

    static final Settings SETTINGS =
            new Settings("a", "id", 0, true, "deployment", "postgres", "127.0.0.1", 1, 2, 3, 60, 30);

    static TestNode in(Path directory, BootClock clock) throws IOException {
        Files.createDirectories(directory.resolve("store/keeper"));
        Files.createDirectories(directory.resolve("store/postgres"));
        Path leashDirectory = Files.createDirectories(directory.resolve("leash"));
        Store store = Store.at(directory.resolve("store"), directory.resolve("bin"));
        Leash leash = new Leash(leashDirectory);
        NodeTls tls = new NodeTls(directory.resolve("c"), directory.resolve("k"), directory.resolve("ca"));
        LocalPostgres postgres = new LocalPostgres(new Connections(SETTINGS, tls), leash, clock, store.data());
        Observer observer = new Observer("a", clock, store, new History(store.data()), postgres);
        return new TestNode(
                store, leash, leashDirectory, observer, new Core(new Engine("a", Timing.DEFAULT), observer, leash));
    }
}
