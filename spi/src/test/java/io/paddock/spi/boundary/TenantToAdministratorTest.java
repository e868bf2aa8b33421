package io.paddock.spi.boundary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paddock.contracts.service.ProblemException;
import io.paddock.contracts.spi.RemainingAccount;
import io.paddock.contracts.spi.Verification;
import io.paddock.spi.role.BindingRole;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The boundary from a tenant to the administrator's availability: whatever an application does, its instance is verified, bound and unbound. */
@Tag("security")
class TenantToAdministratorTest {

    private static final String ATTACKER = "attacker";
    private static final String ROLE = BindingRole.name(ATTACKER);
    private static final String FRIEND = "friend";
    private static final String FRIENDS_ROLE = BindingRole.name(FRIEND);

    private static final Set<String> WORST = Set.of(
            "an open change of its own role",
            "another role by default",
            "a prepared change of its database's settings");

    private static TenantsServer server;

    private final List<Connection> held = new ArrayList<>();

    /**
     * @param statements run by a session that stays open
     * @param friend run by a session of another binding of the same database, which stays open as well
     */
    private record Attack(String name, List<String> statements, List<String> friend, boolean staysBehind) {

        @Override
        public String toString() {
            return name;
        }
    }

    private static Attack attack(String name, String... statements) {
        return new Attack(name, List.of(statements), List.of(), false);
    }

