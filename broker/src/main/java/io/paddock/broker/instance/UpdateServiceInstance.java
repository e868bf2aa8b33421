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
import io.paddock.contracts.Outputs;
import io.paddock.contracts.spi.DeploymentSpec;
import io.paddock.contracts.spi.DeploymentSpecRequest;
import io.paddock.contracts.spi.ObstaclesRequest;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Accepts a change of an instance's plan or parameters (OSB 2.17, Updating a Service Instance), once the service provider agrees. */
@Component
public class UpdateServiceInstance {

    private static final Logger LOG = LoggerFactory.getLogger(UpdateServiceInstance.class);

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

    UpdateServiceInstance(
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

    /** What an instance shall become. */
    private record Target(String planId, Map<String, Object> parameters, Optional<String> maintenanceVersion) {

        boolean is(ServiceInstance instance) {
            return planId.equals(instance.planId())
                    && parameters.equals(instance.parameters())
                    && !isUpgradeOf(instance);
        }

        boolean is(Operation update) {
            return planId.equals(update.planId())
                    && parameters.equals(update.parameters())
                    && maintenanceVersion.equals(update.maintenanceVersion());
        }

        boolean isUpgradeOf(ServiceInstance instance) {
            return maintenanceVersion.isPresent() && !maintenanceVersion.equals(instance.maintenanceVersion());
        }
    }

    /**
     * @return the operation (202), or nothing to do because the instance is what was asked for (200)
     * @throws RefusedException 400 for an unknown plan, another offering or parameters that can never be right, 404 for an unknown instance,
     *     422 for a change that is not possible, or not while the running service is as it is, while another operation is in progress,
     *     without accepts_incomplete, or for maintenance that is not the catalog's, 503 while the service provider is away
     */
    public Accepted update(UpdateRequest request) {
        InstanceStates.State state =
                states.find(request.instanceId()).orElseThrow(() -> new RefusedException(Refusal.NO_SUCH_INSTANCE));
        ServiceInstance instance = state.instance();
        Operation last = state.last();
        if (!instance.serviceId().equals(request.serviceId())) {
            throw new RefusedException(Refusal.ANOTHER_OFFERING);
        }
        Target target = new Target(
                request.planId().orElse(instance.planId()),
                merged(instance.parameters(), request.parameters()),
                request.maintenanceVersion());
        Optional<Accepted> running = running(last, target, request);
        if (running.isPresent()) {
            return running.get();
        }
        maintenance.check(target.planId(), target.maintenanceVersion());
        boolean nothingChanges = target.is(instance) && instance.isSettled();
        if (nothingChanges
                && instance.parameters()
                        .keySet()
                        .containsAll(request.parameters().keySet())) {
            return nothingToDo(request);
        }
        DeploymentSpec spec = specify(instance, instance.planId(), target, request);
        if (nothingChanges) {
            return nothingToDo(request);
        }
        if (!instance.isSettled() && last.type() == Operation.Type.UPDATE) {
            // The last update may have taken effect: the change must be possible from there as well.
            specify(instance, last.planId(), target, request);
        }
        refuseSynchronous(request);
        if (!instance.isDeployedAs(spec)) {
            refuseObstacles(instance, spec);
        }
        String planName = catalog.planName(target.planId());
        try {
            return transaction.execute(status -> {
                if (!target.planId().equals(instance.planId())) {
                    quotas.checkChange(target.planId(), planName);
                }
                return store(request, instance, target, spec);
            });
        } catch (DataIntegrityViolationException | ConcurrencyFailureException | RefusedException crossed) {
            // If the same request was faster, its operation is the answer, also where there is no more room for a
            // second one.
            return states.find(request.instanceId())
                    .flatMap(now -> running(now.last(), target, request))
                    .orElseThrow(() -> crossed instanceof RefusedException refused ? refused : overtaken());
        }
    }

    /** The same update that is already in progress; any other operation is in the way, and so is a create or a delete that failed. */
    private static Optional<Accepted> running(Operation last, Target target, UpdateRequest request) {
        if (!last.isInProgress()) {
            boolean failed = last.state() == Operation.State.FAILED;
            if (failed && last.type() == Operation.Type.CREATE) {
                throw new RefusedException(Refusal.UPDATE_AFTER_FAILED_CREATION);
            }
            if (last.isFailedDeletion()) {
                throw new RefusedException(Refusal.UPDATE_AFTER_FAILED_DELETION);
            }
            return Optional.empty();
        }
        if (last.type() == Operation.Type.UPDATE && target.is(last)) {
            refuseSynchronous(request);
            return Optional.of(Accepted.by(last.id()));
        }
        throw new RefusedException(
                switch (last.type()) {
                    case CREATE -> Refusal.BEING_CREATED;
                    case UPDATE -> Refusal.BEING_UPDATED;
                    case DELETE -> Refusal.BEING_DELETED;
                });
    }

    private static void refuseSynchronous(UpdateRequest request) {
        if (!request.asyncAccepted()) {
            throw new RefusedException(Refusal.ASYNC_REQUIRED);
        }
    }

    private DeploymentSpec specify(
            ServiceInstance instance, String previousPlanId, Target target, UpdateRequest request) {
        // With the nulls: the service provider knows whether what is reset exists.
        Map<String, Object> parameters = new LinkedHashMap<>(target.parameters());
        request.parameters().forEach(parameters::putIfAbsent);
        try {
            return remote.spi()
                    .deploymentSpec(new DeploymentSpecRequest(
                            instance.getId(),
                            target.planId(),
                            previousPlanId,
                            parameters,
                            instance.parameters(),
                            instance.versions(),
                            target.isUpgradeOf(instance)));
        } catch (RemoteException failure) {
            throw switch (failure.kind()) {
                case NOT_FOUND, INVALID -> new RefusedException(Refusal.REFUSED_BY_PROVIDER, failure.detail());
                case REFUSED -> new RefusedException(Refusal.UPDATE_REFUSED_BY_PROVIDER, failure.detail());
                case UNAVAILABLE, FAILED, BUSY, LEASE_EXPIRED -> {
                    LOG.warn("update of instance {} not accepted: {}", instance.getId(), failure.getMessage());
                    yield failure.refusal();
                }
            };
        }
    }

    /**
     * Refuses a restart that the running service knows to be impossible now. One that can't be asked is in nobody's way: an update may be
     * what mends it.
     */
    private void refuseObstacles(ServiceInstance instance, DeploymentSpec spec) {
        List<String> obstacles;
        try {
            Outputs outputs = instance.outputs()
                    .withSecrets(remote.deployer()
                            .secrets(instance.deployment(), instance.template())
                            .secrets());
            obstacles = remote.spi().obstacles(instance.getId(), new ObstaclesRequest(outputs, spec.attributes()));
        } catch (RemoteException unknown) {
            LOG.info("instance {} is updated without having been asked: {}", instance.getId(), unknown.getMessage());
            return;
        }
        if (!obstacles.isEmpty()) {
            throw new RefusedException(Refusal.UPDATE_OBSTRUCTED, String.join("; ", obstacles));
        }
    }

    private Accepted store(UpdateRequest request, ServiceInstance checked, Target target, DeploymentSpec spec) {
        ServiceInstance instance = instances.lock(request.instanceId()).orElseThrow(UpdateServiceInstance::overtaken);
        if (!new Target(checked.planId(), checked.parameters(), checked.maintenanceVersion()).is(instance)) {
            throw overtaken();
        }
        remember(request, instance);
        Instant now = clock.instant();
        Operation operation = new Operation(
                Operation.Type.UPDATE,
                instance.getId(),
                instance.deployment(),
                UpdateFlow.Step.DEPLOY.name(),
                OperationText.ACCEPTED.text(),
                now,
                now.plus(properties.longestWait()));
        operation.leadsTo(
                target.planId(), target.parameters(), target.maintenanceVersion(), spec, notice(instance, spec));
        operation = operations.saveAndFlush(operation);
        worker.submit(operation);
        LOG.info("update of instance {} accepted, operation {}", instance.getId(), operation.id());
        return Accepted.by(operation.id());
    }

    /** What was deployed may differ for reasons that the service provider can't know: other settings of the operator, a half-done update. */
    private static @Nullable String notice(ServiceInstance instance, DeploymentSpec spec) {
        return spec.notice() == null && !instance.isDeployedAs(spec)
                ? OperationText.BROUGHT_UP_TO_DATE.text()
                : spec.notice();
    }

    private Accepted nothingToDo(UpdateRequest request) {
        transaction.executeWithoutResult(
                status -> instances.lock(request.instanceId()).ifPresent(instance -> remember(request, instance)));
        return Accepted.nothingToDo();
    }

    private static void remember(UpdateRequest request, ServiceInstance instance) {
        if (!request.context().isEmpty()) {
            instance.isKnownIn(request.context());
        }
    }

    private static Map<String, Object> merged(Map<String, Object> before, Map<String, Object> changes) {
        Map<String, Object> merged = new LinkedHashMap<>(before);
        merged.putAll(changes);
        merged.values().removeIf(Objects::isNull);
        return merged;
    }

    private static RefusedException overtaken() {
        return new RefusedException(Refusal.OVERTAKEN);
    }
}
