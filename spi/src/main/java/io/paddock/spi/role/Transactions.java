package io.paddock.spi.role;

import io.paddock.spi.connection.Blockers;
import java.sql.Connection;
import java.sql.SQLException;

/** Changes that are made together or not at all. */
final class Transactions {

    private Transactions() {}

    /** @param connection in autocommit, in which it is afterwards as well */
    static void run(Connection connection, Blockers.Change change) throws SQLException {
        connection.setAutoCommit(false);
        try {
            change.make();
            connection.commit();
            connection.setAutoCommit(true);
        } catch (SQLException | RuntimeException failure) {
            try {
                connection.rollback();
                connection.setAutoCommit(true);
            } catch (SQLException lost) {
                failure.addSuppressed(lost);
            }
            throw failure;
        }
    }

    /**
     * Lets nobody else change these shared catalogs until the transaction ends, after whoever is about to has been ended; readers, and so
     * logins, go on. Any application may change something of its own there and leave its transaction open; without this a change of the
     * administrator would wait for it, or fail when it commits.
     */
    static void lock(Connection connection, Blockers blockers, String catalogs) throws SQLException {
        blockers.end(
                connection,
                () -> ApplicationDatabase.execute(
                        connection, "LOCK TABLE " + catalogs + " IN SHARE ROW EXCLUSIVE MODE"));
    }
}
