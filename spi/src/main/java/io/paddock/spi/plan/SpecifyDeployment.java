package io.paddock.spi.plan;

import io.paddock.contracts.service.ProblemException;
import io.paddock.contracts.spi.DeploymentSpec;
import io.paddock.contracts.spi.DeploymentSpecRequest;
import io.paddock.spi.parameter.Parameters;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Answers what a plan with parameters means as a deployment, and what an update to it means for its user. */
@Component
public class SpecifyDeployment {

    private static final String MAX_CONNECTIONS = "max_connections";

    /** PostgreSQL's own values of what the template wants and a plan may leave out. */
    private static final Map<String, Object> DEFAULTS =
            Map.of("autovacuum_max_workers", 3, "max_locks_per_transaction", 64, "max_prepared_transactions", 0);

    private final OfferingProperties offering;

    /** @throws IllegalStateException if a plan's declared changes can't be made */
    SpecifyDeployment(OfferingProperties offering) {
        this.offering = offering;
        for (OfferingProperties.Plan plan : offering.plans()) {
            plan.changes().forEach(change -> checkDeclared(plan, change));
        }
    }

    private void checkDeclared(OfferingProperties.Plan from, String change) {
        String declared = "spi.offering.plans: " + from.name() + " declares the change to " + change + ", ";
        OfferingProperties.Plan to = offering.plans().stream()
                .filter(plan -> plan.name().equals(change))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(declared + "which is no plan"));
        if (to.limits().diskGb() < from.limits().diskGb()) {
            throw new IllegalStateException(declared + "whose disk is smaller");
        }
    }

    /** @throws ProblemException 404 for an unknown plan, 422 for refused parameters or a change of plan that is not declared */
    public DeploymentSpec specify(DeploymentSpecRequest request) {
        OfferingProperties.Plan plan = plan(request.planId());
        boolean changesPlan = !plan.id().equals(request.previousPlanId());
        if (changesPlan && !plan.offered()) {
            throw ProblemException.notFound("Plan '" + request.planId() + "'");
        }
        if (request.previousPlanId() != null && changesPlan) {
            checkChange(plan(request.previousPlanId()), plan);
        }
        Parameters parameters = Parameters.of(plan.limits());
        Map<String, Object> values =
                parameters.check(request.parameters(), changesPlan ? Map.of() : request.previousParameters());
        Map<String, String> versions = new LinkedHashMap<>(configuredVersions());
        versions.putAll(request.deployedVersions());
        Map<String, Object> attributes = attributes(plan, values, versions);
        return new DeploymentSpec(
                plan.template(),
                attributes,
                new LinkedHashMap<>(parameters.liveSettings(values)),
                versions,
                notice(request, plan, attributes, versions));
    }

    private OfferingProperties.Plan plan(String id) {
        return offering.plans().stream()
                .filter(candidate -> candidate.id().equals(id))
                .findFirst()
                .orElseThrow(() -> ProblemException.notFound("Plan '" + id + "'"));
    }

    private static void checkChange(OfferingProperties.Plan from, OfferingProperties.Plan to) {
        String change = "The plan can't be changed from " + from.name() + " to " + to.name() + ": ";
        if (to.limits().diskGb() < from.limits().diskGb()) {
            throw ProblemException.refused(
                    change + "its disk is smaller (" + to.limits().diskGb() + " GB instead of "
                            + from.limits().diskGb() + " GB), and a disk never shrinks",
                    "change of plan refused: smaller disk");
        }
        if (!from.changes().contains(to.name())) {
            throw ProblemException.refused(
                    change
                            + (from.changes().isEmpty()
                                    ? from.name() + " can't be changed at all"
                                    : "possible from " + from.name() + " are " + String.join(", ", from.changes())),
                    "change of plan refused: not declared in spi.offering.plans");
        }
    }

    private Map<String, Object> attributes(
            OfferingProperties.Plan plan, Map<String, Object> values, Map<String, String> versions) {
        Map<String, Object> attributes = new LinkedHashMap<>(DEFAULTS);
        attributes.put("azs", offering.deployment().azs());
        attributes.put("network", offering.deployment().network());
        attributes.put(MAX_CONNECTIONS, plan.defaultMaxConnections());
        attributes.putAll(plan.attributes());
        attributes.putAll(versions);
        attributes.putAll(Parameters.of(plan.limits()).attributes(values));
        return attributes;
    }

    /** A plan's change replaces the machine; any other change of an attribute changes the server's files and so restarts it. */
    private @Nullable String notice(
            DeploymentSpecRequest request,
            OfferingProperties.Plan plan,
            Map<String, Object> attributes,
            Map<String, String> versions) {
        if (request.previousPlanId() == null) {
            return null;
        }
        OfferingProperties.Plan previous = plan(request.previousPlanId());
        Map<String, Object> before = attributes(previous, request.previousParameters(), versions);
        if (before.equals(attributes)) {
            return null;
        }
        if (previous.limits().diskGb() != plan.limits().diskGb()) {
            return "downtime while the disk is copied to a larger one";
        }
        if (!previous.id().equals(plan.id())) {
            return "short downtime: the server restarts with plan " + plan.name();
        }
        String changed = new TreeSet<>(attributes.keySet())
                .stream()
                        .filter(name -> !attributes.get(name).equals(before.get(name)))
                        .map(name -> name.replaceFirst("_mb$", ""))
                        .collect(Collectors.joining(", "));
        return "short downtime: the server restarts to change " + changed;
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
