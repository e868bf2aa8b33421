package io.paddock.spi.role;

import io.paddock.spi.connection.Blockers;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * What is left of a binding's role whose access has ended: what it owns goes to the database's owner, what it was granted is taken back, and it
 * is dropped. That is done in batches, each of which lasts, so that however much there is of it, a repeat comes further. What is locked is passed over.
 */
public final class RevokedRole {

    private static final int BATCH = 200;

    /** For a batch; the last step is one statement, which may have to look at all that is left. */
    private static final Duration STATEMENT = Duration.ofSeconds(15);

    private static final Duration LOCK = Duration.ofMillis(500);

    private static final String NUMBER = "(SELECT oid FROM pg_catalog.pg_roles WHERE rolname = ?::pg_catalog.name)";

    /** Statements that hand over one object each. What belongs to a table, like its indexes and the sequences of its columns, goes with it. */
    private static final String OWNED = """
            SELECT CASE WHEN s.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                        THEN pg_catalog.format('ALTER TABLE %I.%I OWNER TO app_owner', n.nspname, c.relname)
                        ELSE 'ALTER LARGE OBJECT ' || s.objid || ' OWNER TO app_owner' END
              FROM pg_catalog.pg_shdepend s
              LEFT JOIN pg_catalog.pg_class c ON s.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = s.objid
              LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.deptype = 'o'
               AND s.refobjid = NUMBER
               AND s.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
               AND (s.classid = 'pg_catalog.pg_largeobject'::pg_catalog.regclass
                    OR c.relkind IN ('r', 'p', 'v', 'm', 'f')
                    OR c.relkind = 'S' AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
                          AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i')))
             ORDER BY s.objid OFFSET ? LIMIT ?
            """.replace("NUMBER", NUMBER);

    /** Statements that take back what was granted on one object each. */
    private static final String GRANTED = """
            SELECT CASE WHEN s.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                        THEN pg_catalog.format('REVOKE ALL ON TABLE %I.%I FROM %I CASCADE', n.nspname, c.relname, r.rolname)
                        ELSE pg_catalog.format('REVOKE ALL ON LARGE OBJECT %s FROM %I CASCADE', s.objid, r.rolname) END
              FROM pg_catalog.pg_shdepend s
              JOIN pg_catalog.pg_roles r ON r.oid = s.refobjid
              LEFT JOIN pg_catalog.pg_class c ON s.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = s.objid
              LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.deptype = 'a' AND s.objsubid = 0
               AND s.refobjid = NUMBER
               AND s.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
               AND (s.classid = 'pg_catalog.pg_largeobject'::pg_catalog.regclass OR c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S'))
             ORDER BY s.objid OFFSET ? LIMIT ?
            """.replace("NUMBER", NUMBER);

    private final Connection administration;
    private final Connection application;
    private final Blockers blockers;
    private final String role;
    private final BooleanSupplier hasTime;

    /**
     * @param administration to a database that no application gets into
     * @param application to the application's own
     * @param hasTime asked before each step
     */
    public RevokedRole(
            Connection administration,
            Connection application,
            Blockers blockers,
            String role,
            BooleanSupplier hasTime) {
        this.administration = administration;
        this.application = application;
        this.blockers = blockers;
        this.role = role;
        this.hasTime = hasTime;
    }

    /**
     * Comes as far as it can.
     *
     * @return what is in the way; empty when the role is gone
     */
    public Optional<String> remove() {
        try {
            for (Connection connection : List.of(application, administration)) {
                ApplicationDatabase.execute(connection, "SET statement_timeout = " + STATEMENT.toMillis());
                ApplicationDatabase.execute(connection, "SET lock_timeout = " + LOCK.toMillis());
            }
            rollBackPrepared();
            Optional<String> inTheWay = each(OWNED).or(() -> each(GRANTED));
            if (inTheWay.isPresent()) {
                return inTheWay;
            }
            blockers.name(
                    application,
                    () -> together(
                            application,
                            List.of(
                                    "REASSIGN OWNED BY " + role + " TO " + ApplicationDatabase.OWNER,
                                    "DROP OWNED BY " + role)));
            blockers.name(
                    administration,
                    () -> together(administration, List.of("DROP OWNED BY " + role, "DROP ROLE IF EXISTS " + role)));
            return Optional.empty();
        } catch (SQLException failure) {
            return Optional.of(text(failure));
        }
    }

    /** Nobody can end them any more but the administrator. */
    private void rollBackPrepared() throws SQLException {
        List<String> prepared = new ArrayList<>();
        try (PreparedStatement statement = application.prepareStatement("SELECT gid FROM pg_catalog.pg_prepared_xacts"
                + " WHERE owner = ?::pg_catalog.name AND database = pg_catalog.current_database()")) {
            statement.setString(1, role);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    prepared.add(rows.getString(1));
                }
            }
        }
        for (String name : prepared) {
            ApplicationDatabase.execute(
                    application, "ROLLBACK PREPARED " + ApplicationDatabase.literal(application, name));
        }
    }

    /**
     * Runs the statements that a query answers.
     *
     * @return what was in the way of the first that failed, or that there is no time left; empty if none is left
     */
    private Optional<String> each(String query) {
        Optional<String> inTheWay = Optional.empty();
        int passedOver = 0;
        while (true) {
            try {
                if (!hasTime.getAsBoolean()) {
                    return inTheWay.or(() -> Optional.of("there is much of it: it goes on"));
                }
                List<String> statements = statements(query, passedOver);
                if (statements.isEmpty()) {
                    return inTheWay;
                }
                try {
                    together(application, statements);
                } catch (SQLException some) {
                    for (String statement : statements) {
                        if (!hasTime.getAsBoolean()) {
                            break;
                        }
                        try {
                            blockers.name(application, () -> ApplicationDatabase.execute(application, statement));
                        } catch (SQLException failure) {
                            passedOver++;
                            inTheWay = inTheWay.or(() -> Optional.of(text(failure)));
                        }
                    }
                }
            } catch (SQLException failure) {
                return Optional.of(text(failure));
            }
        }
    }

    private List<String> statements(String query, int passedOver) throws SQLException {
        List<String> statements = new ArrayList<>();
        try (PreparedStatement statement = application.prepareStatement(query)) {
            statement.setString(1, role);
            statement.setInt(2, passedOver);
            statement.setInt(3, BATCH);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    statements.add(rows.getString(1));
                }
            }
        }
        return statements;
    }

    private static void together(Connection connection, List<String> statements) throws SQLException {
        Transactions.run(connection, () -> {
            try (Statement statement = connection.createStatement()) {
                for (String sql : statements) {
                    statement.addBatch(sql);
                }
                statement.executeBatch();
            }
        });
    }

    private static String text(SQLException failure) {
        return "SQLSTATE " + failure.getSQLState() + ", " + failure.getMessage();
    }
}
