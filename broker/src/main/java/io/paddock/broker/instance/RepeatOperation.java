package io.paddock.broker.instance;

import io.paddock.broker.catalog.CatalogCache;
import io.paddock.broker.operation.Operation;
import io.paddock.broker.operation.OperationProperties;
import io.paddock.broker.operation.OperationRepository;
import io.paddock.broker.operation.OperationText;
import io.paddock.broker.operation.OperationWorker;
import io.paddock.broker.quota.Quotas;
import io.paddock.broker.request.Refusal;
import io.paddock.broker.request.RefusedException;
import io.paddock.contracts.spi.DeploymentSpec;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Begins a creation or an update again that failed, for an operator: as a new operation that wants the same. */
@Component
public class RepeatOperation {

    private final ServiceInstanceRepository instances;
    private final OperationRepository operations;
    private final OperationWorker worker;
    private final OperationProperties properties;
    private final Quotas quotas;
    private final CatalogCache catalog;
    private final TransactionTemplate transaction;
    private final Clock clock;

    RepeatOperation(
            ServiceInstanceRepository instances,
            OperationRepository operations,
            OperationWorker worker,
            OperationProperties properties,
            Quotas quotas,
            CatalogCache catalog,
            TransactionTemplate transaction,
            Clock clock) {
        this.instances = instances;
        this.operations = operations;
        this.worker = worker;
        this.properties = properties;
        this.quotas = quotas;
        this.catalog = catalog;
        this.transaction = transaction;
        this.clock = clock;
    }

    /** @throws RefusedException 409 if something else has been done with the instance since, it is gone, or a quota is used up meanwhile */
    public Operation repeat(Operation failed) {
        boolean creates = failed.type() == Operation.Type.CREATE;
        String planName = creates ? "" : catalog.planName(failed.planId());
        return transaction.execute(status -> {
            ServiceInstance instance = lock(failed.instanceId());
            if (!operations.isLast(failed)) {
                throw overtaken();
            }
            Operation again = begin(
                    failed.type(), instance, creates ? CreateFlow.Step.SPECIFY.name() : UpdateFlow.Step.DEPLOY.name());
            if (!creates) {
                checkQuota(instance, failed.planId(), planName);
                again.leadsTo(failed.planId(), failed.parameters(), failed.maintenanceVersion(), failed.spec(), null);
            }
            return submit(again);
        });
    }

    /**
     * Deploys what the instance is once more, where the deployment differs from that or is missing.
     *
     * @param checked the instance as it was when what is specified was asked for
     * @throws RefusedException 409 while an operation is in progress, if the instance has been changed since or has never been created
     */
    public Operation redeploy(ServiceInstance checked, DeploymentSpec spec) {
        String instanceId = checked.getId();
        return transaction.execute(status -> {
            ServiceInstance instance = lock(instanceId);
            boolean busy = operations
                    .findFirstByInstanceIdAndStateOrderByGenerationDesc(instanceId, Operation.State.IN_PROGRESS)
                    .isPresent();
            if (busy || !instance.isReady() || !instance.isStill(checked)) {
                throw overtaken();
            }
            instance.unsettle();
            Operation again = begin(Operation.Type.UPDATE, instance, UpdateFlow.Step.DEPLOY.name());
            again.isInBulk();
            again.leadsTo(instance.planId(), instance.parameters(), Optional.empty(), spec, null);
            return submit(again);
        });
    }

    private void checkQuota(ServiceInstance instance, String planId, String planName) {
        if (!planId.equals(instance.planId())) {
            try {
                quotas.checkChange(planId, planName);
            } catch (RefusedException usedUp) {
                throw new RefusedException(Refusal.QUOTA_IN_THE_WAY, usedUp.getMessage());
            }
        }
    }

    private Operation begin(Operation.Type type, ServiceInstance instance, String step) {
        Instant now = clock.instant();
        Operation operation = new Operation(
                type,
                instance.getId(),
                instance.deployment(),
                step,
                OperationText.ACCEPTED_FOR_OPERATOR.text(),
                now,
                now.plus(properties.longestWait()));
        operation.isOwn();
        return operation;
    }

    private Operation submit(Operation operation) {
        Operation stored = operations.saveAndFlush(operation);
        worker.submit(stored);
        return stored;
    }

    private ServiceInstance lock(String instanceId) {
        return instances.lock(instanceId).orElseThrow(RepeatOperation::overtaken);
    }

    private static RefusedException overtaken() {
        return new RefusedException(Refusal.INSTANCE_CHANGED);
    }
}
