package io.paddock.broker.operation;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.JdbcTemplate;

/** Does the worker's work when a test says so, for the operations of an instance. */
public class WorkByHand {

    private final OperationWorker worker;
    private final OperationRepository operations;
    private final JdbcTemplate jdbc;

    public WorkByHand(OperationWorker worker, OperationRepository operations, JdbcTemplate jdbc) {
        this.worker = worker;
        this.jdbc = jdbc;
        this.operations = operations;
    }

    /** Carries the newest operation until it has to wait; when it wants to go on, if it does. */
    public Optional<Instant> run(String instanceId) {
        return worker.work(newest(instanceId).id());
    }

    /** The same for an operation that is not the newest any more. */
    public Optional<Instant> run(Operation operation) {
        return worker.work(operation.id());
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
