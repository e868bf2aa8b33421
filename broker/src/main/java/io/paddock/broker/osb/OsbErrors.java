package io.paddock.broker.osb;

import io.paddock.broker.instance.ServiceInstanceRepository;
import io.paddock.broker.remote.RemoteException;
import io.paddock.broker.request.Refusal;
import io.paddock.broker.request.RefusedException;
import io.paddock.broker.request.RefusedException.Reason;
import jakarta.servlet.http.HttpServletRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cloud.servicebroker.exception.ServiceBrokerInvalidParametersException;
import org.springframework.cloud.servicebroker.exception.ServiceDefinitionDoesNotExistException;
import org.springframework.cloud.servicebroker.exception.ServiceDefinitionPlanDoesNotExistException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.dao.UncategorizedDataAccessException;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.transaction.TransactionException;
import org.springframework.validation.FieldError;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.MethodArgumentNotValidException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.servlet.HandlerMapping;

/**
 * Errors as the Open Service Broker API wants them: a JSON object with a description for users. Goes before SCOSB's own handler,
 * which shows exceptions' messages to everybody.
 */
@RestControllerAdvice
@Order(Ordered.HIGHEST_PRECEDENCE)
class OsbErrors {

    private static final Logger LOG = LoggerFactory.getLogger(OsbErrors.class);
    /** Of SCOSB's names those that a request must have. */
    private static final Map<String, String> FIELDS = Map.of("serviceDefinitionId", "service_id", "planId", "plan_id");

    private final ServiceInstanceRepository instances;

    OsbErrors(ServiceInstanceRepository instances) {
        this.instances = instances;
    }

    @ExceptionHandler
    ResponseEntity<Map<String, Object>> refused(RefusedException refusal) {
        Reason reason = refusal.reason();
        Map<String, Object> body = body(reason.code(), String.valueOf(refusal.getMessage()));
        if (reason == Reason.UPDATE_REFUSED
                || reason == Reason.UPDATE_REFUSED_NOW
                || reason == Reason.UPDATE_OF_UNUSABLE) {
            body.put("instance_usable", reason != Reason.UPDATE_OF_UNUSABLE);
            body.put("update_repeatable", reason == Reason.UPDATE_REFUSED_NOW);
        }
        return answer(reason.status(), body);
    }

    @ExceptionHandler
    ResponseEntity<Map<String, Object>> away(RemoteException failure) {
        switch (failure.kind()) {
            case UNAVAILABLE, BUSY, LEASE_EXPIRED -> LOG.warn("answered 503: {}", failure.getMessage());
            case FAILED -> LOG.error("answered 503, a service behind the broker failed: {}", failure.getMessage());
            case NOT_FOUND, INVALID, REFUSED ->
                LOG.error(
                        "answered 502, a service behind the broker refused what it was asked: {}",
                        failure.getMessage());
        }
        return refused(failure.refusal());
    }

    @ExceptionHandler({
        DataAccessResourceFailureException.class,
        TransientDataAccessResourceException.class,
        QueryTimeoutException.class,
        // A connection that ends within a transaction is none of the above.
        UncategorizedDataAccessException.class,
        TransactionException.class
    })
    ResponseEntity<Map<String, Object>> stateDatabaseAway(Exception failure) {
        LOG.warn("answered 503, the state database does not answer: {}", failure.getMessage());
        return answer(Refusal.STATE_DATABASE_AWAY);
    }

    @ExceptionHandler
    ResponseEntity<Map<String, Object>> crossed(ConcurrencyFailureException failure) {
        LOG.warn("answered 503, requests for one row crossed: {}", failure.getMessage());
        return answer(Refusal.CROSSED);
    }

    /** What a row refers to went away while the request was on its way. */
    @ExceptionHandler
    ResponseEntity<Map<String, Object>> overtaken(DataIntegrityViolationException failure) {
        LOG.warn("answered 422, overtaken by another request: {}", failure.getMessage());
        return answer(Refusal.OVERTAKEN_BY_DELETION);
    }

    @ExceptionHandler({ServiceDefinitionDoesNotExistException.class, ServiceDefinitionPlanDoesNotExistException.class})
    ResponseEntity<Map<String, Object>> unknownOffering(Exception failure, HttpServletRequest request) {
        // Whose plan is not offered any more can be deleted twice, as any other.
        if (request.getMethod().equals("DELETE") && !instances.existsById(instanceOf(request))) {
            return answer(Refusal.INSTANCE_GONE);
        }
        return answer(Refusal.UNKNOWN_OFFERING);
    }

    @ExceptionHandler({ServiceBrokerInvalidParametersException.class, HttpMessageNotReadableException.class})
    ResponseEntity<Map<String, Object>> unreadable(Exception failure) {
        return answer(Refusal.NOT_THE_JSON);
    }

    @ExceptionHandler
    ResponseEntity<Map<String, Object>> incomplete(MethodArgumentNotValidException failure) {
        FieldError field = failure.getBindingResult().getFieldError();
        return field == null
                ? answer(Refusal.INCOMPLETE)
                : answer(Refusal.FIELD_MISSING, FIELDS.getOrDefault(field.getField(), field.getField()));
    }

    @ExceptionHandler
    ResponseEntity<Map<String, Object>> unreadable(MethodArgumentTypeMismatchException failure) {
        return answer(Refusal.QUERY_UNREADABLE, failure.getName());
    }

    @ExceptionHandler
    ResponseEntity<Map<String, Object>> unexpected(Exception failure) {
        if (failure instanceof ErrorResponse known && known.getStatusCode().is4xxClientError()) {
            int status = known.getStatusCode().value();
            return answer(status, body("", Refusal.ofStatus(status).text()));
        }
        LOG.error("unexpected failure", failure);
        return answer(Refusal.UNFORESEEN);
    }

    private static String instanceOf(HttpServletRequest request) {
        return request.getAttribute(HandlerMapping.URI_TEMPLATE_VARIABLES_ATTRIBUTE) instanceof Map<?, ?> path
                ? String.valueOf(path.get("instanceId"))
                : "";
    }

    private static ResponseEntity<Map<String, Object>> answer(Refusal refusal, Object... details) {
        return answer(refusal.reason().status(), body(refusal.reason().code(), refusal.text(details)));
    }

    private static Map<String, Object> body(String code, String description) {
        Map<String, Object> body = new LinkedHashMap<>();
        if (!code.isEmpty()) {
            body.put("error", code);
        }
        body.put("description", description);
        return body;
    }

    private static ResponseEntity<Map<String, Object>> answer(int status, Map<String, Object> body) {
        return ResponseEntity.status(status)
                .contentType(MediaType.APPLICATION_JSON)
                .body(body);
    }
}
