package io.paddock.spi.plan;

import io.paddock.contracts.service.ProblemException;
import io.paddock.contracts.spi.DeploymentSpec;
import io.paddock.contracts.spi.DeploymentSpecRequest;
import io.paddock.spi.parameter.Parameters;
import io.paddock.spi.text.SpiText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/** Answers what a plan with parameters means as a deployment, and what an update to it means for its user. */
@Component
public class SpecifyDeployment {

    private static final String RELEASE_VERSION = "release_version";
    private static final Set<String> VERSIONS =
            Set.of(RELEASE_VERSION, "bpm_version", "stemcell_os", "stemcell_version");
    private static final String MAX_CONNECTIONS = "max_connections";
    private static final String NODES = "nodes";
    private static final List<String> CAPACITIES =
            List.of(MAX_CONNECTIONS, "max_locks_per_transaction", "max_prepared_transactions");

    /** PostgreSQL's own values of what the template wants and a plan may leave out. */
    private static final Map<String, Object> DEFAULTS =
            Map.of("autovacuum_max_workers", 3, "max_locks_per_transaction", 64, "max_prepared_transactions", 0);

    private final OfferingProperties offering;

    /** @throws IllegalStateException if a plan's declared changes can't be made */
    SpecifyDeployment(OfferingProperties offering) {
        this.offering = offering;
        for (OfferingProperties.Plan plan : offering.plans()) {
            if (plan.nodes() == 2) {
                throw new IllegalStateException("spi.offering.plans: " + plan.name()
                        + " has 2 nodes, of which both would have to be there; a cluster has at least 3");
            }
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
        if (to.nodes() < from.nodes()) {
            throw new IllegalStateException(declared + "which has fewer servers");
        }
    }

    /** @throws ProblemException 400 for parameters that can never be right, 404 for an unknown plan, 422 for a change of plan that is not possible */
    public DeploymentSpec specify(DeploymentSpecRequest request) {
        OfferingProperties.Plan plan = plan(request.planId());
        boolean changesPlan = !plan.id().equals(request.previousPlanId());
        if (changesPlan && !plan.offered()) {
            throw unknown(request.planId());
        }
        if (request.previousPlanId() != null && changesPlan) {
            checkChange(plan(request.previousPlanId()), plan);
        }
        Parameters parameters = Parameters.of(plan.limits());
        Map<String, Object> values =
                parameters.check(request.parameters(), changesPlan ? Map.of() : request.previousParameters());
        Map<String, String> newest = offering.versions().attributes();
        Map<String, String> before = new LinkedHashMap<>(newest);
        before.putAll(request.deployedVersions());
        Map<String, String> versions = request.upgrade() ? newest : before;
        Map<String, Object> attributes = attributes(plan, values, versions);
        if (isReplaced(before) && !attributes.equals(previousAttributes(request, before))) {
            versions = newest;
            attributes = attributes(plan, values, versions);
        }
        return new DeploymentSpec(
                plan.template(),
                attributes,
                new LinkedHashMap<>(parameters.liveSettings(values)),
                versions,
                notice(request, plan, attributes, before),
                advice(request, plan));
    }

    private OfferingProperties.Plan plan(String id) {
        return offering.plans().stream()
                .filter(candidate -> candidate.id().equals(id))
                .findFirst()
                .orElseThrow(() -> unknown(id));
    }

    private static ProblemException unknown(String planId) {
        return new ProblemException(
                HttpStatus.NOT_FOUND, SpiText.UNKNOWN_PLAN.text(planId), "there is no plan " + planId + " to be had");
    }

    private static void checkChange(OfferingProperties.Plan from, OfferingProperties.Plan to) {
        if (to.limits().diskGb() < from.limits().diskGb()) {
            throw ProblemException.refused(
                    SpiText.SMALLER_DISK.text(
                            from.name(),
                            to.name(),
                            to.limits().diskGb(),
                            from.limits().diskGb()),
                    "change of plan refused: smaller disk");
        }
        if (to.nodes() < from.nodes()) {
            throw ProblemException.refused(
                    SpiText.FEWER_SERVERS.text(
                            from.name(),
                            to.name(),
                            from.nodes(),
                            to.nodes() == 1 ? "a single one" : "one of " + to.nodes()),
                    "change of plan refused: fewer servers");
        }
        if (!from.changes().contains(to.name())) {
            throw ProblemException.refused(
                    from.changes().isEmpty()
                            ? SpiText.NO_CHANGE_AT_ALL.text(from.name(), to.name(), from.name())
                            : SpiText.UNDECLARED_CHANGE.text(
                                    from.name(), to.name(), from.name(), String.join(", ", from.changes())),
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

    private boolean isReplaced(Map<String, String> versions) {
        return offering.versions().replacedReleaseVersions().contains(versions.get(RELEASE_VERSION));
    }

    private Map<String, Object> previousAttributes(DeploymentSpecRequest request, Map<String, String> versions) {
        return request.previousPlanId() == null
                ? Map.of()
                : attributes(plan(request.previousPlanId()), request.previousParameters(), versions);
    }

    /**
     * A server whose machine, disk or settings change restarts. Of a cluster the servers do so one after the other, and only the primary's turn
     * is noticed; more servers alone change nothing on the one that runs.
     */
    private @Nullable String notice(
            DeploymentSpecRequest request,
            OfferingProperties.Plan plan,
            Map<String, Object> attributes,
            Map<String, String> versionsBefore) {
        if (request.previousPlanId() == null) {
            return null;
        }
        OfferingProperties.Plan previous = plan(request.previousPlanId());
        Map<String, Object> before = previousAttributes(request, versionsBefore);
        Set<String> changed = new TreeSet<>(attributes.keySet());
        changed.removeIf(name -> attributes.get(name).equals(before.get(name)));
        if (changed.isEmpty()) {
            return null;
        }
        if (changed.equals(Set.of(NODES))) {
            return SpiText.MORE_SERVERS.text(plan.nodes() - previous.nodes());
        }
        boolean isCluster = previous.nodes() > 1;
        if (!isCluster && previous.limits().diskGb() != plan.limits().diskGb()) {
            return SpiText.DISK_COPIED.text();
        }
        List<String> reasons = new ArrayList<>();
        if (!previous.id().equals(plan.id())) {
            reasons.add(SpiText.WITH_PLAN.text(plan.name()));
        } else if (!VERSIONS.containsAll(changed)) {
            reasons.add(SpiText.TO_CHANGE.text(changed.stream()
                    .filter(name -> !VERSIONS.contains(name))
                    .map(name -> name.replaceFirst("_mb$", ""))
                    .collect(Collectors.joining(", "))));
        }
        if (changed.contains(RELEASE_VERSION)) {
            reasons.add(SpiText.TO_TAKE_RELEASE.text(attributes.get(RELEASE_VERSION)));
        }
        if (changed.stream().anyMatch(name -> VERSIONS.contains(name) && !name.equals(RELEASE_VERSION))) {
            reasons.add(
                    SpiText.TO_TAKE_STEMCELL.text(attributes.get("stemcell_os"), attributes.get("stemcell_version")));
        }
        String what = String.join(" and ", reasons);
        return isCluster
                ? SpiText.ROLLING_RESTART.text(what, lowersCapacity(before, attributes) ? "three times" : "twice")
                : SpiText.RESTART.text(what);
    }

    /** What a standby must not have less of than its primary sinks only when the primary starts once more. */
    private static boolean lowersCapacity(Map<String, Object> before, Map<String, Object> after) {
        return CAPACITIES.stream()
                .anyMatch(name -> Integer.parseInt(String.valueOf(after.get(name)))
                        < Integer.parseInt(String.valueOf(before.get(name))));
    }

    private @Nullable String advice(DeploymentSpecRequest request, OfferingProperties.Plan plan) {
        return request.previousPlanId() != null
                        && plan.nodes() > plan(request.previousPlanId()).nodes()
                ? SpiText.BIND_AGAIN.text()
                : null;
    }
}
