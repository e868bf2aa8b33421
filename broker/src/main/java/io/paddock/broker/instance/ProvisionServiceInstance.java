package io.paddock.broker.instance;

import io.paddock.broker.catalog.CatalogCache;
import io.paddock.broker.catalog.MaintenanceVersions;
import io.paddock.broker.operation.Operation;
import io.paddock.broker.operation.OperationProperties;
import io.paddock.broker.operation.OperationRepository;
import io.paddock.broker.operation.OperationText;
import io.paddock.broker.operation.OperationWorker;
import io.paddock.broker.quota.Quotas;
import io.paddock.broker.remote.Interactive;
import io.paddock.broker.remote.RemoteException;
import io.paddock.broker.request.Refusal;
import io.paddock.broker.request.RefusedException;
import io.paddock.contracts.spi.DeploymentSpecRequest;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Accepts the creation of an instance (OSB 2.17, Provisioning): checks it and stores instance and operation together. */
@Component
public class ProvisionServiceInstance {

    private static final Logger LOG = LoggerFactory.getLogger(ProvisionServiceInstance.class);

    private final ServiceInstanceRepository instances;
    private final OperationRepository operations;
    private final InstanceStates states;
    private final OperationWorker worker;
    private final OperationProperties properties;
    private final CatalogCache catalog;
    private final MaintenanceVersions maintenance;
    private final Quotas quotas;
    private final Interactive remote;
    private final TransactionTemplate transaction;
    private final Clock clock;

    ProvisionServiceInstance(
            ServiceInstanceRepository instances,
            OperationRepository operations,
            InstanceStates states,
            OperationWorker worker,
            OperationProperties properties,
            CatalogCache catalog,
            MaintenanceVersions maintenance,
            Quotas quotas,
            Interactive remote,
            TransactionTemplate transaction,
            Clock clock) {
        this.instances = instances;
        this.operations = operations;
        this.states = states;
        this.worker = worker;
        this.properties = properties;
        this.catalog = catalog;
        this.maintenance = maintenance;
        this.quotas = quotas;
        this.remote = remote;
        this.transaction = transaction;
        this.clock = clock;
    }

    /**
     * @return the operation (202), or nothing to do because the instance exists as asked for (200)
     * @throws RefusedException 400 for refused parameters or a quota that is used up, 409 if the id is taken, 422 while it is being deleted or for
     *     maintenance that is not the catalog's, 503 while the
     *     service provider is away
     */
    public Accepted provision(ProvisionRequest request) {
        Optional<Accepted> known = repeated(request);
        if (known.isPresent()) {
            return known.get();
        }
        maintenance.check(request.planId(), request.maintenanceVersion());
        validate(request);
        Optional<String> version = maintenance.of(request.planId());
        String planName = catalog.planName(request.planId());
        try {
            return transaction.execute(status -> {
                quotas.checkCreate(request.planId(), planName, request.organizationId());
                return Accepted.by(store(request, version).id());
            });
        } catch (DataIntegrityViolationException | RefusedException taken) {
            // If another request for the same id was faster, the answer is the one to a repeated request.
            return repeated(request).orElseThrow(() -> taken);
        }
    }

    private Operation store(ProvisionRequest request, Optional<String> maintenanceVersion) {
        Instant now = clock.instant();
        ServiceInstance instance = instances.saveAndFlush(
                new ServiceInstance(request, DeploymentName.of(request.instanceId()), maintenanceVersion, now));
        Operation operation = operations.saveAndFlush(new Operation(
                Operation.Type.CREATE,
                instance.getId(),
                instance.deployment(),
                CreateFlow.Step.SPECIFY.name(),
                OperationText.ACCEPTED.text(),
                now,
                now.plus(properties.longestWait())));
        worker.submit(operation);
        LOG.info("create of instance {} accepted, operation {}", instance.getId(), operation.id());
        return operation;
    }

    private Optional<Accepted> repeated(ProvisionRequest request) {
        return states.find(request.instanceId()).map(state -> {
            ServiceInstance instance = state.instance();
            Operation last = state.last();
            if (last.isInProgress() && last.type() == Operation.Type.DELETE) {
                throw new RefusedException(Refusal.BEING_DELETED);
            }
            if (last.isFailedDeletion()) {
                throw new RefusedException(Refusal.DELETION_FAILED);
            }
            if (!instance.isWhatWasAskedFor(request)) {
                throw new RefusedException(Refusal.INSTANCE_WITH_OTHER_ATTRIBUTES);
            }
            if (instance.isReady()) {
                return Accepted.nothingToDo();
            }
            if (last.isInProgress()) {
                return Accepted.by(last.id());
            }
            throw new RefusedException(Refusal.CREATION_FAILED);
        });
    }

    private void validate(ProvisionRequest request) {
        try {
            remote.spi()
                    .deploymentSpec(new DeploymentSpecRequest(
                            request.instanceId(),
                            request.planId(),
                            null,
                            request.parameters(),
                            Map.of(),
                            Map.of(),
                            false));
        } catch (RemoteException failure) {
            throw switch (failure.kind()) {
                // 400, not 422: Cloud Controller takes a 422 with an unknown code as an orphan to be cleaned up.
                case REFUSED, INVALID, NOT_FOUND -> new RefusedException(Refusal.REFUSED_BY_PROVIDER, failure.detail());
                case UNAVAILABLE, FAILED, BUSY, LEASE_EXPIRED -> {
                    LOG.warn("create of instance {} not accepted: {}", request.instanceId(), failure.getMessage());
                    yield failure.refusal();
                }
            };
        }
    }
}
