package io.paddock.broker.request;

/**
 * A request of the platform that is not carried out, with the answer that the platform gets.
 *
 * <p>The message is the answer's {@code description}: users read it.
 */
public class RefusedException extends RuntimeException {

    /** Why, and the HTTP status and {@code error} code of the Open Service Broker API for it. */
    public enum Reason {
        /** What was sent is wrong in itself, or more than a quota allows. */
        BAD_REQUEST(400, ""),
        /** No such instance or binding (GET, PUT of a binding). */
        NOT_FOUND(404, ""),
        /** The id is taken by something else. */
        CONFLICT(409, ""),
        /** Already deleted. */
        GONE(410, ""),
        /** The body is longer than any sensible request. */
        TOO_LARGE(413, ""),
        ASYNC_REQUIRED(422, "AsyncRequired"),
        CONCURRENCY(422, "ConcurrencyError"),
        MAINTENANCE_INFO_CONFLICT(422, "MaintenanceInfoConflict"),
        /** An update that is not possible; only for updates, since Cloud Controller takes it as an orphan elsewhere. */
        UPDATE_REFUSED(422, ""),
        /** An update that is not possible now, but may be later. */
        UPDATE_REFUSED_NOW(422, ""),
        /** An update of an instance that can only be deleted. */
        UPDATE_OF_UNUSABLE(422, ""),
        /** A part of the platform is away; the same request may be sent again. */
        UNAVAILABLE(503, "");

        private final int status;
        private final String code;

        Reason(int status, String code) {
            this.status = status;
            this.code = code;
        }

        public int status() {
            return status;
        }

        /** Empty where the specification has none. */
        public String code() {
            return code;
        }
    }

    private final Reason reason;

    public RefusedException(Reason reason, String description) {
        super(description);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
