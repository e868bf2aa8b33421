package io.paddock.spi.connection;

import io.paddock.contracts.service.ProblemException;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import org.springframework.http.HttpStatus;

/**
 * What a database's refusal means for those who wait for it: the one table of these texts, which docs/texts.md shows. The first whose
 * SQLSTATEs fit is meant.
 *
 * @see <a href="https://www.postgresql.org/docs/15/errcodes-appendix.html">PostgreSQL's error codes</a>
 */
public enum DatabaseFailure {
    IN_THE_WAY(
            true,
            "Something in the database is locked for longer than the platform waits",
            "a session or prepared transaction of the application holds a lock: the message names it; its owner, or pg_terminate_backend, ends it",
            "55P03",
            "40P01"),
    TOO_SLOW(
            true,
            "The database took longer than the platform waits",
            "a statement ran into its time limit: a slow disk, a busy server, or very many objects",
            "57014"),
    STARTING_OR_STOPPING(
            true,
            "The database is being started or stopped",
            "the server restarts, fails over or is updated: bosh tasks, the log of the keeper",
            "57P01",
            "57P02",
            "57P03"),
    NO_CONNECTION_LEFT(
            true,
            "All connections of the database are in use, and those kept for the platform too; close some, or raise max_connections",
            "max_connections and superuser_reserved_connections are used up: select * from pg_stat_activity",
            "53300"),
    NO_LOCK_LEFT(
            true,
            "The database has no room for more locks; end long transactions that touch many tables, or raise max_locks_per_transaction",
            "out of shared memory: max_locks_per_transaction",
            "53200: ERROR: out of shared memory"),
    NO_MEMORY_LEFT(
            true,
            "The database is out of memory",
            "the server could not allocate memory: work_mem times sessions, or the plan is too small",
            "53200"),
    DISK_FULL(
            true,
            "The disk of the database is full; delete data, or change to a larger plan",
            "the server could not write: docs/failure-modes.md, 'A full disk'",
            "53100"),
    READ_ONLY(
            true,
            "The database takes no writes now: its disk is full, or another server is becoming the primary",
            "a read-only server was asked to write: keeper's /health, docs/failure-modes.md",
            "25006"),
    OVERTAKEN(
            true,
            "Something else was changed in the database at the same moment",
            "two changes of roles or settings met; the repeat succeeds",
            "40",
            "23505",
            "42710",
            "XX000: ERROR: tuple concurrently"),
    UNREACHABLE(
            true,
            "The database can't be reached now",
            "no connection to the server, or it broke: network, machine, keeper's /health",
            "08"),
    LOGIN_REFUSED(
            false,
            "The platform can't log in to the database",
            "the config server's administrator password is not the server's: redeploy the instance, post-start sets it",
            "28"),
    NOT_ALLOWED(
            false,
            "The platform lacks a privilege in the database that it needs",
            "the administrator is no superuser any more, or was refused: the message names the object",
            "42501"),
    DEPENDED_ON(
            false, "Other objects of the database depend on what is to be removed", "the message names them", "2BP"),
    MISSING(
            false,
            "Something that the platform made in the database is not there any more",
            "a database, role or extension was dropped: the message names it",
            "3D000",
            "57P04",
            "3F000",
            "42704",
            "42P01",
            "42883"),
    DAMAGED(
            false,
            "The database reports damage to its data",
            "data or index corrupted: restore, or repair by PostgreSQL's documentation; see the server's log first",
            "XX001",
            "XX002"),
    UNFORESEEN(false, "The database refused a step of this request", "not foreseen: the SQLSTATE and message say what");

    private static final String IN_THE_WAY_OF = "; in the way: ";

    private final boolean isPassing;
    private final String user;
    private final String operator;
    private final List<String> states;

    /**
     * @param isPassing whether a repeat is expected to help
     * @param user a sentence for the instance's user, without its end
     * @param operator what is the matter, and where to look
     * @param states beginnings of SQLSTATEs, perhaps with that of the message
     */
    DatabaseFailure(boolean isPassing, String user, String operator, String... states) {
        this.isPassing = isPassing;
        this.user = user;
        this.operator = operator;
        this.states = List.of(states);
    }

    public static DatabaseFailure of(SQLException failure) {
        String code = Objects.requireNonNullElse(failure.getSQLState(), "");
        String text = code + ": " + failure.getMessage();
        for (DatabaseFailure one : values()) {
            if (one.states.stream().anyMatch(text::startsWith)) {
                return one;
            }
        }
        return UNFORESEEN;
    }

    /** 503 if a repeat is expected to help, 500 otherwise. */
    public static ProblemException problem(String instanceId, SQLException failure) {
        String message = String.valueOf(failure.getMessage());
        int named = message.indexOf(IN_THE_WAY_OF);
        // Whose time limit ended a wait is the server's business.
        DatabaseFailure what = named < 0 ? of(failure) : IN_THE_WAY;
        String user = named < 0 ? what.user : what.user + ": " + message.substring(named + IN_THE_WAY_OF.length());
        return new ProblemException(
                what.isPassing ? HttpStatus.SERVICE_UNAVAILABLE : HttpStatus.INTERNAL_SERVER_ERROR,
                user,
                "instance " + instanceId + ": " + what.operator + " (SQLSTATE " + failure.getSQLState() + ", " + message
                        + ")",
                failure);
    }

    /** The table as Markdown. */
    static String table() {
        StringBuilder table =
                new StringBuilder("| SQLSTATE | a user reads | an operator reads | again? |\n|---|---|---|---|\n");
        for (DatabaseFailure one : values()) {
            table.append("| %s | %s | %s | %s |%n"
                    .formatted(
                            one.states.isEmpty()
                                    ? "any other"
                                    : String.join(
                                            ", ",
                                            one.states.stream()
                                                    .map(state -> "`" + state + "`")
                                                    .toList()),
                            one.user,
                            one.operator,
                            one.isPassing ? "yes (503)" : "no (500)"));
        }
        return table.toString();
    }
}
