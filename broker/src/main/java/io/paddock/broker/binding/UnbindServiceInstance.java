package io.paddock.broker.binding;

import io.paddock.broker.instance.FetchServiceInstance;
import io.paddock.broker.instance.ServiceInstance;
import io.paddock.broker.remote.Interactive;
import io.paddock.broker.remote.RemoteException;
import io.paddock.broker.request.Refusal;
import io.paddock.broker.request.RefusedException;
import io.paddock.contracts.Outputs;
import io.paddock.contracts.spi.BindingRequest;
import java.time.Instant;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Removes a binding with its account (OSB 2.17, Unbinding). */
@Component
public class UnbindServiceInstance {

    private static final Logger LOG = LoggerFactory.getLogger(UnbindServiceInstance.class);

    private final ServiceBindingRepository bindings;
    private final FetchServiceInstance instances;
    private final BindingClaim claim;
    private final Interactive remote;
    private final TransactionTemplate transaction;

    UnbindServiceInstance(
            ServiceBindingRepository bindings,
            FetchServiceInstance instances,
            BindingClaim claim,
            Interactive remote,
            TransactionTemplate transaction) {
        this.bindings = bindings;
        this.instances = instances;
        this.claim = claim;
        this.remote = remote;
        this.transaction = transaction;
    }

    /**
     * @throws RefusedException 410 if there is no such binding, 422 while another request works on it
     * @throws RemoteException if SPI or config server are away, 503: a repeat is safe
     */
    public void unbind(String instanceId, String bindingId) {
        Instant until = transaction.execute(status -> claim.claim(find(instanceId, bindingId)));
        ServiceInstance instance = instances.fetch(instanceId);
        try {
            Outputs outputs = claim.outputs(instance, bindingId, until);
            change(bindingId, until, ServiceBinding::forgetCredentials);
            remote.spi().unbind(instanceId, bindingId, new BindingRequest(outputs, until));
        } catch (RemoteException away) {
            if (isDeployed(instance)) {
                claim.releaseIfEnded(bindingId, until, away);
                throw away;
            }
            LOG.warn("binding {}: deployment {} is gone, and the account with it", bindingId, instance.deployment());
            transaction.executeWithoutResult(status -> bindings.lock(bindingId)
                    .filter(binding -> binding.instanceId().equals(instanceId))
                    .ifPresent(bindings::delete));
            return;
        }
        change(bindingId, until, bindings::delete);
        LOG.info("binding {} of instance {} removed", bindingId, instanceId);
    }

    /**
     * Forgets a binding whose account can't be removed, because its database is lost; an account that is still there is a leftover.
     *
     * @return the instance's id
     * @throws RefusedException 404 for an unknown one
     */
    public String forget(String bindingId) {
        return transaction.execute(status -> {
            ServiceBinding binding = bindings.lock(bindingId)
                    .orElseThrow(() -> new RefusedException(Refusal.NO_SUCH_BINDING_FOR_OPERATOR));
            bindings.delete(binding);
            LOG.warn("binding {} of instance {} was forgotten", bindingId, binding.instanceId());
            return binding.instanceId();
        });
    }

    /** What another request has claimed since is that one's. */
    private void change(String bindingId, Instant until, Consumer<ServiceBinding> change) {
        transaction.executeWithoutResult(status -> change.accept(bindings.lock(bindingId)
                .filter(binding -> binding.isOccupiedBy(until))
                .orElseThrow(() -> new RefusedException(Refusal.BINDING_OVERTAKEN))));
    }

    /** A platform deletes no instance that has bindings: where nothing is left they must not be in its way. */
    private boolean isDeployed(ServiceInstance instance) {
        try {
            remote.deployer().deployment(instance.deployment());
            return true;
        } catch (RemoteException failure) {
            return failure.kind() != RemoteException.Kind.NOT_FOUND;
        }
    }

    private ServiceBinding find(String instanceId, String bindingId) {
        return bindings.lock(bindingId)
                .filter(found -> found.instanceId().equals(instanceId))
                .orElseThrow(() -> new RefusedException(Refusal.BINDING_GONE));
    }
}
