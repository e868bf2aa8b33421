package io.paddock.broker.operation;

import java.util.Locale;

/**
 * The texts that users read of an operation ({@code description} of last_operation): the one table of them, which docs/texts.md shows.
 *
 * @see <a href="https://github.com/openservicebrokerapi/servicebroker/blob/v2.17/spec.md#polling-last-operation-for-service-instances">Polling
 *     Last Operation for Service Instances</a>
 */
public enum OperationText {
    // In progress
    ACCEPTED(Shown.IN_PROGRESS, "waiting to start", "accepted, and no worker has looked at it yet"),
    ACCEPTED_FOR_OPERATOR(
            Shown.IN_PROGRESS,
            "waiting to start, as the operator has asked for",
            "an operator has a failed or missing deployment made again"),
    QUEUED(
            Shown.IN_PROGRESS,
            "waiting for its turn, place %s in the queue",
            "as many operations as broker.operation.director-tasks are at the director"),
    STARTING(Shown.IN_PROGRESS, "starting", "its turn has come"),
    DIRECTOR_TASK(
            Shown.IN_PROGRESS,
            "%s",
            "what the director does: preparing the deployment, compiling packages, creating machine, setting up node (stopping, installing, configuring, preparing, starting, waiting until it answers), removing node, repairing node"),
    DELETING(Shown.IN_PROGRESS, "deleting", "the next step of a deletion"),
    CANCELLED_NOT_STOPPED(
            Shown.IN_PROGRESS,
            "waiting until the cancelled operation has stopped",
            "a deletion while a worker of what it cancelled is at it"),
    VERIFYING(Shown.IN_PROGRESS, "checking that the service answers", "the director has done its part"),
    CHANGING_SETTINGS(
            Shown.IN_PROGRESS, "changing settings of the running service", "an update that needs no deployment"),
    NOT_READY(
            Shown.IN_PROGRESS,
            "waiting until the service answers",
            "it does not answer yet: up to eight tries of an update"),
    INTERRUPTED(
            Shown.IN_PROGRESS,
            "the platform was interrupted; trying again",
            "the director lost its task: up to three tries"),
    AWAY(
            Shown.IN_PROGRESS,
            "%s; trying again",
            "service provider, deployer or director can't do it now; tried until the deadline"),
    BUSY(Shown.IN_PROGRESS, "%s; waiting for it to end", "other work on the deployment goes on at the director"),
    SLOW(
            Shown.IN_PROGRESS,
            "the platform is slow; trying again",
            "a step came later than broker.operation.lease allows"),
    DELETION_TRIED_AGAIN(
            Shown.IN_PROGRESS,
            "the platform failed to delete; trying again",
            "a task of the director failed; tried until the deadline"),
    NOTICE(
            Shown.IN_PROGRESS,
            "%s (%s)",
            "any of these, of an update of which there is something to know: see the service provider's notices"),
    BROUGHT_UP_TO_DATE(
            Shown.IN_PROGRESS,
            "the deployment is brought up to date, which may restart the service",
            "the notice of an update for which the service provider has none, though something else is deployed"),
    BINDING_UNDER_WAY(
            Shown.IN_PROGRESS,
            "The binding is being made or removed, or that was cut off: repeat the request",
            "last_operation of a binding that has no credentials"),
    TAKING_BACK(
            Shown.IN_PROGRESS, "the update failed; taking it back", "an update failed, or an operator cancelled it"),
    NOT_READY_AGAIN(
            Shown.IN_PROGRESS,
            "the update failed; waiting until the service answers again",
            "what was there before is deployed again, and does not answer yet"),

    // Succeeded
    CREATED(Shown.SUCCEEDED, "The service instance is ready", "a creation"),
    BINDING_MADE(Shown.SUCCEEDED, "The binding is made", "last_operation of a binding"),
    UPDATED(Shown.SUCCEEDED, "The service instance is updated", "an update"),
    UPDATED_WITH_ADVICE(
            Shown.SUCCEEDED,
            "The service instance is updated. %s",
            "an update after which the service provider has advice"),
    DELETED(Shown.SUCCEEDED, "The service instance is deleted", "a deletion"),
    DELETED_AND_KEPT(
            Shown.SUCCEEDED,
            "The service instance is deleted; what was made of it is kept for a while for its operator",
            "the deletion of an instance whose creation failed, within broker.operation.keep-failed"),

    // Failed
    CREATION_FAILED(
            Shown.FAILED,
            "The service instance could not be created. Delete it and try again; if that fails as well, tell your operator the operation's id: %s",
            "the director's task failed"),
    NO_TURN(
            Shown.FAILED,
            "The platform had too much to do: the operation did not get its turn in time. Please try again",
            "broker.operation.longest-wait passed in the queue"),
    CREATION_TIMED_OUT(
            Shown.FAILED,
            "The creation of the service instance took too long. Delete it and try again",
            "broker.operation.deadline passed"),
    UPDATE_TIMED_OUT(
            Shown.FAILED,
            "The update of the service instance took too long; it is not known whether it has taken effect. Please repeat it",
            "broker.operation.deadline passed"),
    DELETION_TIMED_OUT(
            Shown.FAILED,
            "The deletion of the service instance took too long; please delete it again",
            "broker.operation.deadline passed"),
    TAKEN_BACK(
            Shown.FAILED,
            "The update failed and was taken back: the service instance is as it was before."
                    + OperationText.REPEAT_UPDATE,
            "what was there before is deployed again, and answers"),
    NOT_TAKEN_BACK(
            Shown.FAILED,
            "The update failed and could not be taken back, but the service answers." + OperationText.REPEAT_UPDATE,
            "what was there before could not be deployed"),
    NOT_ANSWERING(
            Shown.FAILED,
            "The update failed, and the service does not answer." + OperationText.REPEAT_UPDATE,
            "neither the update nor what was there before answers"),
    UPDATE_NOT_BEGUN(
            Shown.FAILED,
            "The update was cancelled by the operator before it began",
            "an operator cancelled it in the queue"),
    CANCELLED(Shown.FAILED, "Cancelled by the operator", "an operator cancelled a creation"),
    ENDED_BY_OPERATOR(Shown.FAILED, "Ended by the operator", "an operator failed the operation"),
    PURGED(Shown.FAILED, "The service instance was purged by the operator", "an operator purged the instance"),
    CANCELLED_BY_DELETION(
            Shown.FAILED,
            "Cancelled, because the service instance is being deleted",
            "a deletion was accepted meanwhile"),
    REFUSED(
            Shown.FAILED,
            "%s",
            "service provider or deployer refused a step of a creation, and said why: see their tables");

    private enum Shown {
        IN_PROGRESS,
        SUCCEEDED,
        FAILED
    }

    private static final String REPEAT_UPDATE =
            " Try again; if that fails as well, tell your operator the operation's id: %s";

    private final Shown state;
    private final String text;
    private final String when;

    /**
     * @param state of the operation while the text is shown
     * @param text what the user reads, with {@code %s} for what depends on the operation
     * @param when the condition, for those who look a text up
     */
    OperationText(Shown state, String text, String when) {
        this.state = state;
        this.text = text;
        this.when = when;
    }

    /** The text as the user reads it. */
    public String text(Object... details) {
        return text.formatted(details);
    }

    /** The table as Markdown. */
    static String table() {
        StringBuilder table = new StringBuilder("| state | text | when |\n|---|---|---|\n");
        for (OperationText one : values()) {
            table.append("| %s | %s | %s |\n"
                    .formatted(
                            one.state.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                            one.text.replace("%s", "..."),
                            one.when));
        }
        return table.toString();
    }
}
