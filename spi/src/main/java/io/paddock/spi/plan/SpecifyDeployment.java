package io.paddock.spi.plan;

import io.paddock.contracts.service.ProblemException;
import io.paddock.contracts.spi.DeploymentSpec;
import io.paddock.contracts.spi.DeploymentSpecRequest;
import io.paddock.spi.parameter.Parameter.Application;
import io.paddock.spi.parameter.Parameters;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.stereotype.Component;

/** Answers what a plan with parameters means as a deployment. */
@Component
public class SpecifyDeployment {

    private static final String MAX_CONNECTIONS = "max_connections";

    private final OfferingProperties offering;

    SpecifyDeployment(OfferingProperties offering) {
        this.offering = offering;
    }

    /** @throws ProblemException 404 for an unknown plan, 422 for refused parameters or a change of plan that is not offered */
    public DeploymentSpec specify(DeploymentSpecRequest request) {
        OfferingProperties.Plan plan = offering.plans().stream()
                .filter(candidate -> candidate.id().equals(request.planId()))
                .findFirst()
                .orElseThrow(() -> ProblemException.notFound("Plan '" + request.planId() + "'"));
        if (request.previousPlanId() != null && !request.previousPlanId().equals(plan.id())) {
            throw ProblemException.refused(
                    "The plan of an instance can't be changed", "no changes of plan are declared");
        }
        Parameters parameters = Parameters.of(plan.limits());
        Map<String, Object> values = parameters.check(request.parameters());
        Map<String, String> versions = new LinkedHashMap<>(configuredVersions());
        versions.putAll(request.deployedVersions());
        Map<String, Object> attributes = new LinkedHashMap<>();
        attributes.put("azs", offering.deployment().azs());
        attributes.put("network", offering.deployment().network());
        attributes.put(MAX_CONNECTIONS, plan.defaultMaxConnections());
        attributes.putAll(plan.attributes());
        attributes.putAll(versions);
        attributes.computeIfPresent(MAX_CONNECTIONS, (name, otherwise) -> values.getOrDefault(name, otherwise));
        return new DeploymentSpec(
                plan.template(),
                attributes,
                new LinkedHashMap<>(parameters.settings(values, Application.LIVE)),
                versions);
    }

    private Map<String, String> configuredVersions() {
        OfferingProperties.Versions versions = offering.versions();
        return Map.of(
                "release_version", versions.releaseVersion(),
                "bpm_version", versions.bpmVersion(),
                "stemcell_os", versions.stemcellOs(),
                "stemcell_version", versions.stemcellVersion());
    }
}
