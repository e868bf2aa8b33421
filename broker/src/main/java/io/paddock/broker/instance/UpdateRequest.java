package io.paddock.broker.instance;

import java.util.Map;
import java.util.Optional;

/**
 * What the platform asks to change.
 *
 * @param planId absent if the plan stays
 * @param parameters those that change; null resets one
 * @param maintenanceVersion to which the instance shall be upgraded; absent if its versions stay
 * @param context what the platform knows of the instance, empty if it says nothing
 */
public record UpdateRequest(
        String instanceId,
        String serviceId,
        Optional<String> planId,
        Map<String, Object> parameters,
        Map<String, Object> context,
        Optional<String> maintenanceVersion,
        boolean asyncAccepted) {}
