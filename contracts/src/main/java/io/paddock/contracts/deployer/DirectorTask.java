package io.paddock.contracts.deployer;

import org.jspecify.annotations.Nullable;

/**
 * A task of the director.
 *
 * @param progress what it does now, in words for the user of a service instance
 * @param error the director's message for the operator, if it failed
 */
public record DirectorTask(
        long id, State state, String progress, @Nullable String error) {

    public enum State {
        /** Waits for a worker. */
        QUEUED,
        /** Is being worked on, or is being cancelled. */
        RUNNING,
        DONE,
        /** Failed; a repeat without a change is not expected to help. */
        FAILED,
        CANCELLED,
        /** Did not run to an end for reasons of the director (lost worker, lock not free): a repeat is expected to help. */
        INTERRUPTED;

        public boolean isFinal() {
            return switch (this) {
                case QUEUED, RUNNING -> false;
                case DONE, FAILED, CANCELLED, INTERRUPTED -> true;
            };
        }
    }
}
