package io.paddock.broker.operator;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.TaskDescriptor;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import io.paddock.broker.catalog.CatalogCache;
import io.paddock.broker.instance.AdoptDeployment;
import io.paddock.broker.instance.DeploymentName;
import io.paddock.broker.instance.DeprovisionServiceInstance;
import io.paddock.broker.instance.ProvisionRequest;
import io.paddock.broker.instance.RepeatOperation;
import io.paddock.broker.instance.ServiceInstance;
import io.paddock.broker.instance.ServiceInstanceRepository;
import io.paddock.broker.operation.Operation;
import io.paddock.broker.operation.OperationProperties;
import io.paddock.broker.operation.OperationRepository;
import io.paddock.broker.remote.Patient;
import io.paddock.broker.remote.RemoteException;
import io.paddock.broker.request.Refusal;
import io.paddock.broker.request.RefusedException;
import io.paddock.contracts.Outputs;
import io.paddock.contracts.deployer.Comparison;
import io.paddock.contracts.deployer.ComparisonRequest;
import io.paddock.contracts.deployer.Deployment;
import io.paddock.contracts.deployer.Inventory;
import io.paddock.contracts.spi.AccountsRequest;
import io.paddock.contracts.spi.BindingRequest;
import io.paddock.contracts.spi.DeploymentSpec;
import io.paddock.contracts.spi.DeploymentSpecRequest;
import io.paddock.contracts.spi.RemainingAccount;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * Compares what the broker wants with what there is at the director, in the config server and in the databases. It reports, and goes on with accounts whose
 * access has ended; everything else that is there is changed only when an operator asks for it. What changes while it looks is not reported: who is found wrong is looked at twice.
 */
@Component
class Reconciliation {

    private static final Logger LOG = LoggerFactory.getLogger(Reconciliation.class);
    private static final TaskDescriptor<Void> TASK = TaskDescriptor.of("reconciliation");
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    /** After so many in a row something may be away that all of them need, and each look may take as long as its time-out. */
    private static final int MOST_FAILURES = 10;
    /** For looks that fail, in all. */
    private static final Duration MOST_WASTED = Duration.ofMinutes(5);

    private final CatalogCache catalog;
    private final ServiceInstanceRepository instances;
    private final DeprovisionServiceInstance deprovision;
    private final RepeatOperation repeat;
    private final AdoptDeployment adopt;
    private final OperationRepository numbers;
    private final Patient remote;
    private final JdbcTemplate database;
    private final ObjectMapper json;
    private final OperationProperties operations;
    private final ReconciliationProperties properties;
    private final Clock clock;

    Reconciliation(
            CatalogCache catalog,
            ServiceInstanceRepository instances,
            DeprovisionServiceInstance deprovision,
            RepeatOperation repeat,
            AdoptDeployment adopt,
            OperationRepository numbers,
            Patient remote,
            JdbcTemplate database,
            ObjectMapper json,
            OperationProperties operations,
            ReconciliationProperties properties,
            Clock clock) {
        this.catalog = catalog;
        this.instances = instances;
        this.deprovision = deprovision;
        this.repeat = repeat;
        this.adopt = adopt;
        this.numbers = numbers;
        this.remote = remote;
        this.database = database;
        this.json = json;
        this.operations = operations;
        this.properties = properties;
        this.clock = clock;
    }

    /**
     * @param orphanDeployments at the director, of no instance
     * @param missingDeployments instances whose deployment is not there
     * @param driftedDeployments instances whose deployment is not what it should be, or may not be since an update of it did not end well
     * @param leftoverVariables deployments that are gone, but have secrets in the config server
     * @param leftoverAccounts in databases, of no binding
     * @param remainingAccounts whose access has ended, but that can't be removed yet, and why; each look tries that again
     * @param unchecked what could not be looked at, and why: the report says nothing of it
     */
    @JsonIgnoreProperties(value = "clean", allowGetters = true)
    record Report(
            Instant at,
            List<String> orphanDeployments,
            List<String> missingDeployments,
            List<Drift> driftedDeployments,
            List<String> leftoverVariables,
            List<Account> leftoverAccounts,
            List<Remaining> remainingAccounts,
            List<String> unchecked) {

        /** A report of an earlier version knows of no such accounts. */
        Report {
            remainingAccounts = Objects.requireNonNullElse(remainingAccounts, List.of());
        }

        /** Whether everything was looked at and nothing found. */
        @JsonProperty
        boolean clean() {
            return orphanDeployments.isEmpty()
                    && missingDeployments.isEmpty()
                    && driftedDeployments.isEmpty()
                    && leftoverVariables.isEmpty()
                    && leftoverAccounts.isEmpty()
                    && remainingAccounts.isEmpty()
                    && unchecked.isEmpty();
        }
    }

    /** @param differences paths in the manifest */
    record Drift(String instanceId, List<String> differences) {}

