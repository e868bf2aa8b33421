package io.paddock.broker.instance;

import io.paddock.broker.operation.DirectorPlaces;
import io.paddock.broker.operation.Operation;
import io.paddock.broker.operation.OperationProperties;
import io.paddock.broker.operation.OperationRepository;
import io.paddock.broker.operation.OperationText;
import io.paddock.broker.operation.OperationWorker;
import io.paddock.broker.request.Refusal;
import io.paddock.broker.request.RefusedException;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Accepts the deletion of an instance (OSB 2.17, Deprovisioning), whatever else goes on with it: that is cancelled. */
@Component
public class DeprovisionServiceInstance {

    private static final Logger LOG = LoggerFactory.getLogger(DeprovisionServiceInstance.class);

    private static final int TRIES = 10;

    private final ServiceInstanceRepository instances;
    private final OperationRepository operations;
    private final OperationWorker worker;
    private final OperationProperties properties;
    private final DirectorPlaces places;
    private final TransactionTemplate transaction;
    private final Clock clock;

    DeprovisionServiceInstance(
            ServiceInstanceRepository instances,
            OperationRepository operations,
            OperationWorker worker,
            OperationProperties properties,
            DirectorPlaces places,
            TransactionTemplate transaction,
            Clock clock) {
        this.instances = instances;
        this.operations = operations;
        this.worker = worker;
        this.properties = properties;
        this.places = places;
        this.transaction = transaction;
        this.clock = clock;
    }

    /** @throws RefusedException 410 if there is no such instance */
    public Accepted deprovision(String instanceId) {
        // The worker stores progress without the instance's lock: a cancel that crosses it is done again.
        for (int tries = 1; ; tries++) {
            try {
                return transaction.execute(status -> accept(instanceId));
            } catch (ConcurrencyFailureException crossed) {
                if (tries == TRIES) {
                    throw crossed;
                }
            }
        }
    }

    private Accepted accept(String instanceId) {
        ServiceInstance instance =
                instances.lock(instanceId).orElseThrow(() -> new RefusedException(Refusal.INSTANCE_GONE));
        Optional<Operation> running =
                operations.findFirstByInstanceIdAndStateOrderByGenerationDesc(instanceId, Operation.State.IN_PROGRESS);
        if (running.isPresent() && running.get().type() == Operation.Type.DELETE) {
            running.get().isAskedFor();
            operations.saveAndFlush(running.get());
            return Accepted.by(running.get().id());
        }
        running.ifPresent(this::cancel);
        DeleteFlow.Step first = running.isEmpty() && isKept(instanceId)
                ? DeleteFlow.Step.LEAVE_FOR_INSPECTION
                : DeleteFlow.Step.TAKE_OVER;
        return Accepted.by(
                delete(instanceId, instance.deployment(), first, running).id());
    }

    /** Whether its creation has failed and what that has made is kept: its own worker removes it later, with or without the instance. */
    private boolean isKept(String instanceId) {
        return operations
                .findFirstByInstanceIdOrderByGenerationDesc(instanceId)
                .filter(last -> last.type() == Operation.Type.CREATE && last.state() == Operation.State.FAILED)
                .filter(last -> !last.isEndedByOperator())
                .filter(last -> !properties.keepFailed().isZero()
                        && clock.instant().isBefore(last.updatedAt().plus(properties.keepFailed())))
                .isPresent();
    }

    /** Whether what a creation has made that failed is of no use any more: nothing else has been done with its instance since. */
    boolean mayCleanUp(Operation failed) {
        return failed.state() == Operation.State.FAILED
                && !failed.isEndedByOperator()
                && instances.existsById(failed.instanceId())
                && operations.isLast(failed);
    }

    /** Whether its instance has been deleted but for what was deployed, which is kept for a while. */
    boolean isLeftForInspection(Operation failed) {
        return operations
                .findFirstByInstanceIdOrderByGenerationDesc(failed.instanceId())
                .filter(last -> last.type() == Operation.Type.DELETE && last.state() == Operation.State.SUCCEEDED)
                .filter(last -> last.step().equals(DeleteFlow.Step.LEAVE_FOR_INSPECTION.name()))
                .isPresent();
    }

