package io.paddock.spi.parameter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paddock.contracts.service.ProblemException;
import io.paddock.spi.parameter.Parameter.Application;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ParametersTest {

    private final Parameters parameters = Parameters.of(new PlanLimits(150, 64));

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
        "timezone, UTC"
    })
    void aValueWithinTheLimitsIsTaken(String name, String value) {
        assertThatCode(() -> parameters.check(Map.of(name, value))).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "work_mem, 63kB, from 64kB to 64MB",
        "work_mem, 65MB, from 64kB to 64MB",
        "work_mem, 8, work_mem",
        "work_mem, 8mb, work_mem",
        "statement_timeout, -1, statement_timeout",
        "statement_timeout, 5 s, statement_timeout",
        "statement_timeout, 30d, at most 24d",
        "log_min_duration_statement, -2, log_min_duration_statement",
        "timezone, Mars/Olympus, is not a time zone"
    })
    void aValueOutsideOfThemIsRefusedWithItsName(String name, String value, String reason) {
        assertThatThrownBy(() -> parameters.check(Map.of(name, value)))
                .isInstanceOfSatisfying(ProblemException.class, refusal -> {
                    assertThat(refusal.status().value()).isEqualTo(422);
                    assertThat(refusal.detail()).contains(name).contains(reason);
                });
    }

    @ParameterizedTest
    @CsvSource({"9, false", "10, true", "150, true", "151, false"})
    void maxConnectionsHasThePlansLimits(int value, boolean taken) {
        if (taken) {
            assertThat(parameters.check(Map.of("max_connections", value))).containsEntry("max_connections", value);
        } else {
            assertThatThrownBy(() -> parameters.check(Map.of("max_connections", value)))
                    .isInstanceOf(ProblemException.class);
        }
    }

    @Test
    void aTextWhereANumberBelongsIsRefused() {
        assertThatThrownBy(() -> parameters.check(Map.of("max_connections", "100")))
                .isInstanceOf(ProblemException.class);
    }

    @Test
    void anUnknownParameterIsRefusedWithTheNamesOfTheKnown() {
        assertThatThrownBy(() -> parameters.check(Map.of("fsync", "off")))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        refusal -> assertThat(refusal.detail())
                                .contains("there is no parameter 'fsync'")
                                .contains("max_connections"));
    }

    @Test
    void allFaultsAreToldAtOnce() {
        assertThatThrownBy(() -> parameters.check(Map.of("fsync", "off", "max_connections", 1)))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        refusal ->
                                assertThat(refusal.detail()).contains("fsync").contains("max_connections"));
    }

    @Test
    void nullStandsForTheDefault() {
        Map<String, Object> given = new HashMap<>();
        given.put("work_mem", null);

        assertThat(parameters.check(given)).isEmpty();
    }

    @Test
    void onlyMaxConnectionsNeedsARestart() {
        Map<String, Object> values = Map.of("max_connections", 50, "work_mem", "8MB");

        assertThat(parameters.settings(values, Application.RESTART)).containsOnlyKeys("max_connections");
        assertThat(parameters.settings(values, Application.LIVE)).containsOnlyKeys("work_mem");
        assertThat(Parameters.LIVE).hasSize(7);
    }
}
