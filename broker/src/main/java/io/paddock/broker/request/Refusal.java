package io.paddock.broker.request;

import io.paddock.broker.request.RefusedException.Reason;

/**
 * Everything that the broker answers where it does not do what it was asked for: the one table of these texts, which docs/texts.md shows.
 *
 * @see <a href="https://github.com/openservicebrokerapi/servicebroker/blob/v2.17/spec.md#service-broker-errors">Service Broker Errors</a>
 */
public enum Refusal {
    // Requests as such
    UNKNOWN_CALLER(
            Reason.UNAUTHENTICATED,
            "The service broker does not know this username and password",
            "no credentials, or wrong ones"),
    CALLER_MAY_NOT(
            Reason.FORBIDDEN,
            "This username is not allowed to do that",
            "the platform asks what is the operator's, or the reverse"),
    CROSS_SITE(
            Reason.FORBIDDEN,
            "Requests that another site's page sends are refused",
            "a browser says that another site's page sent the request"),
    VERSION_MISSING(
            Reason.BAD_REQUEST,
            "The header X-Broker-API-Version is missing",
            "a platform's request without the header"),
    VERSION_UNKNOWN(
            Reason.PRECONDITION_FAILED,
            "This service broker speaks version 2.17 of the Open Service Broker API, and 2.13 or later with clients",
            "another version than 2.13 to 2.x"),
    IDENTITY_UNREADABLE(
            Reason.BAD_REQUEST,
            "The header %s must be a platform and a JSON object in Base64",
            "an originating identity that can't be read"),
    PATH_UNREADABLE(
            Reason.BAD_REQUEST, "The request's path can't be read", "a path that can be read in two ways, or none"),
    PATH_WITH_TWO_SLASHES(
            Reason.BAD_REQUEST,
            "The path begins with two slashes: register the service broker with a URL that does not end with a slash",
            "a path that begins with //v2/"),
    PATH_ENCODED(
            Reason.BAD_REQUEST, "The request's path must do without percent-encoding", "a path with percent signs"),
    NO_SUCH_PATH(Reason.NOT_FOUND, "The service broker has nothing at this path", "a path of no endpoint"),
    NO_SUCH_METHOD(
            Reason.METHOD_NOT_ALLOWED,
            "The service broker does not know this method here",
            "a method that the endpoint does not have"),
    NOT_UNDERSTOOD(
            Reason.BAD_REQUEST, "The request was not understood", "any other request that Tomcat or Spring refuses"),
    NOT_JSON_BY_TYPE(
            Reason.BAD_REQUEST,
            "The Content-Type must be application/json",
            "a body that is said to be something else"),
    TOO_LONG(Reason.TOO_LARGE, "The request is longer than %s KiB", "a body of more than that"),
    NOT_AN_OBJECT(
            Reason.BAD_REQUEST,
            "The request is not the JSON that the Open Service Broker API describes: an object, at most %s levels deep, in which no name stands twice",
            "a body that is no such object"),
    NOT_THE_JSON(
            Reason.BAD_REQUEST,
            "The request is not the JSON that the Open Service Broker API describes",
            "a body whose fields have other types"),
    INCOMPLETE(Reason.BAD_REQUEST, "The request is not complete", "a body that breaks a rule of no single field"),
    FIELD_MISSING(Reason.BAD_REQUEST, "The field '%s' is missing", "a required field is absent, null or blank"),
    FIELD_NOT_A_STRING(Reason.BAD_REQUEST, "The field '%s' must be a string", "a field of another type"),
    FIELD_NOT_PRINTABLE(
            Reason.BAD_REQUEST,
            "The field '%s' has control characters or is too long",
            "control characters, or more than 1000 characters"),
    QUERY_MISSING(
            Reason.BAD_REQUEST, "The query parameter '%s' is missing", "a deletion without service_id or plan_id"),
    QUERY_UNREADABLE(
            Reason.BAD_REQUEST,
            "The query parameter '%s' can't be read",
            "a value of another type than the parameter's"),
    ID_NOT_ALLOWED(
            Reason.BAD_REQUEST,
            "The id of the %s must be 1 to 100 characters of A-Z, a-z, 0-9, '.', '_', '~' and '-'",
            "an id in the path that could not be told apart in names, paths and logs"),
    ASYNC_REQUIRED(
            Reason.ASYNC_REQUIRED,
            "This service plan requires client support for asynchronous service operations",
            "a creation, update or deletion without accepts_incomplete=true"),
    UNKNOWN_OFFERING(
            Reason.BAD_REQUEST,
            "There is no such service offering or plan",
            "a service_id or plan_id that is not in the catalog"),
    MAINTENANCE_CHANGED(
            Reason.MAINTENANCE_INFO_CONFLICT,
            "The maintenance information for the requested service plan has changed; please look at the catalog again",
            "a maintenance_info that is not the catalog's"),
    REFUSED_BY_PROVIDER(
            Reason.BAD_REQUEST, "%s", "the service provider says that this can never be right: see its table"),