    /** Removes what a creation has made that failed, with its instance, if {@linkplain #mayCleanUp that may be}. */
    void cleanUp(Operation failed) {
        transaction.executeWithoutResult(status -> {
            instances.lock(failed.instanceId());
            if (mayCleanUp(failed)) {
                deleteUnasked(failed.instanceId(), failed.deployment());
            }
        });
    }

    /** Begins a deletion again that failed and that nobody asked for, so that nobody else will. */
    void cleanUpAgain(Operation failed) {
        transaction.executeWithoutResult(status -> {
            instances.lock(failed.instanceId());
            // A name of a deployment does not always tell the instance's id, so that an orphan may have been adopted by
            // another one.
            if (operations.isLast(failed)
                    && !instances.existsByDeploymentAndIdNot(failed.deployment(), failed.instanceId())
                    && !operations.existsByDeploymentAndState(failed.deployment(), Operation.State.IN_PROGRESS)) {
                deleteUnasked(failed.instanceId(), failed.deployment());
            }
        });
    }

    /**
     * Deletes a deployment that no instance wants, in bulk.
     *
     * @param generation of what is deployed
     * @throws RefusedException 409 if an instance has it, or something is being done with it
     */
    public Accepted deleteOrphan(String deployment, long generation) {
        return transaction.execute(status -> {
            String id = DeploymentName.instanceOf(deployment);
            if (instances.existsByDeployment(deployment)
                    || operations.existsByDeploymentAndState(deployment, Operation.State.IN_PROGRESS)) {
                throw new RefusedException(Refusal.DEPLOYMENT_IN_USE);
            }
            operations.raiseGeneration(generation);
            return Accepted.by(deleteUnasked(id, deployment).id());
        });
    }

    /** Deletes what a worker that was paused brought back after its instance had been deleted. */
    void sweep(Operation cancelled) {
        transaction.executeWithoutResult(status -> {
            boolean deletedLast = operations
                    .findFirstByInstanceIdOrderByGenerationDesc(cancelled.instanceId())
                    .filter(last -> last.type() == Operation.Type.DELETE && last.state() == Operation.State.SUCCEEDED)
                    .isPresent();
            if (!deletedLast) {
                return;
            }
            LOG.warn("deployment {} came back after its deletion, deleting it again", cancelled.deployment());
            deleteUnasked(cancelled.instanceId(), cancelled.deployment());
        });
    }

    private void cancel(Operation running) {
        running.fail(OperationText.CANCELLED_BY_DELETION.text(), "cancelled by a delete", clock.instant());
        operations.saveAndFlush(running);
        LOG.info("{} of instance {} cancelled by a delete", running.type(), running.instanceId());
    }

    private Operation delete(
            String instanceId, String deployment, DeleteFlow.Step first, Optional<Operation> cancelled) {
        Operation operation = deletion(instanceId, deployment, first);
        cancelled.ifPresent(operation::follows);
        return submit(operation);
    }

    /** For the broker's own sake, or an operator's. */
    private Operation deleteUnasked(String instanceId, String deployment) {
        Operation operation = deletion(instanceId, deployment, DeleteFlow.Step.TAKE_OVER);
        operation.isOwn();
        operation.isInBulk();
        return submit(operation);
    }

    private Operation deletion(String instanceId, String deployment, DeleteFlow.Step first) {
        Instant now = clock.instant();
        return new Operation(
                Operation.Type.DELETE,
                instanceId,
                deployment,
                first.name(),
                OperationText.ACCEPTED.text(),
                now,
                now.plus(properties.longestWait()));
    }

    private Operation submit(Operation deletion) {
        Operation operation = operations.saveAndFlush(deletion);
        if (!operation.step().equals(DeleteFlow.Step.LEAVE_FOR_INSPECTION.name())) {
            places.inherit(operation).flatMap(operations::findById).ifPresent(predecessor -> {
                Instant now = clock.instant();
                operation.start(now, now.plus(properties.deadline()));
                // Until it has a task of its own it is answerable for the one whose place it has.
                predecessor.taskId().ifPresent(operation::awaits);
            });
        }
        worker.submit(operation);
        LOG.info("delete of instance {} accepted, operation {}", operation.instanceId(), operation.id());
        return operation;
    }
}
