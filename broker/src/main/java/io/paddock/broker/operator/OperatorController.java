package io.paddock.broker.operator;

import io.paddock.broker.audit.AuditLog;
import io.paddock.broker.binding.UnbindServiceInstance;
import io.paddock.broker.instance.DeploymentName;
import io.paddock.broker.request.Refusal;
import io.paddock.broker.request.RefusedException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.WebRequest;

/**
 * The operator's API, JSON. Lists have at most {@code limit} (100, up to 1000) entries. What changes something may say why in the header
 * {@code X-Paddock-Reason}, which is kept in the audit log. Errors are objects with a {@code description}: 400 for what can't be read, 401, 403 for
 * the platform's credentials, 404 for what there is not, 409 for what can't be done now, 502 where a part of the platform refuses what it is asked,
 * 503 while one is away.
 */
@RestController
@RequestMapping("/operator/v1")
class OperatorController {

    private static final int MOST = 1000;

    private final Views views;
    private final Interventions interventions;
    private final Reconciliation reconciliation;
    private final UnbindServiceInstance unbind;
    private final AuditLog audit;

    OperatorController(
            Views views,
            Interventions interventions,
            Reconciliation reconciliation,
            UnbindServiceInstance unbind,
            AuditLog audit) {
        this.views = views;
        this.interventions = interventions;
        this.reconciliation = reconciliation;
        this.unbind = unbind;
        this.audit = audit;
    }

    /** @throws RefusedException 400 for control characters, which the state database does not take */
    @ModelAttribute
    void checkParameters(WebRequest request) {
        boolean unreadable = request.getParameterMap().values().stream()
                .flatMap(Stream::of)
                .anyMatch(value -> value.chars().anyMatch(Character::isISOControl));
        if (unreadable) {
            throw new RefusedException(Refusal.QUERY_NOT_PRINTABLE);
        }
    }

    /** @param state of the last operation: in_progress, succeeded or failed */
    @GetMapping("/instances")
    List<Views.Instance> instances(
            @RequestParam Optional<String> organization,
            @RequestParam Optional<String> plan,
            @RequestParam Optional<String> state,
            @RequestParam Optional<String> after,
            @RequestParam(defaultValue = "100") int limit) {
        return views.instances(organization, plan, state.map(OperatorController::state), after, checked(limit));
    }

    /** An instance with its operations, the newest first, and its bindings without their credentials. */
    @GetMapping("/instances/{id}")
    Map<String, Object> instance(@PathVariable String id) {
        Views.Instance instance =
                views.instance(id).orElseThrow(() -> new RefusedException(Refusal.NO_SUCH_INSTANCE_FOR_OPERATOR));
        return Map.of(
                "instance",
                instance,
                "operations",
                views.operations(Optional.of(id), Optional.empty(), Optional.empty(), MOST),
                "bindings",
                views.bindings(id));
    }

    @GetMapping("/operations")
    List<Views.OperationView> operations(
            @RequestParam Optional<String> instance,
            @RequestParam Optional<String> state,
            @RequestParam(defaultValue = "100") int limit) {
        return views.operations(instance, state.map(OperatorController::state), Optional.empty(), checked(limit));
    }

    @GetMapping("/operations/{id}")
    Views.OperationView operation(@PathVariable UUID id) {
        return views.operations(Optional.empty(), Optional.empty(), Optional.of(id), 1).stream()
                .findFirst()
                .orElseThrow(() -> new RefusedException(Refusal.NO_SUCH_OPERATION));
    }

    @PostMapping("/operations/{id}/retry")
    Interventions.Done retry(@PathVariable UUID id) {
        AuditLog.isFor(operation(id).instanceId());
        return interventions.retry(id);
    }

    @PostMapping("/operations/{id}/cancel")
    Interventions.Done cancel(@PathVariable UUID id) {
        AuditLog.isFor(operation(id).instanceId());
        return interventions.cancel(id);
    }

    @PostMapping("/operations/{id}/fail")
    Interventions.Done fail(@PathVariable UUID id) {
        AuditLog.isFor(operation(id).instanceId());
        return interventions.fail(id);
    }

    /** Forgets an instance; what is deployed stays. */
    @DeleteMapping("/instances/{id}")
    Interventions.Done purge(@PathVariable String id) {
        return interventions.purge(id);
    }

    /** Forgets a binding; its account stays, if its database does. */
    @DeleteMapping("/bindings/{id}")
    Interventions.Done forgetBinding(@PathVariable String id) {
        String instance = unbind.forget(id);
        AuditLog.isFor(instance);
        return new Interventions.Done("forgotten", Optional.empty());
    }

    @GetMapping("/audit")
    List<AuditLog.Entry> audit(
            @RequestParam Optional<String> instance,
            @RequestParam Optional<Long> before,
            @RequestParam(defaultValue = "100") int limit) {
        return audit.entries(instance, before, checked(limit));
    }

    /** The last report; 404 if there is none yet. */
    @GetMapping("/reconciliation")
    Reconciliation.Report report() {
        return reconciliation.last().orElseThrow(() -> new RefusedException(Refusal.NOT_COMPARED_YET));
    }

    /** Compares now, which asks director, config server and all databases; changes nothing. */
    @PostMapping("/reconciliation")
    Reconciliation.Report reconcile() {
        return reconciliation.compare(() -> false);
    }

    /** Deletes a deployment of no instance, with its variables. */
    @DeleteMapping("/reconciliation/deployments/{name}")
    Interventions.Done deleteOrphan(@PathVariable String name) {
        AuditLog.isFor(DeploymentName.instanceOf(name));
        return reconciliation.deleteOrphan(name);
    }

    /** Makes an instance of a deployment of none. */
    @PostMapping("/reconciliation/deployments/{name}/adoption")
    Interventions.Done adopt(@PathVariable String name, @RequestBody Reconciliation.Adoption adoption) {
        AuditLog.isFor(DeploymentName.instanceOf(name));
        return reconciliation.adopt(name, adoption);
    }

    /** Deploys an instance again whose deployment is missing or has drifted. */
    @PostMapping("/reconciliation/instances/{id}/deployment")
    Interventions.Done redeploy(@PathVariable String id) {
        return reconciliation.redeploy(id);
    }

    /** Removes an account of no binding. */
    @DeleteMapping("/reconciliation/instances/{id}/accounts/{account}")
    Interventions.Done removeAccount(@PathVariable String id, @PathVariable String account) {
        return reconciliation.removeAccount(id, account);
    }

    /** A worker, or another request, stored something at the same moment. */
    @ExceptionHandler({ConcurrencyFailureException.class, DataIntegrityViolationException.class})
    ResponseEntity<Map<String, Object>> crossed() {
        return ResponseEntity.status(HttpStatus.CONFLICT).body(Map.of("description", Refusal.OPERATOR_CROSSED.text()));
    }

    private static String state(String given) {
        String state = given.toUpperCase(Locale.ROOT);
        if (!List.of("IN_PROGRESS", "SUCCEEDED", "FAILED").contains(state)) {
            throw new RefusedException(Refusal.STATE_UNKNOWN);
        }
        return state;
    }

    private static int checked(int limit) {
        if (limit < 1 || limit > MOST) {
            throw new RefusedException(Refusal.LIMIT_UNKNOWN, MOST);
        }
        return limit;
    }
}