    // Service instances
    NO_SUCH_INSTANCE(
            Reason.NOT_FOUND,
            "The service instance does not exist",
            "an id that is not known, or whose creation goes on"),
    INSTANCE_GONE(Reason.GONE, "The service instance does not exist", "the deletion of an instance that is not known"),
    NO_SUCH_OPERATION_OF_INSTANCE(
            Reason.NOT_FOUND,
            "The service instance has no such operation",
            "last_operation of an operation of another one"),
    INSTANCE_WITH_OTHER_ATTRIBUTES(
            Reason.CONFLICT,
            "A service instance with this id and different attributes exists already",
            "a creation repeated with another plan, parameters, organization or space"),
    CREATION_FAILED(
            Reason.CONFLICT,
            "The creation of this service instance failed; delete it before you create it again",
            "a creation repeated after its failure"),
    DELETION_FAILED(
            Reason.CONFLICT,
            "The deletion of this service instance failed; delete it again before you create it again",
            "a creation with the id of an instance whose deletion failed"),
    BEING_CREATED(
            Reason.CONCURRENCY, "The service instance is being created", "an update while the instance is created"),
    BEING_UPDATED(
            Reason.CONCURRENCY,
            "Another update of the service instance is in progress",
            "an update that asks for something else than the one in progress"),
    BEING_DELETED(
            Reason.CONCURRENCY,
            "The service instance is being deleted",
            "a creation or update while the instance is deleted"),
    ANOTHER_OFFERING(
            Reason.BAD_REQUEST,
            "The service instance is of another service offering",
            "an update with the service_id of another offering"),
    UPDATE_AFTER_FAILED_CREATION(
            Reason.UPDATE_OF_UNUSABLE,
            "The creation of this service instance failed; it can only be deleted",
            "an update of an instance whose creation failed"),
    UPDATE_AFTER_FAILED_DELETION(
            Reason.UPDATE_OF_UNUSABLE,
            "The deletion of this service instance has begun; it can only be deleted",
            "an update of an instance whose deletion failed"),
    UPDATE_REFUSED_BY_PROVIDER(Reason.UPDATE_REFUSED, "%s", "the service provider knows no such change: see its table"),
    UPDATE_OBSTRUCTED(
            Reason.UPDATE_REFUSED_NOW,
            "%s",
            "the running server says what is in the way of a restart: see the service provider's table"),
    OVERTAKEN(
            Reason.CONCURRENCY,
            "Another request for the same service instance was faster; please try again",
            "two updates crossed"),
    QUOTA_USED_UP(
            Reason.BAD_REQUEST,
            "The quota %s is used up: at most %s service instances, %s in use, 1 more needed. Delete one, or ask your operator for a larger quota",
            "a creation beyond a quota of the plan, the organization or all"),
    QUOTA_OF_PLAN_USED_UP(Reason.UPDATE_REFUSED_NOW, QUOTA_USED_UP.text, "an update to a plan whose quota is used up"),

