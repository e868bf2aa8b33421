package io.paddock.broker.instance;

import java.util.Map;

/** What the platform asks to create. */
public record ProvisionRequest(
        String instanceId,
        String serviceId,
        String planId,
        String organizationId,
        String spaceId,
        Map<String, Object> parameters,
        Map<String, Object> context) {}
