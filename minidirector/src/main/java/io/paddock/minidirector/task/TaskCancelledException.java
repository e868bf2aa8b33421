package io.paddock.minidirector.task;

/** Thrown at a checkpoint of a task that is being cancelled. */
public class TaskCancelledException extends RuntimeException {

    public TaskCancelledException(long id) {
        super("Task " + id + " cancelled");
    }
}
