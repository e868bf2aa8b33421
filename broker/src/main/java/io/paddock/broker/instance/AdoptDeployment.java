package io.paddock.broker.instance;

import io.paddock.broker.operation.Operation;
import io.paddock.broker.operation.OperationRepository;
import io.paddock.broker.request.Refusal;
import io.paddock.broker.request.RefusedException;
import io.paddock.contracts.spi.DeploymentSpec;
import java.time.Clock;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Makes an instance of a deployment that none has, for an operator: after the state database was lost, say. It is then brought up to date. */
@Component
public class AdoptDeployment {

    private final ServiceInstanceRepository instances;
    private final OperationRepository operations;
    private final RepeatOperation repeat;
    private final TransactionTemplate transaction;
    private final Clock clock;

    AdoptDeployment(
            ServiceInstanceRepository instances,
            OperationRepository operations,
            RepeatOperation repeat,
            TransactionTemplate transaction,
            Clock clock) {
        this.instances = instances;
        this.operations = operations;
        this.repeat = repeat;
        this.transaction = transaction;
        this.clock = clock;
    }

    /**
     * @param generation of what is deployed
     * @throws RefusedException 409 if an instance has the deployment or the id, or something is being done with it
     */
    public Operation adopt(ProvisionRequest request, String deployment, long generation, DeploymentSpec spec) {
        try {
            return transaction.execute(status -> {
                if (operations.existsByDeploymentAndState(deployment, Operation.State.IN_PROGRESS)) {
                    throw taken();
                }
                operations.raiseGeneration(generation);
                return repeat.redeploy(
                        instances.saveAndFlush(ServiceInstance.adopted(request, deployment, spec, clock.instant())),
                        spec);
            });
        } catch (DataIntegrityViolationException known) {
            throw taken();
        }
    }

    private static RefusedException taken() {
        return new RefusedException(Refusal.ADOPTED_ALREADY);
    }
}