    record Account(String instanceId, String account) {}

    record Remaining(String instanceId, String account, String inTheWay) {}

    /**
     * What an adopted deployment is.
     *
     * @param instanceId absent if the deployment's name tells it
     * @param force whether it is adopted though it is something else, and changed to that
     */
    record Adoption(
            @Nullable String instanceId,
            @Nullable String serviceId,
            @Nullable String planId,
            @Nullable String organizationId,
            @Nullable String spaceId,
            @Nullable Map<String, Object> parameters,
            @Nullable Boolean force) {}

    @Bean
    Task<Void> reconciliationTask() {
        return Tasks.recurring(TASK, FixedDelay.of(properties.interval()))
                .onFailure((complete, execution) ->
                        execution.reschedule(complete, clock.instant().plus(properties.retry())))
                .execute((instance, context) ->
                        compareUnasked(() -> context.getSchedulerState().isShuttingDown()));
    }

    /** Nobody reads an answer: that nothing could be looked at stands in the report. */
    void compareUnasked(BooleanSupplier isStopping) {
        try {
            compare(isStopping);
        } catch (RemoteException away) {
            keep(new Report(
                    clock.instant(),
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(OperatorText.NOTHING_COMPARED.text(away.getMessage()))));
            throw away;
        }
    }

    /**
     * Operations to come are numbered above what it finds deployed: a state database that was restored is behind that.
     *
     * @param isStopping whether what is left shall be left
     * @throws RemoteException if the deployer or the director are away, 503
     */
    Report compare(BooleanSupplier isStopping) {
        Set<String> before = wanted();
        Inventory inventory = remote.deployer().inventory();
        Set<String> after = wanted();
        List<String> unchecked = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        List<Drift> drifted = new ArrayList<>();
        List<Account> accounts = new ArrayList<>();
        List<Remaining> remaining = new ArrayList<>();
        boolean isStopped = false;
        Optional<String> whyNoMore = Optional.empty();
        int failuresInARow = 0;
        Duration wasted = Duration.ZERO;
        List<String> ids = new ArrayList<>(atRest());
        // If some are not looked at, it is not always the same ones.
        Collections.shuffle(ids);
        for (String id : ids) {
            isStopped = isStopped || isStopping.getAsBoolean();
            if (isStopped) {
                whyNoMore = Optional.of(OperatorText.BROKER_STOPS.text());
            }
            if (whyNoMore.isPresent()) {
                unchecked.add(OperatorText.NOT_COMPARED.text(id, whyNoMore.get()));
                continue;
            }
            Instant begun = clock.instant();
            try {
                look(id, inventory, missing, drifted, accounts, remaining);
                failuresInARow = 0;
            } catch (RemoteException away) {
                unchecked.add(OperatorText.NOT_COMPARED.text(id, away.getMessage()));
                wasted = wasted.plus(Duration.between(begun, clock.instant()));
                if (wasted.compareTo(MOST_WASTED) > 0) {
                    whyNoMore = Optional.of(OperatorText.LOOKED_TOO_LONG.text());
                } else if (++failuresInARow % MOST_FAILURES == 0) {
                    whyNoMore = whatIsAway();
                }
            }
        }
        unchecked.addAll(unfinished());
        missing.sort(Comparator.naturalOrder());
        drifted.sort(Comparator.comparing(Drift::instanceId));
        accounts.sort(Comparator.comparing(Account::instanceId));
        remaining.sort(Comparator.comparing(Remaining::instanceId));
        Report report = new Report(
                clock.instant(),
                unwanted(inventory.deployments(), before, after),
                missing,
                drifted,
                unwanted(inventory.variables(), before, after).stream()
                        .filter(name -> !inventory.deployments().contains(name))
                        .toList(),
                accounts,
                remaining,
                unchecked);
        if (isStopped) {
            // The last whole one tells more.
            return report;
        }
        keep(report);
        LOG.info(
                "compared: {} orphan, {} missing, {} drifted deployments, {} leftover sets of variables, {} leftover accounts, {} that can't be removed yet, {} unchecked",
                report.orphanDeployments().size(),
                missing.size(),
                drifted.size(),
                report.leftoverVariables().size(),
                accounts.size(),
                remaining.size(),
                unchecked.size());
        return report;
    }

    /** Tells what is away for all instances from what is wrong with each of some. */
    private Optional<String> whatIsAway() {
        try {
            remote.deployer().director();
            remote.spi().catalog();
            return Optional.empty();
        } catch (RemoteException away) {
            return Optional.of(OperatorText.PART_AWAY.text(away.getMessage()));
        }
    }

    Optional<Report> last() {
        return database.queryForList("select report from reconciliation_report", String.class).stream()
                .map(this::parsed)
                .findFirst();
    }

