package io.paddock.spi.parameter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paddock.contracts.service.ProblemException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ParametersTest {

    private final Parameters parameters = Parameters.of(new PlanLimits(1024, 10, 150, 64, 0));

    @ParameterizedTest
    @CsvSource({
        "work_mem, 64kB",
        "work_mem, 64MB",
        "statement_timeout, 0",
        "statement_timeout, 30s",
        "idle_in_transaction_session_timeout, 10min",
        "log_min_duration_statement, -1",
        "log_min_duration_statement, 250ms",
        "timezone, Europe/Berlin",
        "timezone, UTC",
        "shared_buffers, 5%",
        "shared_buffers, 40%",
        "max_wal_size, 2GB",
        "checkpoint_timeout, 30s",
        "checkpoint_timeout, 1h",
        "temp_file_limit, 5GB",
        "lock_timeout, 0",
        "wal_compression, lz4"
    })
    void aValueWithinTheLimitsIsTaken(String name, String value) {
        assertThatCode(() -> parameters.check(Map.of(name, value), Map.of())).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "work_mem, 63kB, from 64kB to 64MB",
        "work_mem, 65MB, from 64kB to 64MB",
        "work_mem, 8, work_mem",
        "work_mem, 65536, with its unit",
        "work_mem, 8 apples, such as 16MB",
        "statement_timeout, -1, with its unit",
        "statement_timeout, 5m, such as 30s",
        "statement_timeout, 30d, to 24d",
        "log_min_duration_statement, -2, log_min_duration_statement",
        "timezone, Mars/Olympus, must be a time zone",
        "shared_buffers, 4%, from 5% to 40%",
        "shared_buffers, 41%, from 5% to 40%",
        "shared_buffers, 128MB, shared_buffers",
        "max_wal_size, 3GB, from 128MB to 2GB",
        "maintenance_work_mem, 1GB, from 1MB to 256MB",
        "checkpoint_timeout, 29s, from 30s to 1h",
        "checkpoint_timeout, 61min, from 30s to 1h",
        "temp_file_limit, 6GB, from 1MB to 5GB",
        "wal_compression, maybe, 'must be one of off, pglz, lz4, zstd'"
    })
    void aValueOutsideOfThemIsRefusedWithItsName(String name, String value, String reason) {
        assertThatThrownBy(() -> parameters.check(Map.of(name, value), Map.of()))
                .isInstanceOfSatisfying(ProblemException.class, refusal -> {
                    assertThat(refusal.status().value()).isEqualTo(400);
                    assertThat(refusal.detail()).contains(name).contains(reason).doesNotContain("^", "regex", "enum");
                });
    }

    @ParameterizedTest
    @CsvSource({"9, false", "10, true", "150, true", "151, false"})
    void maxConnectionsHasThePlansLimits(int value, boolean taken) {
        if (taken) {
            assertThat(parameters.check(Map.of("max_connections", value), Map.of()))
                    .containsEntry("max_connections", value);
        } else {
            assertThatThrownBy(() -> parameters.check(Map.of("max_connections", value), Map.of()))
                    .isInstanceOf(ProblemException.class);
        }
    }

    @Test
    void aTextThatIsNoNumberIsRefusedWithWhatIsRight() {
        assertThatThrownBy(() -> parameters.check(Map.of("max_connections", "many"), Map.of()))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        refusal -> assertThat(refusal.detail())
                                .isEqualTo(
                                        "Invalid parameters: max_connections must be a whole number from 10 to 150"));
    }

    @ParameterizedTest
    @CsvSource({
        "work_mem, 8 MB, 8MB",
        "work_mem, 8mb, 8MB",
        "work_mem, 512 KB, 512kB",
        "work_mem, 8M, 8MB",
        "max_wal_size, 1gb, 1GB",
        "statement_timeout, 5 s, 5s",
        "statement_timeout, 5MIN, 5min",
        "statement_timeout, 0, 0",
        "log_min_duration_statement, -1, -1",
        "shared_buffers, 25 %, 25%",
        "wal_compression, LZ4, lz4",
        "timezone, europe/berlin, Europe/Berlin"
    })
    void whatCanMeanOneThingOnlyIsTaken(String name, String value, String meant) {
        assertThat(parameters.check(Map.of(name, value), Map.of())).containsEntry(name, meant);
        assertThat(parameters.check(Map.of(name, value), Map.of(name, meant))).containsEntry(name, meant);
    }

    @Test
    void numbersMayBeTexts() {
        assertThat(parameters.check(
                        Map.of(
                                "max_connections",
                                "100",
                                "random_page_cost",
                                "1.1",
                                "log_min_duration_statement",
                                -1,
                                "statement_timeout",
                                0,
                                "wal_compression",
                                false),
                        Map.of()))
                .isEqualTo(Map.of(
                        "max_connections", 100,
                        "random_page_cost", 1.1,
                        "log_min_duration_statement", "-1",
                        "statement_timeout", "0",
                        "wal_compression", "off"));
    }

    /** An earlier release would take a text for off. */
    @Test
    void aFlagIsNoText() {
        assertThatThrownBy(() -> Parameters.of(new PlanLimits(1024, 10, 150, 64, 2))
                        .check(Map.of("synchronous", "on"), Map.of()))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        refusal -> assertThat(refusal.detail()).contains("synchronous must be true or false"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e-999999999", "1e2", "0x10", "1 0", "--1", "1.1.1", "NaN", "Infinity", "١"})
    void whatIsNoPlainNumberIsRefused(String text) {
        for (String name : List.of("random_page_cost", "max_connections", "work_mem", "statement_timeout")) {
            assertThatThrownBy(() -> parameters.check(Map.of(name, text), Map.of()))
                    .as(name)
                    .isInstanceOf(ProblemException.class);
        }
    }

    @Test
    void aNumberOfManyDigitsIsRefused() {
        for (String name : List.of("random_page_cost", "max_connections", "work_mem", "n".repeat(100_000))) {
            assertThatThrownBy(() -> parameters.check(Map.of(name, "9".repeat(100_000)), Map.of()))
                    .isInstanceOf(ProblemException.class);
        }
    }

    @ParameterizedTest
    @CsvSource({"max_conections, max_connections", "Work-Mem, work_mem", "sharedbuffers, shared_buffers"})
    void anUnknownParameterNamesTheNearestOne(String written, String nearest) {
        assertThatThrownBy(() -> parameters.check(Map.of(written, 50), Map.of()))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        refusal -> assertThat(refusal.detail()).contains("did you mean " + nearest + "?"));
    }

    @Test
    void anUnknownParameterIsRefusedWithTheNamesOfTheKnown() {
        assertThatThrownBy(() -> parameters.check(Map.of("fsync", "off"), Map.of()))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        refusal -> assertThat(refusal.detail())
                                .contains("there is no parameter 'fsync' (known are")
                                .contains("max_connections"));
    }

    @Test
    void allFaultsAreToldAtOnce() {
        assertThatThrownBy(() -> parameters.check(Map.of("fsync", "off", "max_connections", 1), Map.of()))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        refusal ->
                                assertThat(refusal.detail()).contains("fsync").contains("max_connections"));
    }

    @Test
    void nullStandsForTheDefault() {
        Map<String, Object> given = new HashMap<>();
        given.put("work_mem", null);

        assertThat(parameters.check(given, Map.of())).isEmpty();
    }

    @Test
    void aValueThatIsInForceAlreadyIsNotRefusedWhenThePlanAllowsLessNow() {
        Map<String, Object> values = Map.of("max_connections", 500, "work_mem", "8MB");

        assertThat(parameters.check(values, Map.of("max_connections", 500))).isEqualTo(values);
        assertThatThrownBy(() -> parameters.check(values, Map.of("max_connections", 400)))
                .isInstanceOf(ProblemException.class);
    }

    @Test
    void nullForAnUnknownParameterIsRefused() {
        Map<String, Object> given = new HashMap<>();
        given.put("fsync", null);

        assertThatThrownBy(() -> parameters.check(given, Map.of()))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        refusal -> assertThat(refusal.detail()).contains("fsync"));
    }

    @Test
    void whatNeedsARestartIsAnAttributeAndTheRestALiveSetting() {
        Map<String, Object> values =
                Map.of("max_connections", 50, "shared_buffers", "25%", "work_mem", "8MB", "autovacuum_naptime", "30s");

        assertThat(parameters.attributes(values)).isEqualTo(Map.of("max_connections", 50, "shared_buffers_mb", 256));
        assertThat(parameters.liveSettings(values)).isEqualTo(Map.of("work_mem", "8MB", "autovacuum_naptime", "30s"));
    }

    @Test
    void theSchemaOfAnUpdateAllowsNullForEveryParameter() {
        assertThat(properties(parameters.updateSchema()).keySet())
                .isEqualTo(properties(parameters.schema()).keySet())
                .hasSizeGreaterThan(20);
        properties(parameters.updateSchema()).forEach((name, schema) -> {
            Map<?, ?> keywords = (Map<?, ?>) schema;
            assertThat((List<?>) keywords.get("type"))
                    .as(name)
                    .hasSize(2)
                    .last()
                    .isEqualTo("null");
            if (keywords.containsKey("enum")) {
                assertThat((List<?>) keywords.get("enum")).as(name).last().isNull();
            }
        });
    }

    private static Map<String, ?> properties(Map<String, Object> schema) {
        Map<String, Object> properties = new HashMap<>();
        ((Map<?, ?>) schema.get("properties")).forEach((name, value) -> properties.put(name.toString(), value));
        return properties;
    }
}
