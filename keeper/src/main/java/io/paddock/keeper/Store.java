package io.paddock.keeper;

import io.paddock.keeper.cluster.Founding;
import io.paddock.keeper.cluster.Membership;
import io.paddock.keeper.disk.Disk;
import io.paddock.keeper.postgres.DataDirectory;
import java.io.IOException;
import java.nio.file.Path;

/** What a node has on its persistent disk. */
record Store(DataDirectory data, Disk disk, Membership membership, Founding founding) {

    /**
     * @param directory where the disk is mounted
     * @param bin of PostgreSQL's programs
     * @throws IOException if the membership is there, but can't be read
     */
    static Store at(Path directory, Path bin) throws IOException {
        Path own = directory.resolve("keeper");
        return new Store(
                new DataDirectory(directory.resolve("postgres"), bin),
                new Disk(own),
                new Membership(own.resolve("members.json")),
                new Founding(own.resolve("founding")));
    }
}
