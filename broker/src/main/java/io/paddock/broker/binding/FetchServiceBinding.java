package io.paddock.broker.binding;

import io.paddock.broker.request.Refusal;
import io.paddock.broker.request.RefusedException;
import io.paddock.contracts.spi.BindingCredentials;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Shows a binding's credentials again (OSB 2.17, Fetching a Service Binding). */
@Component
public class FetchServiceBinding {

    private final ServiceBindingRepository bindings;
    private final StoredCredentials storedCredentials;

    FetchServiceBinding(ServiceBindingRepository bindings, StoredCredentials storedCredentials) {
        this.bindings = bindings;
        this.storedCredentials = storedCredentials;
    }

    /** @throws RefusedException 404 */
    public BindingCredentials fetch(String instanceId, String bindingId) {
        return bindings.findById(bindingId)
                .filter(binding -> binding.instanceId().equals(instanceId))
                .filter(binding -> binding.credentials().isPresent())
                .map(storedCredentials::read)
                .orElseThrow(FetchServiceBinding::unknown);
    }

    /**
     * Whether its account has been made (OSB 2.17, Polling Last Operation for Service Bindings): one that has not is being made or removed, or
     * that was cut off, and the platform's repeat finishes it.
     *
     * @throws RefusedException 404 for a binding that was never heard of, or is deleted
     */
    public boolean isMade(String instanceId, String bindingId) {
        return bindings.findById(bindingId)
                .filter(binding -> binding.instanceId().equals(instanceId))
                .map(binding -> binding.credentials().isPresent())
                .orElseThrow(FetchServiceBinding::unknown);
    }

    /** The application of a binding, for its successor; a service key has none. @throws RefusedException 400 if there is no such binding */
    public Optional<String> appOfPredecessor(String instanceId, String bindingId) {
        return bindings.findById(bindingId)
                .filter(binding -> binding.instanceId().equals(instanceId))
                .filter(binding -> binding.credentials().isPresent())
                .orElseThrow(() -> new RefusedException(Refusal.UNKNOWN_PREDECESSOR))
                .appId();
    }

    private static RefusedException unknown() {
        return new RefusedException(Refusal.NO_SUCH_BINDING);
    }
}
