package io.paddock.broker.remote;

import org.jspecify.annotations.Nullable;

/**
 * What a service behind the broker answered instead of what it was asked for.
 *
 * <p>The exception's message is for the operator, {@link #detail()} for the user.
 */
public class RemoteException extends RuntimeException {

    /** How the caller goes on. */
    public enum Kind {
        /** No connection, no answer in time, 5xx, an answer of something in between: a repeat is expected to help. */
        UNAVAILABLE,
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

    public RemoteException(Kind kind, String detail, String operatorMessage, @Nullable Throwable cause) {
        super(operatorMessage, cause);
        this.kind = kind;
        this.detail = detail;
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
