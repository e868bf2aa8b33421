package io.paddock.broker.instance;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** What the platform asks to create. */
public record ProvisionRequest(
        String instanceId,
        String serviceId,
        String planId,
        String organizationId,
        String spaceId,
        Map<String, Object> parameters,
        Map<String, Object> context) {

    /** The parameters without those that are null, which stands for the default. */
    Map<String, Object> values() {
        Map<String, Object> values = new LinkedHashMap<>(parameters);
        values.values().removeIf(Objects::isNull);
        return values;
    }
}
