package io.paddock.broker.operation;

import io.paddock.broker.remote.RemoteException;
import java.time.Duration;
import java.util.Optional;

/**
 * The steps of one type of operation. Every step may run twice: the worker may be killed after the step's work and before its
 * result is stored.
 */
public interface OperationFlow {

    Operation.Type type();

    /**
     * Does the operation's current step.
     *
     * @param fence to be asked right before every call outward
     */
    StepResult run(Operation operation, Fence fence);

    /** Whether the current step has a task started at the director, or awaits one: then the operation needs one of the places there. */
    boolean isAtDirector(Operation operation);

    /** Whether the current step only prepares what will wait for its turn: the deadline does not count yet. */
    default boolean isPreparing(Operation operation) {
        return false;
    }

    /** Called in the transaction that stores the success. */
    default void succeeded(Operation operation) {}

    /** Called in the transaction that stores the failure. */
    default void failed(Operation operation) {}

    /** What follows when the SPI or the deployer refuses the step's call; a repeat as it is would be refused again. */
    default StepResult refused(Operation operation, RemoteException refusal) {
        return new StepResult.Failed(
                OperationText.REFUSED.text(refusal.detail()), String.valueOf(refusal.getMessage()));
    }

    /** What follows when an operator cancels the operation between two steps. */
    default StepResult cancel(Operation operation) {
        return new StepResult.Failed(
                OperationText.CANCELLED.text(), "cancelled by the operator in step " + operation.step());
    }

    /** What the user reads when the operation's time is over. */
    OperationText timedOut();

    /** When something is left to do for an operation that has just ended, which {@link #settle} does; empty if nothing is. */
    default Optional<Duration> lookAgain(Operation ended) {
        return Optional.empty();
    }

    /**
     * Looks after an operation that ended while a worker may still have been at work on it, so that nothing it did late stays behind.
     *
     * @return when to look again; empty when all is well
     */
    default Optional<Duration> settle(Operation ended) {
        return Optional.empty();
    }
}
