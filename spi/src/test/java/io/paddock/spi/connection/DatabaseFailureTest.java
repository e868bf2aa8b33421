package io.paddock.spi.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.contracts.service.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatabaseFailureTest {

    @ParameterizedTest
    @CsvSource({
        "08001, UNREACHABLE, 503",
        "08006, UNREACHABLE, 503",
        "28P01, LOGIN_REFUSED, 500",
        "53300, NO_CONNECTION_LEFT, 503",
        "53200, NO_MEMORY_LEFT, 503",
        "53100, DISK_FULL, 503",
        "55P03, IN_THE_WAY, 503",
        "57014, TOO_SLOW, 503",
        "40P01, IN_THE_WAY, 503",
        "40001, OVERTAKEN, 503",
        "57P01, STARTING_OR_STOPPING, 503",
        "57P03, STARTING_OR_STOPPING, 503",
        "57P04, MISSING, 500",
        "57P05, UNFORESEEN, 500",
        "25006, READ_ONLY, 503",
        "42501, NOT_ALLOWED, 500",
        "2BP01, DEPENDED_ON, 500",
        "3D000, MISSING, 500",
        "42883, MISSING, 500",
        "XX001, DAMAGED, 500",
        "XX000, UNFORESEEN, 500",
        "22003, UNFORESEEN, 500"
    })
    void aStateHasItsTextsAndItsStatus(String state, DatabaseFailure what, int status) {
        SQLException failure = new SQLException("so it is", state);

        assertThat(DatabaseFailure.of(failure)).isEqualTo(what);
        ProblemException problem = DatabaseFailure.problem("i", failure);
        assertThat(problem.status().value()).isEqualTo(status);
        assertThat(problem.detail()).doesNotContain("SQLSTATE", "so it is", "try again");
        assertThat(problem.getMessage()).contains("instance i", "SQLSTATE " + state, "so it is");
    }

    @Test
    void aMessageMayTellApartWhatAStateDoesNot() {
        assertThat(DatabaseFailure.of(new SQLException("ERROR: tuple concurrently updated", "XX000")))
                .isEqualTo(DatabaseFailure.OVERTAKEN);
        assertThat(DatabaseFailure.of(new SQLException("ERROR: out of shared memory", "53200")))
                .isEqualTo(DatabaseFailure.NO_LOCK_LEFT);
    }

    @Test
    void whoIsInTheWayIsNamedToTheUser() {
        ProblemException problem = DatabaseFailure.problem(
                "i",
                new SQLException("canceling statement; in the way: session 7 of app (idle in transaction)", "57014"));

        assertThat(problem.detail())
                .isEqualTo(
                        "Something in the database is locked for longer than the platform waits: session 7 of app (idle in transaction)");
    }

    @Test
    void theDocumentShowsTheTable() throws IOException {
        assertThat(Files.readString(Path.of("../docs/texts.md"))).contains(DatabaseFailure.table());
    }
}
