package io.paddock.minidirector.task;

/** Carries tasks of one type; called by a worker. */
public interface TaskRunner {

    String type();

    /** Whether tasks of this type have a worker of their own, so that readings don't wait for deployments. */
    default boolean isUrgent() {
        return false;
    }

    /**
     * @return the task's result
     * @throws io.paddock.minidirector.system.DirectorException ends the task with state error
     * @throws TaskCancelledException ends it with state cancelled
     */
    String run(Task task, TaskLog log);
}
