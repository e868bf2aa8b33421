package io.paddock.minidirector.api;

import io.paddock.minidirector.system.DirectorException;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.ResponseEntity;
import org.springframework.web.HttpMediaTypeNotSupportedException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.servlet.resource.NoResourceFoundException;

/** Errors as the director answers them: a code and a description, "not found" for every route that does not match, else a bare 500. */
@RestControllerAdvice
class ErrorAdvice {

    private static final Logger LOG = LoggerFactory.getLogger(ErrorAdvice.class);

    @ExceptionHandler
    ResponseEntity<String> refused(DirectorException refusal) {
        return Answers.html(
                refusal.status(),
                new TreeMap<>(Map.of("code", refusal.code(), "description", String.valueOf(refusal.getMessage()))));
    }

    @ExceptionHandler({
        NoResourceFoundException.class,
        HttpRequestMethodNotSupportedException.class,
        HttpMediaTypeNotSupportedException.class
    })
    ResponseEntity<String> noRoute(HttpServletRequest request) {
        return Answers.text(404, Answers.HTML, "Endpoint '" + request.getRequestURI() + "' not found.");
    }

    @ExceptionHandler
    ResponseEntity<String> unexpected(Exception failure, HttpServletRequest request) {
        LOG.error("{} {} failed", request.getMethod(), request.getRequestURI(), failure);
        return ResponseEntity.status(500).contentType(Answers.HTML).build();
    }
}