    private void look(
            String id,
            Inventory inventory,
            List<String> missing,
            List<Drift> drifted,
            List<Account> accounts,
            List<Remaining> remaining) {
        ServiceInstance instance = instances.findById(id).orElse(null);
        if (instance == null) {
            return;
        }
        Comparison comparison = remote.deployer()
                .compare(instance.deployment(), new ComparisonRequest(instance.template(), instance.attributes()));
        numbers.raiseGeneration(comparison.generation());
        boolean exists = comparison.exists() && inventory.deployments().contains(instance.deployment());
        if (!isAtRest(id)) {
            return;
        }
        if (!exists) {
            missing.add(id);
            return;
        }
        boolean isSettled =
                instances.findById(id).filter(ServiceInstance::isSettled).isPresent();
        if (!isSettled || !comparison.differences().isEmpty()) {
            drifted.add(new Drift(id, comparison.differences()));
        }
        Outputs outputs = outputs(instance);
        List<String> first = remote.spi().leftoverAccounts(id, new AccountsRequest(outputs, bindings(id)));
        if (!first.isEmpty()) {
            // A binding that was made meanwhile has a row by now.
            remote.spi().leftoverAccounts(id, new AccountsRequest(outputs, bindings(id))).stream()
                    .filter(first::contains)
                    .forEach(account -> accounts.add(new Account(id, account)));
        }
        cleanUp(id, outputs)
                .forEach(account -> remaining.add(new Remaining(id, account.account(), account.inTheWay())));
    }

    private List<RemainingAccount> cleanUp(String id, Outputs outputs) {
        try {
            return remote.spi()
                    .cleanUpAccounts(
                            id, new BindingRequest(outputs, clock.instant().plus(PATIENCE)));
        } catch (RemoteException failure) {
            if (failure.kind() == RemoteException.Kind.NOT_FOUND) {
                // One that removes accounts in one go.
                return List.of();
            }
            throw failure;
        }
    }

    /** @throws RefusedException 404 if there is no such deployment, 409 if an instance has it */
    Interventions.Done deleteOrphan(String deployment) {
        long generation = orphan(deployment)
                .map(found -> Objects.requireNonNullElse(found.generation(), 0L))
                .orElse(0L);
        return new Interventions.Done(
                OperatorText.ORPHAN_DELETED.text(),
                deprovision.deleteOrphan(deployment, generation).operation());
    }

    /** @throws RefusedException 400 for what is missing or refused, 404 if there is no such deployment, 409 if an instance has it */
    Interventions.Done adopt(String deployment, Adoption adoption) {
        Deployment found = orphan(deployment).orElseThrow(() -> new RefusedException(Refusal.NO_SUCH_DEPLOYMENT));
        String id = Optional.ofNullable(adoption.instanceId()).orElseGet(() -> DeploymentName.instanceOf(deployment));
        if (!DeploymentName.of(id).equals(deployment)) {
            throw new RefusedException(Refusal.DEPLOYMENT_OF_ANOTHER, id, DeploymentName.of(id));
        }
        Map<String, Object> parameters = Objects.requireNonNullElse(adoption.parameters(), Map.of());
        String plan = required("planId", adoption.planId());
        if (!catalog.offering().id().equals(required("serviceId", adoption.serviceId()))) {
            throw new RefusedException(Refusal.NO_SUCH_OFFERING);
        }
        DeploymentSpec spec = specify(new DeploymentSpecRequest(id, plan, null, parameters, Map.of(), Map.of(), false));
        List<String> differences = remote.deployer()
                .compare(deployment, new ComparisonRequest(spec.template(), spec.attributes()))
                .differences();
        if (!differences.isEmpty() && !Boolean.TRUE.equals(adoption.force())) {
            throw new RefusedException(Refusal.DEPLOYMENT_DIFFERS, String.join(", ", differences));
        }
        Operation operation = adopt.adopt(
                new ProvisionRequest(
                        id,
                        required("serviceId", adoption.serviceId()),
                        plan,
                        required("organizationId", adoption.organizationId()),
                        required("spaceId", adoption.spaceId()),
                        parameters,
                        Map.of(),
                        Optional.empty()),
                deployment,
                Objects.requireNonNullElse(found.generation(), 0L),
                spec);
        return new Interventions.Done(OperatorText.ADOPTED.text(), Optional.of(operation.id()));
    }

    /** @throws RefusedException 404 for an unknown instance, 409 while something is being done with it */
    Interventions.Done redeploy(String instanceId) {
        ServiceInstance instance = find(instanceId);
        DeploymentSpec spec = specify(new DeploymentSpecRequest(
                instanceId, instance.planId(), null, instance.parameters(), Map.of(), instance.versions(), false));
        Operation operation = repeat.redeploy(instance, spec);
        return new Interventions.Done(OperatorText.REDEPLOYED.text(), Optional.of(operation.id()));
    }

