package io.paddock.spi.boundary;

import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.contracts.spi.Verification;
import io.paddock.spi.role.ApplicationDatabase;
import io.paddock.spi.role.BindingRole;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The boundary from a tenant to the superuser: an application owns its database, and plants there what makes it a superuser when the administrator
 * evaluates it. Each trap is first shown to work on an administrator who is not careful.
 */
@Tag("security")
@Tag("verify")
class TenantToSuperuserTest {

    private static final String ATTACKER = "attacker";
    private static final String ROLE = BindingRole.name(ATTACKER);

    /** Springs in the session of a superuser, and does nothing in another one. */
    private static final String PAYLOAD =
            "CREATE FUNCTION public.payload() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN ALTER ROLE " + ROLE
                    + " SUPERUSER; RETURN true; EXCEPTION WHEN insufficient_privilege OR read_only_sql_transaction THEN RETURN true; END $$";

    private static final String CATALOG_LAST = "ALTER DATABASE app SET search_path = public, pg_catalog";

    /** What a careless administrator asks, as the SPI of release 0.1.0 did. */
    private static final String FINDS_ROLE = "SELECT 1 FROM pg_roles WHERE rolname = ?";

    private static final String LOCKS = "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))";
    private static final String TERMINATES =
            "SELECT pg_terminate_backend(pid, 1) FROM pg_stat_activity WHERE usename = ?";
    private static final String COUNTS = "SELECT count(oid) FROM pg_roles WHERE rolname <> ?";

    private static TenantsServer server;

    private String password = "";

    private record Attack(String name, String springs, List<String> plants) {

        @Override
        public String toString() {
            return name;
        }
    }

    private static Attack attack(String name, String springs, String... plants) {
        return new Attack(name, springs, List.of(plants));
    }

