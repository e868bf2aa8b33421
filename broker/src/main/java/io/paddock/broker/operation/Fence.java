package io.paddock.broker.operation;

import java.time.Instant;

/** Keeps a worker that was paused from doing what is not wanted any more. */
public interface Fence {

    /**
     * Reads the operation's row again.
     *
     * @return until when the worker's lease lasts at least: nobody else touches the instance before
     * @throws OperationCancelledException if the operation is not in progress any more
     */
    Instant pass();
}
