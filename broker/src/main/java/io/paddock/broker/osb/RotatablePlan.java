package io.paddock.broker.osb;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.springframework.cloud.servicebroker.model.catalog.Plan;

/** A plan with the field of OSB 2.17 that SCOSB 4.1.0 does not know: its bindings can be rotated. */
final class RotatablePlan extends Plan {

    RotatablePlan(Plan plan) {
        super(
                plan.getId(),
                plan.getName(),
                plan.getDescription(),
                plan.getMetadata(),
                plan.isFree(),
                plan.isBindable(),
                plan.isPlanUpdateable(),
                plan.getSchemas(),
                plan.getMaximumPollingDuration(),
                plan.getMaintenanceInfo());
    }

    @JsonProperty("binding_rotatable")
    boolean isBindingRotatable() {
        return true;
    }
}