    static Stream<Attack> attacks() {
        return Stream.of(
                attack(
                        "an open change of its own role",
                        "SET ROLE NONE",
                        "BEGIN",
                        "ALTER ROLE CURRENT_USER PASSWORD 'x'"),
                attack(
                        "an open change of its role's settings",
                        "SET ROLE NONE",
                        "BEGIN",
                        "ALTER ROLE CURRENT_USER SET work_mem = '1MB'"),
                attack(
                        "the lock that release 0.1.0 took",
                        "SELECT pg_advisory_lock(hashtextextended('" + ROLE + "', 0))"),
                attack("an open change of its database's settings", "BEGIN", "ALTER DATABASE app SET work_mem = '1MB'"),
                attack(
                        "an open change of its database that everybody may enter",
                        "GRANT CONNECT ON DATABASE app TO PUBLIC",
                        "BEGIN",
                        "ALTER DATABASE app CONNECTION LIMIT 50"),
                attack("an open grant on its database", "BEGIN", "GRANT CONNECT ON DATABASE app TO " + FRIENDS_ROLE),
                attack("a closed database", "REVOKE ALL ON DATABASE app FROM app_owner"),
                attack("a database for no connections", "ALTER DATABASE app CONNECTION LIMIT 0"),
                attack("another role by default", "ALTER DATABASE app SET role = app_owner"),
                attack("another user by default", "ALTER DATABASE app SET session_authorization = app_owner"),
                attack("a library that is not there", "ALTER DATABASE app SET local_preload_libraries = 'nothing'"),
                attack("statements of a millisecond", "ALTER DATABASE app SET statement_timeout = 1"),
                attack("no writes", "ALTER DATABASE app SET default_transaction_read_only = on"),
                attack("errors that end the session", "ALTER DATABASE app SET exit_on_error = on"),
                attack(
                        "a prepared change of its own role",
                        "SET ROLE NONE",
                        "BEGIN",
                        "ALTER ROLE CURRENT_USER PASSWORD 'x'",
                        "PREPARE TRANSACTION 'own'"),
                attack(
                        "a prepared change of its database's settings",
                        "BEGIN",
                        "ALTER DATABASE app SET work_mem = '1MB'",
                        "PREPARE TRANSACTION 'database'"),
                attack(
                        "a prepared transaction with a table",
                        "SET ROLE NONE",
                        "CREATE SCHEMA own",
                        "CREATE TABLE own.kept (id int)",
                        "BEGIN",
                        "LOCK TABLE own.kept",
                        "PREPARE TRANSACTION 'table'"),
                new Attack(
                        "a friend who locks what it owns",
                        List.of(
                                "SET ROLE NONE",
                                "CREATE SCHEMA own",
                                "CREATE TABLE own.kept (id int)",
                                "GRANT USAGE ON SCHEMA own TO " + FRIENDS_ROLE,
                                "GRANT ALL ON own.kept TO " + FRIENDS_ROLE),
                        List.of("SET ROLE NONE", "BEGIN", "LOCK TABLE own.kept IN ACCESS SHARE MODE"),
                        true),
                new Attack(
                        "a friend with an open grant to it",
                        List.of("SELECT 1"),
                        List.of("CREATE TABLE friends (id int)", "BEGIN", "GRANT ALL ON friends TO " + ROLE),
                        true),
                new Attack(
                        "a grant by somebody else than the owner",
                        List.of("SELECT 1"),
                        List.of(
                                "CREATE TABLE granted (id int)",
                                "GRANT SELECT ON granted TO " + FRIENDS_ROLE + " WITH GRANT OPTION",
                                "SET ROLE NONE",
                                "GRANT SELECT ON granted TO " + ROLE),
                        false),
                new Attack(
                        "a grant in a schema that is closed to who made it",
                        List.of("SELECT 1"),
                        List.of(
                                "CREATE SCHEMA closed",
                                "CREATE TABLE closed.granted (id int)",
                                "GRANT SELECT ON closed.granted TO " + FRIENDS_ROLE + " WITH GRANT OPTION",
                                "SET ROLE NONE",
                                "GRANT SELECT ON closed.granted TO " + ROLE,
                                "RESET ROLE",
                                "REVOKE ALL ON SCHEMA closed FROM app_owner"),
                        false),
                new Attack(
                        "a grant of a function by somebody else than its owner",
                        List.of("SELECT 1"),
                        List.of(
                                "CREATE FUNCTION given() RETURNS int LANGUAGE sql AS 'SELECT 1'",
                                "GRANT EXECUTE ON FUNCTION given() TO " + FRIENDS_ROLE + " WITH GRANT OPTION",
                                "SET ROLE NONE",
                                "GRANT EXECUTE ON FUNCTION given() TO " + ROLE),
                        false),
                new Attack(
                        "many kinds of objects",
                        List.of(
                                "SET ROLE NONE",
                                "CREATE SCHEMA own",
                                "SET search_path = own, public",
                                "CREATE TYPE pair AS (a int, b int)",
                                "CREATE TYPE mood AS ENUM ('good')",
                                "CREATE DOMAIN small AS int CHECK (VALUE < 9)",
                                "CREATE FUNCTION one(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
                                "CREATE PROCEDURE nothing() LANGUAGE sql AS 'SELECT 1'",
                                "CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int)",
                                "CREATE TABLE parted (id int GENERATED ALWAYS AS IDENTITY, k int, t tsvector) PARTITION BY LIST (k)",
                                "CREATE TABLE part PARTITION OF parted FOR VALUES IN (1)",
                                "CREATE STATISTICS pairs (dependencies) ON id, k FROM part",
                                "CREATE VIEW seen AS SELECT id FROM parted",
                                "CREATE MATERIALIZED VIEW kept AS SELECT id FROM parted",
                                "CREATE SEQUENCE counter",
                                "CREATE COLLATION coll FROM \"C\"",
                                "CREATE TEXT SEARCH CONFIGURATION words (COPY = pg_catalog.english)",
                                "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)",
                                "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO " + FRIENDS_ROLE,
                                "GRANT SELECT (id) ON part TO " + FRIENDS_ROLE),
                        List.of(),
                        false),
                new Attack(
                        "grants with grant option",
                        List.of(
                                "SET ROLE NONE",
                                "CREATE SCHEMA own",
                                "CREATE TABLE own.kept (id int)",
                                "GRANT ALL ON SCHEMA own TO " + FRIENDS_ROLE + " WITH GRANT OPTION",
                                "GRANT ALL ON own.kept TO " + FRIENDS_ROLE + " WITH GRANT OPTION"),
                        List.of(
                                "SET ROLE NONE",
                                "GRANT ALL ON own.kept TO app_owner WITH GRANT OPTION",
                                "CREATE TABLE own.friends (id int)",
                                "GRANT ALL ON own.friends TO " + ROLE + " WITH GRANT OPTION"),
                        false));
    }