    static Stream<Attack> attacks() {
        return Stream.of(
                attack("a function for exactly the driver's types", LOCKS, """
                        CREATE FUNCTION public.hashtextextended(varchar, integer) RETURNS bigint LANGUAGE plpgsql AS
                        $$ BEGIN PERFORM public.payload(); RETURN 1; END $$"""),
                attack(
                        "a function before the catalog's",
                        LOCKS,
                        "CREATE FUNCTION public.pg_advisory_xact_lock(bigint) RETURNS void LANGUAGE sql AS 'SELECT public.payload(); SELECT'",
                        CATALOG_LAST),
                attack(
                        "an operator for exactly the driver's types",
                        FINDS_ROLE,
                        "CREATE FUNCTION public.same(name, varchar) RETURNS boolean LANGUAGE plpgsql AS"
                                + " $$ BEGIN RETURN public.payload(); END $$",
                        "CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = varchar, FUNCTION = public.same)"),
                attack(
                        "an operator before the catalog's",
                        COUNTS,
                        "CREATE FUNCTION public.other(name, text) RETURNS boolean LANGUAGE plpgsql AS"
                                + " $$ BEGIN RETURN public.payload(); END $$",
                        "CREATE OPERATOR public.<> (LEFTARG = name, RIGHTARG = text, FUNCTION = public.other)",
                        CATALOG_LAST),
                attack(
                        "a view before the catalog's",
                        FINDS_ROLE,
                        "CREATE VIEW public.pg_roles AS SELECT *, public.payload() FROM pg_catalog.pg_roles WHERE public.payload()",
                        CATALOG_LAST),
                attack(
                        "a function's rows before the catalog's view",
                        TERMINATES,
                        "CREATE FUNCTION public.found() RETURNS SETOF pg_catalog.pg_roles LANGUAGE plpgsql AS"
                                + " $$ BEGIN PERFORM public.payload(); RETURN QUERY SELECT * FROM pg_catalog.pg_roles; END $$",
                        "CREATE VIEW public.pg_stat_activity AS SELECT 1 AS pid, rolname AS usename FROM public.found()",
                        CATALOG_LAST),
                attack(
                        "a domain's constraint",
                        FINDS_ROLE,
                        "CREATE DOMAIN public.trap AS text CHECK (public.payload())",
                        "CREATE VIEW public.pg_roles AS SELECT rolname::text::public.trap AS rolname FROM pg_catalog.pg_roles",
                        CATALOG_LAST),
                attack(
                        "an implicit cast of a type of its own",
                        FINDS_ROLE,
                        "CREATE TYPE public.trap AS (value text)",
                        "CREATE FUNCTION public.spring(public.trap) RETURNS text LANGUAGE plpgsql AS"
                                + " $$ BEGIN PERFORM public.payload(); RETURN ($1).value; END $$",
                        "CREATE CAST (public.trap AS text) WITH FUNCTION public.spring(public.trap) AS IMPLICIT",
                        "CREATE VIEW public.pg_roles AS SELECT ROW(rolname)::public.trap AS rolname FROM pg_catalog.pg_roles",
                        CATALOG_LAST),
                attack(
                        "an aggregate for exactly the column's type",
                        COUNTS,
                        "CREATE FUNCTION public.step(bigint, oid) RETURNS bigint LANGUAGE plpgsql AS"
                                + " $$ BEGIN PERFORM public.payload(); RETURN 1; END $$",
                        "CREATE AGGREGATE public.count(oid) (SFUNC = public.step, STYPE = bigint, INITCOND = '0')"),
                attack(
                        "a function with a default that is evaluated by its caller",
                        LOCKS,
                        "CREATE FUNCTION public.hashtextextended(varchar, integer, boolean DEFAULT public.payload()) RETURNS bigint"
                                + " LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$"),
                attack(
                        "a view of the tenant's schema, found by the role's name",
                        FINDS_ROLE,
                        "CREATE SCHEMA postgres",
                        "CREATE VIEW postgres.pg_roles AS SELECT * FROM pg_catalog.pg_roles WHERE public.payload()",
                        "ALTER DATABASE app SET search_path = '$user', pg_catalog"));
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
    void tenant() throws SQLException {
        assertThat(server.verify(Map.of()).ready()).isTrue();
        password = server.bind(ATTACKER);
        server.bind("another");
    }

    @AfterEach
    void startAnew() throws SQLException {
        try (Connection admin = server.unguarded("postgres")) {
            TenantsServer.execute(admin, "DROP DATABASE app WITH (FORCE)", "DROP ROLE " + ROLE);
            TenantsServer.execute(admin, "DROP ROLE IF EXISTS " + BindingRole.name("another"));
        }
    }

    @ParameterizedTest
    @MethodSource("attacks")
    void theAdministratorSpringsNoTrap(Attack attack) throws SQLException {
        try (Connection tenant = server.connect(ATTACKER, password, "")) {
            TenantsServer.execute(tenant, PAYLOAD);
            TenantsServer.execute(tenant, attack.plants().toArray(String[]::new));
            TenantsServer.execute(tenant, "SET ROLE NONE", "CREATE SCHEMA own", "CREATE TABLE own.kept (id serial)");
            TenantsServer.execute(tenant, "SELECT lo_create(0)");
        }
        try (Connection another = server.connect("another", server.bind("another"), "-c role=none")) {
            TenantsServer.execute(another, "CREATE SCHEMA others", "CREATE TABLE others.kept (id serial)");
        }

        Verification verified = server.verify(Map.of("work_mem", "8MB", "statement_timeout", "1min"));
        server.bind(ATTACKER);
        server.unbind("another");
        List<String> accounts = server.leftover(ATTACKER);

        assertThat(isSuperuser()).as("after verification, bind, unbind").isFalse();
        assertThat(verified.ready()).as(verified.message()).isTrue();
        assertThat(accounts).isEmpty();
        assertThat(server.cleanUp()).isEmpty();
        careless(attack.springs());
        assertThat(isSuperuser()).as("after a careless administrator").isTrue();
    }

    /** As if the application's database were the platform's. */
    private static void careless(String query) throws SQLException {
        try (Connection admin = server.unguarded(ApplicationDatabase.NAME);
                PreparedStatement statement = admin.prepareStatement(query)) {
            statement.setString(1, ROLE);
            statement.execute();
        }
    }

    private static boolean isSuperuser() throws SQLException {
        try (Connection admin = server.administration()) {
            return TenantsServer.text(admin, "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = '" + ROLE + "'")
                    .equals("t");
        }
    }
}
