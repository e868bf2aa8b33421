package io.paddock.broker.operation;

import java.sql.Timestamp;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Lets only so many operations of all replicas have tasks at the director at a time, in their turn: those that create or delete for a user
 * before updates, updates before work in bulk, and each in the order of their acceptance. A director that is given more starts them all,
 * and each takes longer.
 */
@Component
public class DirectorPlaces {

    /** Of the advisory lock under which places are given. */
    static final long LOCK = 0x70616464_64697231L;

    private final JdbcTemplate database;
    private final TransactionTemplate transaction;
    private final OperationProperties properties;
    private final Clock clock;

    DirectorPlaces(
            JdbcTemplate database, TransactionTemplate transaction, OperationProperties properties, Clock clock) {
        this.database = database;
        this.transaction = transaction;
        this.properties = properties;
        this.clock = clock;
    }

    /**
     * Takes a place if there is one and nobody else has his turn; an operation that has one keeps it.
     *
     * @return the place in the queue, from 1; empty if the operation may go on
     */
    Optional<Long> enter(Operation operation) {
        return transaction.execute(status -> {
            database.queryForList("select pg_advisory_xact_lock(?)", LOCK);
            database.update(
                    "insert into director_place (operation_id, priority, generation) values (?, ?, ?)"
                            + " on conflict (operation_id) do update set priority = excluded.priority",
                    operation.id(),
                    operation.priority(),
                    operation.generation());
            database.update(
                    "delete from director_place place using operation"
                            + " where operation.id = place.operation_id and operation.state <> 'IN_PROGRESS'"
                            // Kept, but nobody would look: a replica of an older version took the operation for done.
                            + " and not (kept and exists (select 1 from scheduled_tasks where task_instance = operation.id::text))");
            // Those who have a place, and those whose turn is earlier.
            long others = database.queryForObject(
                    "select count(*) from director_place where operation_id <> ?"
                            + " and (entered_at is not null or (priority, generation) < (?, ?))",
                    Long.class,
                    operation.id(),
                    operation.priority(),
                    operation.generation());
            boolean mayEnter = others < properties.directorTasks();
            int entered = database.update(
                    "update director_place set entered_at = coalesce(entered_at, ?)"
                            + " where operation_id = ? and (entered_at is not null or ?)",
                    Timestamp.from(clock.instant()),
                    operation.id(),
                    mayEnter);
            return entered == 1 ? Optional.empty() : Optional.of(others - properties.directorTasks() + 1);
        });
    }

    /**
     * Gives a place back, if the operation has one or waits for it.
     *
     * @return those who have their turn now
     */
    List<UUID> leave(Operation operation) {
        int left = database.update("delete from director_place where operation_id = ?", operation.id());
        return left == 0
                ? List.of()
                : database.queryForList(
                        "select operation_id from director_place where entered_at is null order by priority, generation limit ?",
                        UUID.class,
                        properties.directorTasks());
    }

    /** Keeps a place, if the operation has one, for a task that may go on without it; part of the caller's transaction. */
    void keep(Operation ended) {
        database.update(
                "update director_place set kept = true where operation_id = ? and entered_at is not null", ended.id());
    }

    /** Whether its task may have gone on when the operation ended, and nobody has seen it end yet. */
    boolean isKept(Operation ended) {
        return !database.queryForList("select 1 from director_place where operation_id = ? and kept", ended.id())
                .isEmpty();
    }

    /**
     * A deletion first ends the task of what was done with its deployment before, so the place is the deletion's; part of the caller's
     * transaction.
     *
     * @return whose place it was
     */
    public Optional<UUID> inherit(Operation deletion) {
        Optional<UUID> owner = database
                .queryForList(
                        "select place.operation_id from director_place place join operation on operation.id = place.operation_id"
                                + " where operation.deployment = ? and place.entered_at is not null"
                                + " order by kept desc limit 1 for update of place",
                        UUID.class,
                        deletion.deployment())
                .stream()
                .findFirst();
        owner.ifPresent(predecessor -> database.update(
                "update director_place set operation_id = ?, priority = ?, generation = ?, kept = false where operation_id = ?",
                deletion.id(),
                deletion.priority(),
                deletion.generation(),
                predecessor));
        return owner;
    }
}
