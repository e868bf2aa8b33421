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
        UNAUTHENTICATED(401, ""),
        FORBIDDEN(403, ""),
        /** No such instance or binding (GET, PUT of a binding). */
        NOT_FOUND(404, ""),
        METHOD_NOT_ALLOWED(405, ""),
        /** The id is taken by something else. */
        CONFLICT(409, ""),
        /** Already deleted. */
        GONE(410, ""),
        /** A version of the API that is not spoken. */
        PRECONDITION_FAILED(412, ""),
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
        UNFORESEEN(500, ""),
        /** A service behind the broker says that the broker is wrong. */
        BAD_GATEWAY(502, ""),
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

    private final Refusal refusal;

    /** @param details what the refusal's text leaves open */
    public RefusedException(Refusal refusal, Object... details) {
        super(refusal.text(details));
        this.refusal = refusal;
    }

    public Reason reason() {
        return refusal.reason();
    }
}