    @BeforeAll
    static void start() throws IOException, SQLException {
        server = new TenantsServer();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @BeforeEach
    void ready() {
        assertThat(server.verify(Map.of()).ready()).isTrue();
    }

    @AfterEach
    void startAnew() throws SQLException {
        for (Connection session : held) {
            session.close();
        }
        rollBack();
        try (Connection admin = server.administration()) {
            TenantsServer.execute(admin, "DROP DATABASE app WITH (FORCE)");
            TenantsServer.execute(admin, "DROP ROLE IF EXISTS " + ROLE + ", " + FRIENDS_ROLE);
        }
    }

    private static void rollBack() throws SQLException {
        try (Connection admin = server.guarded();
                Statement statement = admin.createStatement();
                ResultSet rows = statement.executeQuery("SELECT gid FROM pg_catalog.pg_prepared_xacts")) {
            while (rows.next()) {
                TenantsServer.execute(admin, "ROLLBACK PREPARED '" + rows.getString(1) + "'");
            }
        }
    }

    static Stream<Attack> worst() {
        return attacks().filter(attack -> WORST.contains(attack.name()));
    }

    @ParameterizedTest
    @MethodSource("worst")
    @Tag("verify")
    void theWorst(Attack attack) throws SQLException {
        theInstanceIsAdministered(attack);
    }

    @ParameterizedTest
    @MethodSource("attacks")
    void theInstanceIsAdministered(Attack attack) throws SQLException {
        String password = server.bind(ATTACKER);
        String friendsPassword = server.bind(FRIEND);
        Connection friend = hold(FRIEND, friendsPassword, "", List.of());
        hold(ATTACKER, password, "", attack.statements());
        TenantsServer.execute(friend, attack.friend().toArray(String[]::new));

        Verification verified = server.verify(Map.of("work_mem", "8MB"));
        assertThat(verified.ready()).as(verified.message()).isTrue();
        String next = server.bind("next");
        assertThatCode(() -> server.connect(
                                "next",
                                next,
                                "-c role=none -c local_preload_libraries= -c default_transaction_read_only=off")
                        .close())
                .doesNotThrowAnyException();
        server.bind(ATTACKER);
        server.unbind(ATTACKER);
        assertGone(attack.staysBehind());
        server.unbind("next");
        for (Connection session : held) {
            session.close();
        }
        assertThat(server.cleanUp()).isEmpty();
        assertThat(exists(ROLE)).isFalse();
    }

    private static void assertGone(boolean staysBehind) throws SQLException {
        try (Connection admin = server.administration()) {
            assertThat(TenantsServer.text(
                            admin, "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE usename = '" + ROLE + "'"))
                    .isEqualTo("0");
            String canLogin = "SELECT rolcanlogin FROM pg_catalog.pg_roles WHERE rolname = '" + ROLE + "'";
            if (staysBehind) {
                assertThat(TenantsServer.text(admin, canLogin)).isEqualTo("f");
            } else {
                // On a busy machine a moment after its access has ended.
                long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
                while (!TenantsServer.text(admin, canLogin).isEmpty()) {
                    assertThat(System.nanoTime()).isLessThan(end);
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
                }
            }
        }
        List<RemainingAccount> remaining = server.cleanUp();
        if (staysBehind) {
            assertThat(remaining)
                    .singleElement()
                    .satisfies(
                            account -> assertThat(account.inTheWay()).contains("in the way: session ", FRIENDS_ROLE));
        }
    }

    @Test
    @Tag("verify")
    void aSessionThatHidesWhileItStartsEnds() throws Exception {
        String password = server.bind(ATTACKER);
        Thread hidden = new Thread(() -> {
            try (Connection session = server.connect(ATTACKER, password, "-c post_auth_delay=600")) {
                held.add(session);
            } catch (SQLException ended) {
                // Which is wanted.
            }
        });
        hidden.start();
        try (Connection admin = server.administration()) {
            while (TenantsServer.text(admin, HIDDEN).isEmpty()) {
                Thread.onSpinWait();
            }
        }

        server.unbind(ATTACKER);

        hidden.join(Duration.ofSeconds(20).toMillis());
        assertThat(hidden.isAlive()).isFalse();
        assertThat(held).isEmpty();
    }

    private static final String HIDDEN =
            "SELECT pid FROM pg_catalog.pg_locks l WHERE locktype = 'object' AND mode = 'RowExclusiveLock'"
                    + " AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.pid = l.pid)";

    @Test
    void nobodyGetsInWhileSessionsOfTheRoleAreEnded() throws SQLException {
        String password = server.bind(ATTACKER);
        for (int i = 0; i < 20; i++) {
            hold(ATTACKER, password, "", List.of("SET ROLE NONE", "BEGIN", "SELECT pg_advisory_xact_lock(" + i + ")"));
        }

        server.unbind(ATTACKER);

        assertThatThrownBy(() -> server.connect(ATTACKER, password, "")).isInstanceOf(SQLException.class);
        for (Connection session : held) {
            assertThatThrownBy(() -> TenantsServer.execute(session, "SELECT 1")).isInstanceOf(SQLException.class);
        }
    }

    @Test
    void howeverMuchARoleOwnsItIsHandedOver() throws SQLException {
        String password = server.bind(ATTACKER);
        try (Connection tenant = server.connect(ATTACKER, password, "-c role=none")) {
            TenantsServer.execute(
                    tenant,
                    "CREATE SCHEMA own",
                    "SELECT lo_create(0) FROM generate_series(1, 3000)",
                    "DO $$ BEGIN FOR i IN 1..900 LOOP EXECUTE format('CREATE TABLE own.t%s (id serial)', i);"
                            + " IF i % 100 = 0 THEN COMMIT; END IF; END LOOP; END $$");
        }

        server.unbind(ATTACKER);
        List<RemainingAccount> remaining = server.cleanUp();
        while (!remaining.isEmpty()) {
            assertThat(remaining)
                    .allSatisfy(account -> assertThat(account.inTheWay()).contains("it goes on"));
            remaining = server.cleanUp();
        }

        assertThat(exists(ROLE)).isFalse();
        try (Connection admin = server.guarded()) {
            assertThat(
                            TenantsServer.text(
                                    admin,
                                    "SELECT count(*) FROM pg_catalog.pg_largeobject_metadata WHERE lomowner = 'app_owner'::regrole"))
                    .isEqualTo("3000");
        }
    }

    @Test
    void afterItsCallersPatienceNothingIsChanged() throws SQLException {
        String password = server.bind(ATTACKER);

        assertThatThrownBy(() -> server.unbind(ATTACKER, Duration.ofSeconds(-1)))
                .isInstanceOf(ProblemException.class);

        server.connect(ATTACKER, password, "").close();
    }

    @Test
    void aRoleThatIsBoundAgainBeforeItIsGoneHasItsAccess() throws SQLException {
        server.bind(FRIEND);
        String password = server.bind(ATTACKER);
        hold(
                ATTACKER,
                password,
                "",
                List.of(
                        "SET ROLE NONE",
                        "CREATE SCHEMA own",
                        "CREATE TABLE own.kept (id int)",
                        "GRANT USAGE ON SCHEMA own TO " + FRIENDS_ROLE,
                        "GRANT ALL ON own.kept TO " + FRIENDS_ROLE));
        hold(
                FRIEND,
                server.bind(FRIEND),
                "",
                List.of("SET ROLE NONE", "BEGIN", "LOCK TABLE own.kept IN ACCESS SHARE MODE"));
        server.unbind(ATTACKER);
        assertThat(exists(ROLE)).isTrue();

        String again = server.bind(ATTACKER);

        try (Connection session = server.connect(ATTACKER, again, "")) {
            assertThat(TenantsServer.text(session, "SELECT current_user")).isEqualTo("app_owner");
        }
        assertThat(server.leftover(FRIEND)).containsExactly(ROLE);
    }

    @Test
    void everySettingOfADatabaseMayBeAnything() throws SQLException {
        String password = server.bind(ATTACKER);
        List<String> settings = new ArrayList<>();
        try (Connection tenant = server.connect(ATTACKER, password, "");
                Statement statement = tenant.createStatement()) {
            try (ResultSet rows = statement.executeQuery("""
                    SELECT name, unnest(CASE vartype WHEN 'bool' THEN ARRAY[CASE setting WHEN 'on' THEN 'off' ELSE 'on' END]
                                                     WHEN 'enum' THEN enumvals[array_length(enumvals, 1):]
                                                     WHEN 'string' THEN ARRAY['pg_toast', 'nothing', '']
                                                     ELSE ARRAY[max_val, min_val, '1'] END)
                      FROM pg_settings WHERE context IN ('user', 'backend') AND name <> 'post_auth_delay'
                    """)) {
                while (rows.next()) {
                    settings.add("ALTER DATABASE app SET " + rows.getString(1) + " = '" + rows.getString(2) + "'");
                }
            }
            for (String setting : settings) {
                try {
                    statement.execute(setting);
                } catch (SQLException refused) {
                    // The server knows better.
                }
            }
            assertThat(Integer.parseInt(TenantsServer.text(
                            tenant, "SELECT array_length(setconfig, 1) FROM pg_db_role_setting WHERE setrole = 0")))
                    .isGreaterThan(100);
        }

        Verification verified = server.verify(Map.of("work_mem", "8MB"));
        server.bind(FRIEND);
        server.unbind(FRIEND);
        server.unbind(ATTACKER);

        assertThat(verified.ready()).as(verified.message()).isTrue();
        assertThat(server.cleanUp()).isEmpty();
        assertThat(exists(ROLE)).isFalse();
    }

    private static boolean exists(String role) throws SQLException {
        try (Connection admin = server.administration()) {
            return !TenantsServer.text(admin, "SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = '" + role + "'")
                    .isEmpty();
        }
    }

    /** A session that stays open until the end of the test. */
    private Connection hold(String binding, String password, String options, List<String> statements)
            throws SQLException {
        Connection session = server.connect(binding, password, options);
        held.add(session);
        TenantsServer.execute(session, statements.toArray(String[]::new));
        return session;
    }
}
