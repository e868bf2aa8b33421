package io.paddock.deployer.task;

import io.paddock.contracts.deployer.DirectorTask.State;

/** The director's words for a task's state, mapped once; one that is not known counts as failed. */
final class TaskStates {

    private static final String LOCK_NOT_FREE = "Failed to acquire lock";

    private TaskStates() {}

    /** @param error the task's error message, empty without one */
    static State of(String state, String error) {
        return switch (state) {
            case "queued" -> State.QUEUED;
            case "processing", "cancelling" -> State.RUNNING;
            case "done" -> State.DONE;
            case "cancelled" -> State.CANCELLED;
            case "timeout" -> State.INTERRUPTED;
            case "error" -> error.startsWith(LOCK_NOT_FREE) ? State.INTERRUPTED : State.FAILED;
            default -> State.FAILED;
        };
    }
}
