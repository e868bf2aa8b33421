package io.paddock.broker.operator;

import io.paddock.broker.instance.DeprovisionServiceInstance;
import io.paddock.broker.instance.RepeatOperation;
import io.paddock.broker.instance.ServiceInstance;
import io.paddock.broker.instance.ServiceInstanceRepository;
import io.paddock.broker.operation.Operation;
import io.paddock.broker.operation.OperationRepository;
import io.paddock.broker.operation.OperationText;
import io.paddock.broker.operation.OperationWorker;
import io.paddock.broker.remote.Interactive;
import io.paddock.broker.request.Refusal;
import io.paddock.broker.request.RefusedException;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** What an operator does about an operation that got stuck or failed, or an instance that can't be saved. */
@Component
class Interventions {

    private static final Logger LOG = LoggerFactory.getLogger(Interventions.class);
    /** In which both creations and updates await what they have deployed. */
    private static final String AWAIT_TASK = "AWAIT_TASK";

    private final OperationRepository operations;
    private final ServiceInstanceRepository instances;
    private final DeprovisionServiceInstance deprovision;
    private final RepeatOperation repeat;
    private final OperationWorker worker;
    private final Interactive remote;
    private final TransactionTemplate transaction;

    Interventions(
            OperationRepository operations,
            ServiceInstanceRepository instances,
            DeprovisionServiceInstance deprovision,
            RepeatOperation repeat,
            OperationWorker worker,
            Interactive remote,
            TransactionTemplate transaction) {
        this.operations = operations;
        this.instances = instances;
        this.deprovision = deprovision;
        this.repeat = repeat;
        this.worker = worker;
        this.remote = remote;
        this.transaction = transaction;
    }

    /** What was done, and which operation goes on. */
    record Done(String message, Optional<UUID> operation) {}

    /**
     * Lets an operation that waits go on at once, or begins one that failed again.
     *
     * @throws RefusedException 404 for an unknown one, 409 if it succeeded, or something else has been done with the instance since
     */
    Done retry(UUID id) {
        Operation operation = find(id);
        if (operation.isInProgress()) {
            worker.wake(id);
            return new Done(OperatorText.WOKEN.text(), Optional.of(id));
        }
        if (operation.state() == Operation.State.SUCCEEDED) {
            throw new RefusedException(Refusal.OPERATION_SUCCEEDED);
        }
        if (operation.type() == Operation.Type.DELETE && !operations.isLast(operation)) {
            throw new RefusedException(Refusal.NOT_THE_LAST);
        }
        Optional<UUID> next = operation.type() != Operation.Type.DELETE
                ? Optional.of(repeat.repeat(operation).id())
                : instances.existsById(operation.instanceId())
                        ? deprovision.deprovision(operation.instanceId()).operation()
                        : deprovision.deleteOrphan(operation.deployment(), 0).operation();
        return new Done(OperatorText.BEGUN_AGAIN.text(), next);
    }

    /**
     * Ends a creation or an update as soon as that can be; an update is taken back.
     *
     * @throws RefusedException 404 for an unknown one, 409 for a deletion, one that has ended or is being taken back, or while a worker is at it
     */
    Done cancel(UUID id) {
        Operation operation = inProgress(id);
        if (operation.type() == Operation.Type.DELETE) {
            throw new RefusedException(Refusal.DELETION_NOT_CANCELLED);
        }
        if (operation.cause().isPresent()) {
            throw new RefusedException(Refusal.TAKEN_BACK_ALREADY);
        }
        if (operation.step().equals(AWAIT_TASK) && operation.taskId().isPresent()) {
            remote.deployer().cancelTask(operation.taskId().get());
            worker.wake(id);
            return new Done(
                    OperatorText.TASK_BEING_CANCELLED.text(operation.taskId().get()), Optional.of(id));
        }
        if (worker.isBeingWorkedOn(id)) {
            throw new RefusedException(Refusal.WORKER_AT_IT);
        }
        worker.cancel(operation);
        return new Done(OperatorText.CANCELLED.text(), Optional.of(id));
    }

    /**
     * Ends an operation in the broker's eyes, whatever goes on at the director: the last way out. Nothing is cleaned up after that.
     *
     * @throws RefusedException 404 for an unknown one, 409 for one that has ended
     */
    Done fail(UUID id) {
        worker.fail(
                inProgress(id),
                OperationText.ENDED_BY_OPERATOR,
                "failed by the operator; what goes on at the director goes on");
        return new Done(OperatorText.FAILED.text(), Optional.empty());
    }

    /**
     * Forgets an instance with its bindings, and touches nothing that was deployed.
     *
     * @throws RefusedException 404 for an unknown one
     */
    Done purge(String instanceId) {
        return transaction.execute(status -> {
            ServiceInstance instance = instances
                    .lock(instanceId)
                    .orElseThrow(() -> new RefusedException(Refusal.NO_SUCH_INSTANCE_FOR_OPERATOR));
            operations
                    .findFirstByInstanceIdOrderByGenerationDesc(instanceId)
                    .filter(last -> last.state() != Operation.State.SUCCEEDED)
                    .ifPresent(last -> {
                        if (last.isInProgress()) {
                            worker.fail(last, OperationText.PURGED, "purged");
                        } else {
                            last.endByOperator();
                            operations.saveAndFlush(last);
                        }
                    });
            instances.delete(instance);
            LOG.warn("instance {} was purged; deployment {} is left as it is", instanceId, instance.deployment());
            return new Done(OperatorText.FORGOTTEN.text(instance.deployment()), Optional.empty());
        });
    }

    private Operation inProgress(UUID id) {
        Operation operation = find(id);
        if (!operation.isInProgress()) {
            throw new RefusedException(Refusal.OPERATION_ENDED);
        }
        return operation;
    }

    private Operation find(UUID id) {
        return operations.findById(id).orElseThrow(() -> new RefusedException(Refusal.NO_SUCH_OPERATION));
    }
}
