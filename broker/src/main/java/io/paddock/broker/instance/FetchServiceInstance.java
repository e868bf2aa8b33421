package io.paddock.broker.instance;

import io.paddock.broker.request.Refusal;
import io.paddock.broker.request.RefusedException;
import org.springframework.stereotype.Component;

/** Shows an instance (OSB 2.17, Fetching a Service Instance): 404 until it is ready. */
@Component
public class FetchServiceInstance {

    private final ServiceInstanceRepository instances;

    FetchServiceInstance(ServiceInstanceRepository instances) {
        this.instances = instances;
    }

    /** @throws RefusedException 404 */
    public ServiceInstance fetch(String instanceId) {
        return instances
                .findById(instanceId)
                .filter(ServiceInstance::isReady)
                .orElseThrow(() -> new RefusedException(Refusal.NO_SUCH_INSTANCE));
    }
}
