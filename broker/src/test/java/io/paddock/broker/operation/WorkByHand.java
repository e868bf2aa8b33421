package io.paddock.broker.operation;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.support.TransactionTemplate;

/** Does the worker's work when a test says so, for the operations of an instance. */
public class WorkByHand {

    private final OperationWorker worker;
    private final OperationRepository operations;
    private final JdbcTemplate jdbc;
    private final TransactionTemplate transaction;

    public WorkByHand(
            OperationWorker worker,
            OperationRepository operations,
            JdbcTemplate jdbc,
            TransactionTemplate transaction) {
        this.worker = worker;
        this.transaction = transaction;
        this.jdbc = jdbc;
        this.operations = operations;
    }

    /** Carries the newest operation until it has to wait; when it wants to go on, if it does. */
    public Optional<Instant> run(String instanceId) {
        return worker.work(newest(instanceId).id(), () -> false);
    }

    /** Does one step of the newest operation. */
    public Optional<Instant> step(String instanceId) {
        return worker.work(newest(instanceId).id(), () -> true);
    }

    /** Ends the newest operation as an operator does. */
    public void fail(String instanceId) {
        worker.fail(newest(instanceId), OperationText.ENDED_BY_OPERATOR, "the operator had enough");
    }

    /** Does one step whose worker is killed before it has stored what came of it. */
    public void crashAfterStep(String instanceId) {
        UUID id = newest(instanceId).id();
        Map<String, Object> before = jdbc.queryForMap("select * from operation where id = ?", id);
        boolean isOver = transaction.execute(status -> {
            step(instanceId);
            boolean ended = !operations.findById(id).orElseThrow().isInProgress();
            if (ended) {
                // The end is stored with what it means for the instance.
                status.setRollbackOnly();
            }
            return ended;
        });
        if (!isOver) {
            before.remove("generation");
            List<String> columns = List.copyOf(before.keySet());
            List<Object> values =
                    new ArrayList<>(columns.stream().map(before::get).toList());
            values.add(id);
            jdbc.update(
                    "update operation set "
                            + columns.stream().map(column -> column + " = ?").collect(Collectors.joining(", "))
                            + " where id = ?",
                    values.toArray());
        }
    }

    /** When the scheduler will look at an operation next. */
    public Instant dueAt(Operation operation) {
        return jdbc.queryForObject(
                        "select execution_time from scheduled_tasks where task_instance = ?",
                        java.sql.Timestamp.class,
                        operation.id().toString())
                .toInstant();
    }

    /** The same for an operation that is not the newest any more. */
    public Optional<Instant> run(Operation operation) {
        return worker.work(operation.id(), () -> false);
    }

    public Operation newest(String instanceId) {
        return operations.findFirstByInstanceIdOrderByGenerationDesc(instanceId).orElseThrow();
    }

    /** Puts an operation back to where it was before its last step: what a crash before the step was stored looks like. */
    public void forgetProgress(Operation before) {
        Operation now = operations.findById(before.id()).orElseThrow();
        now.moveTo(before.step(), before.description(), Instant.now());
        operations.saveAndFlush(now);
    }

    /** An operation that has ended is in progress again: the crash came before its end was stored. */
    public void reopen(Operation before, String step) {
        jdbc.update("update operation set state = 'IN_PROGRESS', step = ? where id = ?", step, before.id());
    }

    /** The same back to an earlier step of the attempt. */
    public void forgetProgressTo(Operation before, String step) {
        Operation now = operations.findById(before.id()).orElseThrow();
        now.moveTo(step, before.description(), Instant.now());
        operations.saveAndFlush(now);
    }

    public List<Operation> all() {
        return operations.findAll();
    }
}