    // Service bindings
    NO_SUCH_BINDING(Reason.NOT_FOUND, "The binding does not exist", "an id that is not known, or of another instance"),
    BINDING_GONE(Reason.GONE, "The binding does not exist", "the deletion of a binding that is not known"),
    BINDING_WITH_OTHER_ATTRIBUTES(
            Reason.CONFLICT,
            "A binding with this id and different attributes exists already",
            "a bind repeated with another instance, plan, application or predecessor"),
    BINDING_OF_ANOTHER_PLAN(
            Reason.BAD_REQUEST,
            "The service instance is of another service offering or plan than the request says; an update to the plan that it has makes them agree",
            "a bind with ids that are not the instance's"),
    BINDING_WITH_PARAMETERS(
            Reason.BAD_REQUEST, "Bindings of this service take no parameters: %s", "a bind with parameters"),
    UNKNOWN_PREDECESSOR(
            Reason.BAD_REQUEST,
            "The field 'predecessor_binding_id' names no binding of this service instance",
            "a rotation of a binding that is not known"),
    INSTANCE_BUSY(
            Reason.CONCURRENCY,
            "Another operation on the service instance is in progress",
            "a bind while the instance is created, updated or deleted"),
    BIND_AFTER_FAILED_DELETION(
            Reason.BAD_REQUEST, UPDATE_AFTER_FAILED_DELETION.text, "a bind to an instance whose deletion failed"),
    BINDING_BEING_DELETED(Reason.CONCURRENCY, "The binding is being deleted", "a bind while the binding is deleted"),
    BINDING_BUSY(
            Reason.CONCURRENCY,
            "An earlier request for this binding may still be at work; please try again in %s s",
            "a request for a binding whose last one had no answer; 5 s at most"),
    BINDING_OVERTAKEN(
            Reason.CONCURRENCY,
            "Another request for this binding was faster; please try again",
            "a request took longer than 5 s and another one began"),

    // The platform
    NO_ANSWER(
            Reason.UNAVAILABLE,
            "A part of the platform does not answer now",
            "what the next row begins with if service provider or deployer give no answer, or none that can be read"),
    SERVICE_AWAY(
            Reason.UNAVAILABLE,
            "%s; please try again",
            "service provider, deployer or database can't do it now, and say why: see their tables"),
    SERVICE_FAILED(
            Reason.UNAVAILABLE,
            "%s; tell your operator if that happens again",
            "service provider or deployer failed where a repeat is not expected to help"),
    SERVICE_REFUSED(
            Reason.BAD_GATEWAY, SERVICE_FAILED.text, "service provider or deployer refused what the broker asked"),
    STATE_DATABASE_AWAY(
            Reason.UNAVAILABLE,
            "The service broker can't reach its database now; please try again",
            "the state database does not answer"),
    CROSSED(
            Reason.UNAVAILABLE,
            "Another request for the same object was faster; please try again",
            "two requests changed one row"),
    OVERTAKEN_BY_DELETION(Reason.CONCURRENCY, CROSSED.text, "what the request refers to was made or deleted meanwhile"),
    UNFORESEEN(
            Reason.UNFORESEEN,
            "Something went wrong in the service broker; its log says more",
            "a fault of the broker's"),

