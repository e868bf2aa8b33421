package io.paddock.broker.instance;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What the platform asks to create.
 *
 * @param maintenanceVersion what the platform saw in the catalog, if it says so
 */
public record ProvisionRequest(
        String instanceId,
        String serviceId,
        String planId,
        String organizationId,
        String spaceId,
        Map<String, Object> parameters,
        Map<String, Object> context,
        Optional<String> maintenanceVersion) {

    /** The parameters without those that are null, which stands for the default. */
    Map<String, Object> values() {
        Map<String, Object> values = new LinkedHashMap<>(parameters);
        values.values().removeIf(Objects::isNull);
        return values;
    }
}
