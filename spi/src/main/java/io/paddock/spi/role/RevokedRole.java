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
 * is dropped. That is done in batches, each of which lasts, so that however much there is of it, a repeat comes further. What is locked is passed over. The last
 * step is left with what has no statement of its own.
 */
public final class RevokedRole {

    private static final int BATCH = 200;

    /** Long enough to see who is in the way. */
    private static final Duration LOCK = Duration.ofMillis(600);

    private static final String OF_ROLE_HERE = """
              FROM pg_catalog.pg_shdepend s
             CROSS JOIN LATERAL pg_catalog.pg_identify_object(s.classid, s.objid, 0) o
             WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
               AND s.refobjid = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = ?::pg_catalog.name)
               AND s.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
            """;

    /**
     * Statements that hand over one object each. What belongs to a table, like its indexes and the sequences of its columns, goes with it.
     */
    private static final String OWNED = """
            SELECT ARRAY[pg_catalog.format('ALTER %s %s OWNER TO app_owner',
                   CASE o.type WHEN 'statistics object' THEN 'statistics' ELSE o.type END, o.identity)]
            """ + OF_ROLE_HERE + """
               AND s.deptype = 'o'
               AND o.type IN ('table', 'view', 'materialized view', 'foreign table', 'sequence', 'function', 'procedure', 'aggregate', 'type', 'schema',
                              'operator', 'operator class', 'operator family', 'collation', 'conversion', 'statistics object', 'large object',
                              'text search configuration', 'text search dictionary', 'publication', 'server', 'language')
               AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = s.classid AND d.objid = s.objid AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                      AND o.type = 'sequence' AND d.deptype IN ('a', 'i'))
             ORDER BY s.classid, s.objid OFFSET ? LIMIT ?
            """;

    /**
     * Statements that take back what was granted on one object each. A grant by somebody else than the owner can only be taken back in his name, and as long as he has
     * the right to grant that, which he gets for this, and loses: no binding needs it, since it acts as the owner.
     */
    private static final String GRANTED = """
            SELECT CASE WHEN x.grantor = a.owner
                        THEN ARRAY[pg_catalog.format('REVOKE ALL ON %s %s FROM %I CASCADE', k.kind, o.identity, e.rolname)]
                        ELSE pg_catalog.array_remove(ARRAY[
                             CASE WHEN u.lacks THEN pg_catalog.format('GRANT USAGE ON SCHEMA %s TO %I', o.schema, g.rolname) END,
                             pg_catalog.format('GRANT %s ON %s %s TO %I WITH GRANT OPTION', x.privileges, k.kind, o.identity, g.rolname),
                             pg_catalog.format('SET ROLE %I', g.rolname),
                             pg_catalog.format('REVOKE %s ON %s %s FROM %I CASCADE', x.privileges, k.kind, o.identity, e.rolname),
                             'RESET ROLE',
                             pg_catalog.format('REVOKE GRANT OPTION FOR %s ON %s %s FROM %I CASCADE', x.privileges, k.kind, o.identity, g.rolname),
                             CASE WHEN u.lacks THEN pg_catalog.format('REVOKE USAGE ON SCHEMA %s FROM %I', o.schema, g.rolname) END],
                             NULL) END
              FROM pg_catalog.pg_shdepend s
             CROSS JOIN LATERAL pg_catalog.pg_identify_object(s.classid, s.objid, 0) o
             CROSS JOIN LATERAL (SELECT c.relacl, c.relowner FROM pg_catalog.pg_class c
                                  WHERE s.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = s.objid
                                  UNION ALL SELECT p.proacl, p.proowner FROM pg_catalog.pg_proc p
                                  WHERE s.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid = s.objid
                                  UNION ALL SELECT n.nspacl, n.nspowner FROM pg_catalog.pg_namespace n
                                  WHERE s.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND n.oid = s.objid
                                  UNION ALL SELECT t.typacl, t.typowner FROM pg_catalog.pg_type t
                                  WHERE s.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid = s.objid
                                  UNION ALL SELECT l.lomacl, l.lomowner FROM pg_catalog.pg_largeobject_metadata l
                                  WHERE s.classid = 'pg_catalog.pg_largeobject'::pg_catalog.regclass AND l.oid = s.objid) a (acl, owner)
             CROSS JOIN LATERAL (SELECT x.grantor, x.grantee, pg_catalog.string_agg(DISTINCT x.privilege_type, ', ') AS privileges
                                   FROM pg_catalog.aclexplode(a.acl) x GROUP BY x.grantor, x.grantee) x
             CROSS JOIN LATERAL (SELECT CASE WHEN o.type IN ('table', 'view', 'materialized view', 'foreign table') THEN 'TABLE'
                                             WHEN o.type IN ('function', 'procedure', 'aggregate') THEN 'ROUTINE'
                                             ELSE o.type END) k (kind)
              JOIN pg_catalog.pg_roles g ON g.oid = x.grantor
             CROSS JOIN LATERAL (SELECT NOT coalesce(pg_catalog.has_schema_privilege(
                                            g.oid, pg_catalog.to_regnamespace(o.schema)::pg_catalog.oid, 'USAGE'), true)) u (lacks)
              JOIN pg_catalog.pg_roles e ON e.oid = x.grantee
             WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.deptype = 'a' AND s.objsubid = 0
               AND e.oid = s.refobjid AND e.rolname = ?::pg_catalog.name
               AND s.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
             ORDER BY s.classid, s.objid, g.rolname OFFSET ? LIMIT ?
            """;

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
     * @return what is in the way; empty when the role is gone, or may log in again
     */
    public Optional<String> remove() {
        try {
            for (Connection connection : List.of(application, administration)) {
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
            blockers.name(administration, () -> Transactions.run(administration, this::drop));
            return Optional.empty();
        } catch (SQLException failure) {
            return Optional.of(text(failure));
        }
    }

    /** A bind may have given it access again meanwhile. */
    private void drop() throws SQLException {
        Transactions.lock(administration, blockers, BindingRole.ROLES);
        if (!BindingRole.canLogin(administration, role)) {
            ApplicationDatabase.execute(administration, "DROP OWNED BY " + role);
            ApplicationDatabase.execute(administration, "DROP ROLE " + role);
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
     * Runs the statements that a query answers, as arrays of those that belong together.
     *
     * @return what was in the way of the first that failed, or that there is no time left; empty if none is left
     */
    private Optional<String> each(String query) {
        Optional<String> inTheWay = Optional.empty();
        List<List<String>> before = List.of();
        int passedOver = 0;
        while (true) {
            try {
                if (!hasTime.getAsBoolean()) {
                    return inTheWay.or(() -> Optional.of("there is much of it: it goes on"));
                }
                List<List<String>> statements = statements(query, passedOver);
                if (statements.isEmpty()) {
                    return inTheWay;
                }
                if (statements.equals(before)) {
                    return inTheWay.or(() -> Optional.of("has no effect: " + String.join("; ", statements.get(0))));
                }
                before = statements;
                try {
                    together(
                            application,
                            statements.stream().flatMap(List::stream).toList());
                } catch (SQLException some) {
                    for (List<String> statement : statements) {
                        if (!hasTime.getAsBoolean()) {
                            break;
                        }
                        try {
                            blockers.name(application, () -> together(application, statement));
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

    private List<List<String>> statements(String query, int passedOver) throws SQLException {
        List<List<String>> statements = new ArrayList<>();
        try (PreparedStatement statement = application.prepareStatement(query)) {
            statement.setString(1, role);
            statement.setInt(2, passedOver);
            statement.setInt(3, BATCH);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    statements.add(List.of((String[]) rows.getArray(1).getArray()));
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