    /** @throws RefusedException 404 for an unknown instance or account, 409 if a binding has it */
    Interventions.Done removeAccount(String instanceId, String account) {
        ServiceInstance instance = find(instanceId);
        Outputs outputs = outputs(instance);
        if (!remote.spi()
                .leftoverAccounts(instanceId, new AccountsRequest(outputs, bindings(instanceId)))
                .contains(account)) {
            throw new RefusedException(Refusal.ACCOUNT_IN_USE);
        }
        remote.spi()
                .removeAccount(
                        instanceId,
                        account,
                        new BindingRequest(outputs, clock.instant().plus(PATIENCE)));
        return new Interventions.Done(OperatorText.ACCOUNT_REMOVED.text(), Optional.empty());
    }

    /** An orphan at the director; empty if only its variables are left. @throws RefusedException 404 for what can't be an instance's */
    private Optional<Deployment> orphan(String deployment) {
        if (!DeploymentName.isOfInstance(deployment)) {
            throw new RefusedException(Refusal.NOT_AN_INSTANCES_DEPLOYMENT);
        }
        try {
            return Optional.of(remote.deployer().deployment(deployment));
        } catch (RemoteException absent) {
            if (absent.kind() == RemoteException.Kind.NOT_FOUND) {
                return Optional.empty();
            }
            throw absent;
        }
    }

    private DeploymentSpec specify(DeploymentSpecRequest request) {
        try {
            return remote.spi().deploymentSpec(request);
        } catch (RemoteException refused) {
            if (refused.isFinal()) {
                throw new RefusedException(Refusal.REFUSED_BY_PROVIDER, refused.detail());
            }
            throw refused;
        }
    }

    private ServiceInstance find(String instanceId) {
        return instances
                .findById(instanceId)
                .filter(ServiceInstance::isReady)
                .orElseThrow(() -> new RefusedException(Refusal.NO_SUCH_INSTANCE_FOR_OPERATOR));
    }

    private static String required(String field, @Nullable String value) {
        if (value == null || value.isBlank()) {
            throw new RefusedException(Refusal.FIELD_MISSING, field);
        }
        return value;
    }

    private Outputs outputs(ServiceInstance instance) {
        return instance.outputs()
                .withSecrets(remote.deployer()
                        .secrets(instance.deployment(), instance.template())
                        .secrets());
    }

    private List<String> bindings(String instanceId) {
        return database.queryForList("select id from service_binding where instance_id = ?", String.class, instanceId);
    }

    /** Deployments that somebody wants, or looks after: of instances, of operations in progress, of failed creations that are kept. */
    private Set<String> wanted() {
        return new TreeSet<>(database.queryForList(
                "select deployment from service_instance union select deployment from operation where state = 'IN_PROGRESS'"
                        + " or (type = 'CREATE' and state = 'FAILED' and not ended_by_operator and updated_at > ?)",
                String.class,
                Timestamp.from(clock.instant().minus(operations.keepFailed()).minus(PATIENCE))));
    }

    private static List<String> unwanted(List<String> found, Set<String> before, Set<String> after) {
        return found.stream()
                .filter(DeploymentName::isOfInstance)
                .filter(name -> !before.contains(name) && !after.contains(name))
                .toList();
    }

    /** Instances with which nothing is being done. */
    private List<String> atRest() {
        return database.queryForList(AT_REST + " order by id", String.class);
    }

    /** Instances that are nothing, and with which nothing is being done: a creation or a deletion of theirs has failed for good. */
    private List<String> unfinished() {
        return database.query(
                "select id from service_instance where not ready and " + NOTHING_DONE
                        + " and deployment not in (select deployment from operation where type = 'CREATE' and state = 'FAILED'"
                        + " and not ended_by_operator and updated_at > ?) order by id",
                (row, number) -> row.getString(1) + ": it is not ready, and nothing is being done about that",
                Timestamp.from(clock.instant().minus(operations.keepFailed()).minus(PATIENCE)));
    }

    private boolean isAtRest(String id) {
        return !database.queryForList(AT_REST + " and id = ?", String.class, id).isEmpty();
    }

    private static final String NOTHING_DONE = "not exists"
            + " (select from operation where operation.instance_id = service_instance.id and state = 'IN_PROGRESS')";
    private static final String AT_REST = "select id from service_instance where ready and " + NOTHING_DONE;

    private void keep(Report report) {
        try {
            database.update(
                    "insert into reconciliation_report (id, report) values (1, ?) on conflict (id) do update set report = excluded.report",
                    json.writeValueAsString(report));
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("a report that is not JSON", impossible);
        }
    }

    private Report parsed(String text) {
        try {
            return json.readValue(text, Report.class);
        } catch (JsonProcessingException corrupt) {
            throw new IllegalStateException("the stored report is not JSON", corrupt);
        }
    }
}
