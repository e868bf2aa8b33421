package io.paddock.broker.binding;

import java.util.Map;
import java.util.Optional;

/**
 * What the platform asks to bind.
 *
 * @param appId of the application, absent for a service key
 * @param predecessorId the binding that this one shall take over from; both are valid until one is removed
 */
public record BindRequest(
        String instanceId,
        String bindingId,
        String serviceId,
        String planId,
        Optional<String> appId,
        Map<String, Object> parameters,
        Optional<String> predecessorId) {}
