package io.paddock.broker.operation;

/** The operation ended while its worker was at work on it. */
public class OperationCancelledException extends RuntimeException {

    public OperationCancelledException() {
        super("the operation is not in progress any more");
    }
}
