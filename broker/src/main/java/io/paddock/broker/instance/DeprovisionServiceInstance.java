package io.paddock.broker.instance;

import io.paddock.broker.operation.Operation;
import io.paddock.broker.operation.OperationProperties;
import io.paddock.broker.operation.OperationRepository;
import io.paddock.broker.operation.OperationWorker;
import io.paddock.broker.request.RefusedException;
import io.paddock.broker.request.RefusedException.Reason;
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
    private final TransactionTemplate transaction;
    private final Clock clock;

    DeprovisionServiceInstance(
            ServiceInstanceRepository instances,
            OperationRepository operations,
            OperationWorker worker,
            OperationProperties properties,
            TransactionTemplate transaction,
            Clock clock) {
        this.instances = instances;
        this.operations = operations;
        this.worker = worker;
        this.properties = properties;
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
        ServiceInstance instance = instances
                .lock(instanceId)
                .orElseThrow(() -> new RefusedException(Reason.GONE, "The service instance does not exist"));
        Optional<Operation> running =
                operations.findFirstByInstanceIdAndStateOrderByGenerationDesc(instanceId, Operation.State.IN_PROGRESS);
        if (running.isPresent() && running.get().type() == Operation.Type.DELETE) {
            return Accepted.by(running.get().id());
        }
        running.ifPresent(this::cancel);
        return Accepted.by(delete(instanceId, instance.deployment(), running).id());
    }

    /** Deletes what a worker that was paused brought back after its instance had been deleted. */
    void sweep(Operation cancelled) {
        transaction.executeWithoutResult(status -> {
            boolean deletedLast = operations
                    .findFirstByInstanceIdOrderByGenerationDesc(cancelled.instanceId())
                    .filter(last -> last.type() == Operation.Type.DELETE)
                    .isPresent();
            if (!deletedLast) {
                return;
            }
            LOG.warn("deployment {} came back after its deletion, deleting it again", cancelled.deployment());
            delete(cancelled.instanceId(), cancelled.deployment(), Optional.empty());
        });
    }

    private void cancel(Operation running) {
        running.fail(
                "Cancelled, because the service instance is being deleted", "cancelled by a delete", clock.instant());
        operations.saveAndFlush(running);
        LOG.info("{} of instance {} cancelled by a delete", running.type(), running.instanceId());
    }

    private Operation delete(String instanceId, String deployment, Optional<Operation> cancelled) {
        Instant now = clock.instant();
        Operation operation = new Operation(
                Operation.Type.DELETE,
                instanceId,
                deployment,
                DeleteFlow.Step.TAKE_OVER.name(),
                "waiting to start",
                now,
                now.plus(properties.deadline()));
        cancelled.ifPresent(operation::follows);
        operation = operations.saveAndFlush(operation);
        worker.submit(operation);
        LOG.info("delete of instance {} accepted, operation {}", instanceId, operation.id());
        return operation;
    }
}
