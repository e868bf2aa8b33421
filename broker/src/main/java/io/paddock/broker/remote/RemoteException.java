package io.paddock.broker.remote;

import io.paddock.broker.request.Refusal;
import io.paddock.broker.request.RefusedException;
import org.jspecify.annotations.Nullable;

/**
 * What a service behind the broker answered instead of what it was asked for.
 *
 * <p>The exception's message is for the operator, {@link #detail()} for the user.
 */
public class RemoteException extends RuntimeException {

    /** How the caller goes on. */
    public enum Kind {
        /** No connection, no answer in time, most 5xx, an answer of something in between: a repeat is expected to help. */
        UNAVAILABLE,
        /** 500 with a problem document: a repeat does no harm, but an operator should look. */
        FAILED,
        /** 409: other work goes on; a repeat later is expected to help. */
        BUSY,
        /** 410: the caller's lease ran out before the work began. */
        LEASE_EXPIRED,
        /** 404 with a problem document: one without comes from a router. */
        NOT_FOUND,
        /** 400 with a problem document: what was asked for can never be right. */
        INVALID,
        /** Any other 4xx: a repeat does not help. */
        REFUSED
    }

    private final Kind kind;
    private final String detail;
    private final boolean isAnswered;

    /** A failure after which the call may still be at work. */
    public RemoteException(Kind kind, String detail, String operatorMessage, @Nullable Throwable cause) {
        this(kind, detail, operatorMessage, false, cause);
    }

    /** @param isAnswered whether the service itself said so, so that nothing of the call is at work any more */
    public RemoteException(
            Kind kind, String detail, String operatorMessage, boolean isAnswered, @Nullable Throwable cause) {
        super(operatorMessage, cause);
        this.kind = kind;
        this.detail = detail;
        this.isAnswered = isAnswered;
    }

    public boolean isAnswered() {
        return isAnswered;
    }

    /** Tells the broker's caller what is the matter and what to do, where nothing better is known. */
    public RefusedException refusal() {
        return new RefusedException(
                switch (kind) {
                    case UNAVAILABLE, BUSY, LEASE_EXPIRED -> Refusal.SERVICE_AWAY;
                    case FAILED -> Refusal.SERVICE_FAILED;
                    case NOT_FOUND, INVALID, REFUSED -> Refusal.SERVICE_REFUSED;
                },
                detail);
    }

    public Kind kind() {
        return kind;
    }

    /** Whether the same request would be refused again. */
    public boolean isFinal() {
        return kind == Kind.NOT_FOUND || kind == Kind.INVALID || kind == Kind.REFUSED;
    }

    public String detail() {
        return detail;
    }
}
