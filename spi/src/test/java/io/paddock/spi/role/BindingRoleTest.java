package io.paddock.spi.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paddock.spi.boundary.TenantsServer;
import io.paddock.spi.parameter.Parameter.Application;
import io.paddock.spi.parameter.Parameters;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The role model, on a real PostgreSQL. */
@Tag("security")
@Tag("verify")
class BindingRoleTest {

    private static final String ONE = BindingRole.name("binding-one");
    private static final String TWO = BindingRole.name("binding-two");

    private static TenantsServer server;

    @BeforeAll
    static void start() throws IOException, SQLException {
        server = new TenantsServer();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @BeforeEach
    void database() throws SQLException {
        try (Connection admin = server.administration()) {
            ApplicationDatabase.ensure(admin, server.blockers());
        }
        bind(ONE, "first-password");
        bind(TWO, "second-password");
    }

    @Test
    void whatOneApplicationCreatesTheOtherMayAlter() throws SQLException {
        run(ONE, "first-password", "DROP TABLE IF EXISTS shared", "CREATE TABLE shared (id int)");

        run(
                TWO,
                "second-password",
                "ALTER TABLE shared ADD COLUMN name text",
                "INSERT INTO shared VALUES (1, 'x')",
                "DROP TABLE shared");
    }

    /** By a bind that gives an existing role another password as well. */
    @Test
    void whatARoleMakesAsItselfTheOthersUseAtOnceAndOwnAfterItsUnbind() throws SQLException {
        String other = server.bind("other");
        server.bind("loner");
        String loner = server.bind("loner");
        String role = BindingRole.name("loner");
        run(
                role,
                loner,
                "SET ROLE NONE",
                "CREATE SCHEMA own",
                "CREATE TABLE own.made (id serial)",
                "INSERT INTO own.made DEFAULT VALUES");

        run(
                BindingRole.name("other"),
                other,
                "INSERT INTO own.made DEFAULT VALUES",
                "CREATE TABLE own.another (id int)");

        server.unbind("loner");
        run(BindingRole.name("other"), other, "DROP SCHEMA own CASCADE");
        try (Connection admin = server.administration()) {
            assertThat(BindingRole.exists(admin, role)).isFalse();
        }
    }

    @Test
    void whatAnApplicationLeavesBehindStaysUsableAfterItsUnbind() throws SQLException {
        run(
                ONE,
                "first-password",
                "DROP TABLE IF EXISTS kept",
                "CREATE TABLE kept (id int)",
                "INSERT INTO kept VALUES (1)");
        run(
                ONE,
                "first-password",
                "SET ROLE NONE",
                "CREATE SCHEMA IF NOT EXISTS own",
                "CREATE TABLE own.kept (id int)");

        drop(ONE);

        run(
                TWO,
                "second-password",
                "INSERT INTO kept VALUES (2)",
                "ALTER TABLE own.kept ADD COLUMN x int",
                "DROP SCHEMA own CASCADE");
    }

    @Test
    void unbindEndsTheSessionsOfTheRole() throws SQLException {
        try (Connection session = connect(ONE, "first-password")) {
            drop(ONE);

            assertThatThrownBy(() -> session.createStatement().execute("SELECT 1"))
                    .isInstanceOf(SQLException.class);
        }
    }

    @Test
    void aSecondUnbindFindsNothingToDo() throws SQLException {
        drop(ONE);
        drop(ONE);

        assertThatThrownBy(() -> connect(ONE, "first-password")).isInstanceOf(SQLException.class);
    }

    @Test
    void aRepeatedBindGivesTheSameRoleANewPassword() throws SQLException {
        bind(ONE, "another-password");

        run(ONE, "another-password", "SELECT 1");
        assertThatThrownBy(() -> connect(ONE, "first-password")).isInstanceOf(SQLException.class);
    }

    @Test
    void aBindThatNobodyWaitsForAnyMoreChangesNothing() throws SQLException {
        try (Connection admin = server.administration()) {
            assertThatThrownBy(() -> BindingRole.ensure(admin, server.blockers(), ONE, "late-password", () -> false))
                    .isInstanceOf(SQLException.class);
        }

        run(ONE, "first-password", "SELECT 1");
    }

    @Test
    void theServerNeverSeesThePassword() throws SQLException {
        try (Connection admin = server.administration()) {
            assertThat(TenantsServer.text(admin, "SELECT rolpassword FROM pg_authid WHERE rolname = '" + ONE + "'"))
                    .startsWith("SCRAM-SHA-256$")
                    .doesNotContain("first-password");
        }
    }

    @Test
    void aRoleIsNoSuperuserAndMayNotMakeRolesOrDatabases() throws SQLException {
        assertThatThrownBy(() -> run(ONE, "first-password", "CREATE ROLE evil SUPERUSER"))
                .hasMessageContaining("permission denied");
        assertThatThrownBy(() -> run(ONE, "first-password", "CREATE DATABASE other"))
                .hasMessageContaining("permission denied");
        assertThatThrownBy(() -> run(ONE, "first-password", "SELECT pg_read_file('/etc/passwd')"))
                .hasMessageContaining("permission denied");
    }

    @Test
    void nobodyElseMayConnectToTheDatabase() throws SQLException {
        try (Connection admin = server.administration()) {
            ApplicationDatabase.execute(admin, "DROP ROLE IF EXISTS stranger");
            ApplicationDatabase.execute(admin, "CREATE ROLE stranger LOGIN PASSWORD 'p'");
        }

        assertThatThrownBy(() -> connect("stranger", "p")).hasMessageContaining("permission denied for database");
    }

    @Test
    void liveSettingsAreThereForNewSessionsAndGoAgain() throws SQLException {
        apply(Map.of("work_mem", "8MB", "timezone", "Europe/Berlin", "random_page_cost", 1.1));

        assertThat(shown("work_mem")).isEqualTo("8MB");
        // Not by SHOW: the driver asks for the JVM's own time zone at each connect.
        try (Connection admin = server.administration()) {
            assertThat(TenantsServer.text(admin, "SELECT setconfig::text FROM pg_db_role_setting WHERE setrole = 0"))
                    .contains("TimeZone=Europe/Berlin");
        }
        assertThat(shown("random_page_cost")).isEqualTo("1.1");

        apply(Map.of());

        assertThat(shown("work_mem")).isEqualTo("4MB");
        assertThat(shown("random_page_cost")).isEqualTo("4");
    }

    @Test
    void settingsOfTheServerComeIntoForceWithoutARestartAndGoAgain() throws SQLException {
        try (Connection admin = server.administration();
                Connection other = server.administration()) {
            String started = TenantsServer.text(other, "SELECT pg_postmaster_start_time()");

            OffsetDateTime told = ServerSettings.apply(
                    admin, Map.of("checkpoint_timeout", "15min", "autovacuum_naptime", "30s", "work_mem", "8MB"));

            await(told);
            assertThat(TenantsServer.text(other, "SHOW checkpoint_timeout")).isEqualTo("15min");
            assertThat(TenantsServer.text(other, "SHOW autovacuum_naptime")).isEqualTo("30s");
            assertThat(TenantsServer.text(other, "SHOW work_mem"))
                    .as("is a matter of the database")
                    .isEqualTo("4MB");

            await(ServerSettings.apply(admin, Map.of("autovacuum_naptime", "30s")));
            assertThat(TenantsServer.text(other, "SHOW checkpoint_timeout")).isEqualTo("5min");
            assertThat(TenantsServer.text(other, "SHOW autovacuum_naptime")).isEqualTo("30s");

            await(ServerSettings.apply(admin, Map.of()));
            assertThat(TenantsServer.text(other, "SHOW autovacuum_naptime")).isEqualTo("1min");
            assertThat(TenantsServer.text(other, "SELECT pg_postmaster_start_time()"))
                    .isEqualTo(started);
        }
    }

    @Test
    void everyLiveParameterIsOneThatPostgresqlChangesInThatWay() throws SQLException {
        try (Connection admin = server.administration()) {
            for (String name : Parameters.names(Application.DATABASE)) {
                assertThat(TenantsServer.text(
                                admin, "SELECT context FROM pg_settings WHERE lower(name) = '" + name + "'"))
                        .as(name)
                        .isIn("user", "superuser");
            }
            for (String name : Parameters.names(Application.SERVER)) {
                assertThat(TenantsServer.text(admin, "SELECT context FROM pg_settings WHERE name = '" + name + "'"))
                        .as(name)
                        .isIn("sighup", "user", "superuser");
            }
            for (String name : Parameters.names(Application.RESTART)) {
                assertThat(TenantsServer.text(admin, "SELECT context FROM pg_settings WHERE name = '" + name + "'"))
                        .as(name)
                        .isEqualTo("postmaster");
            }
        }
    }

    @Test
    void aValueWithAQuoteIsOnlyAValue() {
        assertThatThrownBy(() -> apply(Map.of("work_mem", "8MB'; DROP DATABASE app; --")))
                .hasMessageContaining("invalid value for parameter \"work_mem\"");
    }

    private static void apply(Map<String, Object> settings) throws SQLException {
        try (Connection admin = server.administration()) {
            ApplicationDatabase.apply(admin, server.blockers(), settings);
            ServerSettings.apply(admin, settings);
        }
    }

    /** The server reads its files when its signal arrives, a moment after the call. */
    private static void await(OffsetDateTime told) throws SQLException {
        for (int tries = 0; tries < 500; tries++) {
            try (Connection session = server.administration()) {
                if (ServerSettings.areInForce(session, told)) {
                    return;
                }
            }
        }
        throw new AssertionError("the settings of " + told + " are not in force");
    }

    private static String shown(String setting) throws SQLException {
        try (Connection session = connect(TWO, "second-password")) {
            return TenantsServer.text(session, "SHOW " + setting);
        }
    }

    private static void bind(String role, String password) throws SQLException {
        try (Connection admin = server.administration()) {
            BindingRole.ensure(admin, server.blockers(), role, password, () -> true);
        }
    }

    private static void drop(String role) throws SQLException {
        try (Connection admin = server.administration();
                Connection application = server.guarded()) {
            if (BindingRole.revoke(admin, server.blockers(), role, () -> true)) {
                assertThat(new RevokedRole(admin, application, server.blockers(), role, () -> true).remove())
                        .isEmpty();
            }
        }
    }

    private static void run(String role, String password, String... statements) throws SQLException {
        try (Connection connection = connect(role, password)) {
            for (String statement : statements) {
                ApplicationDatabase.execute(connection, statement);
            }
        }
    }

    private static Connection connect(String role, String password) throws SQLException {
        return server.connectAs(ApplicationDatabase.NAME, role, password, "");
    }
}
