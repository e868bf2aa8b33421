package io.paddock.spi.plan;

import io.paddock.contracts.spi.ServiceOffering;
import io.paddock.spi.parameter.Parameters;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.stereotype.Component;

/** Turns the configured offering into the catalog's. */
@Component
public class DescribeOffering {

    private final OfferingProperties offering;

    DescribeOffering(OfferingProperties offering) {
        this.offering = offering;
    }

    public ServiceOffering describe() {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("displayName", offering.metadata().displayName());
        metadata.put("longDescription", offering.metadata().longDescription());
        metadata.put("documentationUrl", offering.metadata().documentationUrl());
        return new ServiceOffering(
                offering.id(),
                offering.name(),
                offering.description(),
                offering.tags(),
                metadata,
                offering.plans().stream()
                        .filter(OfferingProperties.Plan::offered)
                        .map(this::plan)
                        .toList());
    }

    private ServiceOffering.Plan plan(OfferingProperties.Plan plan) {
        Parameters parameters = Parameters.of(plan.limits());
        return new ServiceOffering.Plan(
                plan.id(),
                plan.name(),
                plan.description(),
                plan.free(),
                Map.of("displayName", plan.name(), "bullets", plan.bullets()),
                parameters.schema(),
                parameters.updateSchema(),
                offering.versions().maintenance());
    }
}