    // Operators
    NO_SUCH_INSTANCE_FOR_OPERATOR(Reason.NOT_FOUND, "There is no such service instance", "an id that is not known"),
    NO_SUCH_OPERATION(Reason.NOT_FOUND, "There is no such operation", "an id that is not known"),
    NO_SUCH_BINDING_FOR_OPERATOR(Reason.NOT_FOUND, "There is no such binding", "an id that is not known"),
    NO_SUCH_DEPLOYMENT(Reason.NOT_FOUND, "There is no such deployment", "the director does not have it"),
    NOT_AN_INSTANCES_DEPLOYMENT(
            Reason.NOT_FOUND,
            "There is no such deployment of a service instance",
            "a name that the broker gives no deployment"),
    NOT_COMPARED_YET(Reason.NOT_FOUND, "Nothing has been compared yet", "no reconciliation has run"),
    QUERY_NOT_PRINTABLE(
            Reason.BAD_REQUEST, "A query parameter has control characters", "a list is asked for with such a filter"),
    STATE_UNKNOWN(
            Reason.BAD_REQUEST,
            "The state must be one of in_progress, succeeded and failed",
            "a list is asked for with another state"),
    LIMIT_UNKNOWN(Reason.BAD_REQUEST, "The limit must be from 1 to %s", "a list is asked for with another limit"),
    NO_SUCH_OFFERING(Reason.BAD_REQUEST, "There is no such service offering", "an adoption with another service_id"),
    DEPLOYMENT_OF_ANOTHER(
            Reason.BAD_REQUEST,
            "The deployment of an instance %s would be %s",
            "an adoption with an id that does not fit the deployment's name"),
    DEPLOYMENT_DIFFERS(
            Reason.CONFLICT,
            "What is deployed is something else than this plan with these parameters, and would be changed at %s; adopt it by force if that is wanted",
            "an adoption with another plan or parameters"),
    DEPLOYMENT_IN_USE(
            Reason.CONFLICT,
            "That can't be done: an instance has this deployment",
            "the deletion of a deployment that has an instance, or work on it"),
    ADOPTED_ALREADY(
            Reason.CONFLICT,
            "That can't be done: an instance has this deployment or id, or it is being deleted",
            "an adoption of such a deployment"),
    ACCOUNT_IN_USE(
            Reason.CONFLICT,
            "That can't be done: there is no such account, or a binding has it",
            "the removal of an account that is no leftover"),
    OPERATION_SUCCEEDED(
            Reason.CONFLICT,
            "That can't be done: the operation has succeeded",
            "a retry of an operation that succeeded"),
    OPERATION_ENDED(
            Reason.CONFLICT,
            "That can't be done: the operation has ended",
            "a cancel or fail of an operation that ended"),
    NOT_THE_LAST(
            Reason.CONFLICT,
            "That can't be done: something else has been done with the instance since",
            "a retry of a deletion that is not the last operation"),
    INSTANCE_CHANGED(
            Reason.CONFLICT,
            "That can't be done: something else is being done with the instance, or it is gone",
            "a retry or redeploy while that is so"),
    DELETION_NOT_CANCELLED(
            Reason.CONFLICT,
            "That can't be done: a deletion can't be cancelled; it may be failed",
            "a cancel of a deletion"),
    TAKEN_BACK_ALREADY(
            Reason.CONFLICT, "That can't be done: it is being taken back already", "a second cancel of an update"),
    WORKER_AT_IT(
            Reason.CONFLICT,
            "That can't be done: a worker is at it right now; try again in a moment",
            "a cancel in the middle of a step"),
    QUOTA_IN_THE_WAY(
            Reason.CONFLICT, "That can't be done: %s", "a retry of an update to a plan whose quota is used up"),
    OPERATOR_CROSSED(
            Reason.CONFLICT,
            "That can't be done: something else was done at the same moment; try again",
            "a worker or another request stored something at the same moment");

    private final Reason reason;
    private final String text;
    private final String when;

    /**
     * @param text what the caller reads, with {@code %s} for what depends on the request
     * @param when the condition, for those who look a text up
     */
    Refusal(Reason reason, String text, String when) {
        this.reason = reason;
        this.text = text;
        this.when = when;
    }

    /** The refusal of a request that ended with a status before anybody here looked at it. */
    public static Refusal ofStatus(int status) {
        return switch (status) {
            case 404 -> NO_SUCH_PATH;
            case 405, 501 -> NO_SUCH_METHOD;
            default -> status < 500 ? NOT_UNDERSTOOD : UNFORESEEN;
        };
    }

    public Reason reason() {
        return reason;
    }

    /** The text as the caller reads it. */
    public String text(Object... details) {
        return text.formatted(details);
    }

    /** The table as Markdown. */
    static String table() {
        StringBuilder table = new StringBuilder("| status | text | when |\n|---|---|---|\n");
        for (Refusal one : values()) {
            String code = one.reason.code().isEmpty() ? "" : " `" + one.reason.code() + "`";
            table.append("| %s%s | %s | %s |\n"
                    .formatted(one.reason.status(), code, one.text.replace("%s", "..."), one.when));
        }
        return table.toString();
    }
}
