package io.paddock.broker.instance;

import io.paddock.broker.operation.Operation;
import io.paddock.broker.operation.OperationRepository;
import java.util.Optional;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** Reads an instance and its last operation as they were at one moment: a worker may end the operation between two reads. */
@Component
class InstanceStates {

    private final ServiceInstanceRepository instances;
    private final OperationRepository operations;
    private final TransactionTemplate snapshot;

    InstanceStates(
            ServiceInstanceRepository instances,
            OperationRepository operations,
            PlatformTransactionManager transactions) {
        this.instances = instances;
        this.operations = operations;
        this.snapshot = new TransactionTemplate(transactions);
        snapshot.setReadOnly(true);
        snapshot.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);
    }

    record State(ServiceInstance instance, Operation last) {}

    /** Empty for an unknown instance. */
    Optional<State> find(String instanceId) {
        return snapshot.execute(status -> instances
                .findById(instanceId)
                .map(instance -> new State(
                        instance,
                        operations
                                .findFirstByInstanceIdOrderByGenerationDesc(instanceId)
                                .orElseThrow())));
    }
}
