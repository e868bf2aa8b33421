package io.paddock.broker.osb;

import io.paddock.broker.remote.RemoteException;
import io.paddock.broker.request.RefusedException;
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
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/**
 * Errors as the Open Service Broker API wants them: a JSON object with a description for users. Goes before SCOSB's own handler,
 * which shows exceptions' messages to everybody.
 */
@RestControllerAdvice
@Order(Ordered.HIGHEST_PRECEDENCE)
class OsbErrors {

    private static final Logger LOG = LoggerFactory.getLogger(OsbErrors.class);

    @ExceptionHandler
    ResponseEntity<Map<String, String>> refused(RefusedException refusal) {
        return answer(refusal.reason().status(), refusal.reason().code(), String.valueOf(refusal.getMessage()));
    }

    @ExceptionHandler
    ResponseEntity<Map<String, String>> away(RemoteException failure) {
        LOG.warn("answered 503: {}", failure.getMessage());
        return answer(503, "", failure.detail() + "; please try again");
    }

    @ExceptionHandler({
        DataAccessResourceFailureException.class,
        TransientDataAccessResourceException.class,
        QueryTimeoutException.class,
        CannotCreateTransactionException.class
    })
    ResponseEntity<Map<String, String>> stateDatabaseAway(Exception failure) {
        LOG.warn("answered 503, the state database does not answer: {}", failure.getMessage());
        return answer(503, "", "The service broker can't reach its database now; please try again");
    }

    @ExceptionHandler
    ResponseEntity<Map<String, String>> crossed(ConcurrencyFailureException failure) {
        LOG.warn("answered 503, requests for one row crossed: {}", failure.getMessage());
        return answer(503, "", "Another request for the same object was faster; please try again");
    }

    /** What a row refers to went away while the request was on its way. */
    @ExceptionHandler
    ResponseEntity<Map<String, String>> overtaken(DataIntegrityViolationException failure) {
        LOG.warn("answered 422, overtaken by another request: {}", failure.getMessage());
        return answer(422, "ConcurrencyError", "Another request for the same object was faster; please try again");
    }

    @ExceptionHandler({ServiceDefinitionDoesNotExistException.class, ServiceDefinitionPlanDoesNotExistException.class})
    ResponseEntity<Map<String, String>> unknownOffering(Exception failure) {
        return answer(400, "", "There is no such service offering or plan");
    }

    @ExceptionHandler({ServiceBrokerInvalidParametersException.class, HttpMessageNotReadableException.class})
    ResponseEntity<Map<String, String>> unreadable(Exception failure) {
        return answer(400, "", "The request is not the JSON that the Open Service Broker API describes");
    }

    @ExceptionHandler
    ResponseEntity<Map<String, String>> unexpected(Exception failure) {
        if (failure instanceof ErrorResponse known && known.getStatusCode().is4xxClientError()) {
            return answer(known.getStatusCode().value(), "", "The request was not understood");
        }
        LOG.error("unexpected failure", failure);
        return answer(500, "", "Something went wrong in the service broker; its log says more");
    }

    private static ResponseEntity<Map<String, String>> answer(int status, String code, String description) {
        Map<String, String> body = new LinkedHashMap<>();
        if (!code.isEmpty()) {
            body.put("error", code);
        }
        body.put("description", description);
        return ResponseEntity.status(status)
                .contentType(MediaType.APPLICATION_JSON)
                .body(body);
    }
}
