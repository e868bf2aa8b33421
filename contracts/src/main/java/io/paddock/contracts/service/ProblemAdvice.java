package io.paddock.contracts.service;

import io.paddock.contracts.Problem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** Every error as a problem document; what was not foreseen says nothing of its inside. */
@RestControllerAdvice
class ProblemAdvice {

    private static final Logger LOG = LoggerFactory.getLogger(ProblemAdvice.class);

    @ExceptionHandler
    ResponseEntity<Problem> foreseen(ProblemException failure) {
        if (failure.status().is5xxServerError()) {
            LOG.warn("answered {}: {}", failure.status().value(), failure.getMessage());
        }
        return problem(failure.status(), failure.detail(), String.valueOf(failure.getMessage()));
    }

    @ExceptionHandler
    ResponseEntity<Problem> unreadable(HttpMessageNotReadableException failure) {
        return problem(
                HttpStatus.BAD_REQUEST, "The request is not the JSON that was expected", "unreadable request body");
    }

    @ExceptionHandler
    ResponseEntity<Problem> unexpected(Exception failure) {
        if (failure instanceof ErrorResponse known) {
            return problem(
                    known.getStatusCode(), "The request was not understood", String.valueOf(failure.getMessage()));
        }
        LOG.error("unexpected failure", failure);
        return problem(
                HttpStatus.INTERNAL_SERVER_ERROR, "Something went wrong", "unexpected failure, see this service's log");
    }

    private static ResponseEntity<Problem> problem(HttpStatusCode status, String detail, String operatorMessage) {
        HttpStatus known = HttpStatus.resolve(status.value());
        return ResponseEntity.status(status)
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(new Problem(
                        known == null ? null : known.getReasonPhrase(), status.value(), detail, operatorMessage));
    }
}
