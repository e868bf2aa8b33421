package io.paddock.keeper.postgres;

import io.paddock.keeper.decision.Lineage;
import java.io.IOException;
import java.sql.SQLException;

/** The promotions that this node's data went through, as the disk has them. */
public final class History {

    private final DataDirectory data;
    private volatile Lineage lineage;

    public History(DataDirectory data) {
        this.data = data;
        this.lineage = data.lineage();
    }

    public Lineage lineage() {
        return lineage;
    }

    public synchronized void adopt(Lineage newer) throws IOException {
        if (!newer.equals(lineage)) {
            data.lineage(newer);
            lineage = newer;
        }
    }

    /** Asks the primary, which this node is, where its last promotion began, if that is not known yet. */
    public synchronized void noteBeginning(Replication replication) throws IOException, SQLException {
        if (!lineage.isBeginningKnown()) {
            adopt(lineage.beginningAt(replication.beginning(lineage.beginningBefore())));
        }
    }
}
