package io.paddock.broker.binding;

import io.paddock.broker.instance.FetchServiceInstance;
import io.paddock.broker.instance.ServiceInstance;
import io.paddock.broker.operation.OperationRepository;
import io.paddock.broker.remote.Interactive;
import io.paddock.broker.remote.RemoteException;
import io.paddock.broker.request.Refusal;
import io.paddock.broker.request.RefusedException;
import io.paddock.contracts.Outputs;
import io.paddock.contracts.spi.BindingCredentials;
import io.paddock.contracts.spi.BindingRequest;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Makes a binding while the platform waits (OSB 2.17, Binding); needs the SPI and the config server, not the director. */
@Component
public class BindServiceInstance {

    private static final Logger LOG = LoggerFactory.getLogger(BindServiceInstance.class);

    private final ServiceBindingRepository bindings;
    private final FetchServiceInstance instances;
    private final OperationRepository operations;
    private final StoredCredentials storedCredentials;
    private final BindingClaim claim;
    private final Interactive remote;
    private final TransactionTemplate transaction;
    private final Clock clock;

    BindServiceInstance(
            ServiceBindingRepository bindings,
            FetchServiceInstance instances,
            OperationRepository operations,
            StoredCredentials storedCredentials,
            BindingClaim claim,
            Interactive remote,
            TransactionTemplate transaction,
            Clock clock) {
        this.bindings = bindings;
        this.instances = instances;
        this.operations = operations;
        this.storedCredentials = storedCredentials;
        this.claim = claim;
        this.remote = remote;
        this.transaction = transaction;
        this.clock = clock;
    }

    /** @param existed whether the binding was there before, as asked for */
    public record Bound(BindingCredentials binding, boolean existed) {}

    /**
     * @throws RefusedException 400 for an unknown predecessor, another plan than the instance's or an instance whose deletion failed, 404
     *     for an unknown or unfinished instance, 409 if the id is taken, 422 while an operation on the instance or another request for the
     *     binding is in progress
     * @throws io.paddock.broker.remote.RemoteException if SPI or config server are away, 503: a repeat is safe
     */
    public Bound bind(BindRequest request) {
        String instanceId = request.instanceId();
        String bindingId = request.bindingId();
        refuseWhatIsInProgressOrHalfDeleted(instanceId);
        ServiceInstance instance = instances.fetch(instanceId);
        refuseAnotherPlan(request, instance);
        if (!request.parameters().isEmpty()) {
            throw new RefusedException(
                    Refusal.BINDING_WITH_PARAMETERS,
                    String.join(", ", request.parameters().keySet()));
        }
        Claimed claimed = transaction.execute(status -> claim(request));
        if (claimed.existing().isPresent()) {
            return claimed.existing().get();
        }
        Instant until = claimed.until();
        Outputs outputs = claim.outputs(instance, bindingId, until);
        BindingCredentials made;
        try {
            made = remote.spi().bind(instanceId, bindingId, new BindingRequest(outputs, until));
        } catch (RemoteException failure) {
            claim.releaseIfEnded(bindingId, until, failure);
            throw failure;
        }
        transaction.executeWithoutResult(status -> keep(bindingId, until, made));
        LOG.info("binding {} of instance {} created", bindingId, instanceId);
        return new Bound(made, false);
    }

    /** Either the binding is there already, or the caller may make it until a time. */
    private record Claimed(Optional<Bound> existing, Instant until) {}

    private Claimed claim(BindRequest request) {
        bindings.insertIfAbsent(
                request.bindingId(),
                request.instanceId(),
                request.appId().orElse(null),
                request.predecessorId().orElse(null),
                clock.instant());
        ServiceBinding binding = bindings.lock(request.bindingId())
                .orElseThrow(() -> new RefusedException(Refusal.BINDING_BEING_DELETED));
        if (!binding.instanceId().equals(request.instanceId())
                || !binding.appId().equals(request.appId())
                || !binding.predecessorId().equals(request.predecessorId())) {
            throw new RefusedException(Refusal.BINDING_WITH_OTHER_ATTRIBUTES);
        }
        if (binding.credentials().isPresent()) {
            return new Claimed(Optional.of(new Bound(storedCredentials.read(binding), true)), Instant.MIN);
        }
        return new Claimed(Optional.empty(), claim.claim(binding));
    }

    private void keep(String bindingId, Instant until, BindingCredentials made) {
        ServiceBinding binding = bindings.lock(bindingId)
                .filter(found -> found.isOccupiedBy(until))
                .orElseThrow(() -> new RefusedException(Refusal.BINDING_OVERTAKEN));
        storedCredentials.write(binding, made);
    }

    /** The instance's plan counts, whichever the binding was made with. */
    private void refuseAnotherPlan(BindRequest request, ServiceInstance instance) {
        if (request.serviceId().equals(instance.serviceId()) && request.planId().equals(instance.planId())) {
            return;
        }
        if (bindings.existsById(request.bindingId())) {
            throw new RefusedException(Refusal.BINDING_WITH_OTHER_ATTRIBUTES);
        }
        throw new RefusedException(Refusal.BINDING_OF_ANOTHER_PLAN);
    }

    private void refuseWhatIsInProgressOrHalfDeleted(String instanceId) {
        operations.findFirstByInstanceIdOrderByGenerationDesc(instanceId).ifPresent(last -> {
            if (last.isInProgress()) {
                throw new RefusedException(Refusal.INSTANCE_BUSY);
            }
            if (last.isFailedDeletion()) {
                throw new RefusedException(Refusal.BIND_AFTER_FAILED_DELETION);
            }
        });
    }
}
