package io.paddock.broker.binding;

import io.paddock.broker.request.RefusedException;
import io.paddock.broker.request.RefusedException.Reason;
import java.util.Map;
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
    public Map<String, Object> fetch(String instanceId, String bindingId) {
        return bindings.findById(bindingId)
                .filter(binding -> binding.instanceId().equals(instanceId))
                .filter(binding -> binding.credentials().isPresent())
                .map(storedCredentials::read)
                .orElseThrow(() -> new RefusedException(Reason.NOT_FOUND, "The binding does not exist"));
    }
}
