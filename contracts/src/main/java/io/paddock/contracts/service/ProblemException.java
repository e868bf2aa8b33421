package io.paddock.contracts.service;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/** A request that a service can't carry out, with the status that its caller sees. */
public class ProblemException extends RuntimeException {

    private final HttpStatus status;
    private final String detail;

    /**
     * @param detail for the user of the service instance
     * @param operatorMessage for the operator; also the exception's message
     */
    public ProblemException(HttpStatus status, String detail, String operatorMessage, @Nullable Throwable cause) {
        super(operatorMessage, cause);
        this.status = status;
        this.detail = detail;
    }

    public ProblemException(HttpStatus status, String detail, String operatorMessage) {
        this(status, detail, operatorMessage, null);
    }

    /** 404. */
    public static ProblemException notFound(String what) {
        return new ProblemException(HttpStatus.NOT_FOUND, what + " does not exist", what + " does not exist");
    }

    /** 400: what is asked for can never be right. */
    public static ProblemException invalid(String detail, String operatorMessage) {
        return new ProblemException(HttpStatus.BAD_REQUEST, detail, operatorMessage);
    }

    /** 422: a repeat without a change does not help. */
    public static ProblemException refused(String detail, String operatorMessage) {
        return new ProblemException(HttpStatus.UNPROCESSABLE_CONTENT, detail, operatorMessage);
    }

    /** 503: a repeat is expected to help. */
    public static ProblemException unavailable(String detail, String operatorMessage, @Nullable Throwable cause) {
        return new ProblemException(HttpStatus.SERVICE_UNAVAILABLE, detail, operatorMessage, cause);
    }

    public HttpStatus status() {
        return status;
    }

    public String detail() {
        return detail;
    }
}
