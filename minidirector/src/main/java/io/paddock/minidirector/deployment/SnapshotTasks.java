package io.paddock.minidirector.deployment;

import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import org.springframework.stereotype.Component;

/** Carries requests for snapshots, which do nothing: {@code GET /info} says that snapshots are off. */
public final class SnapshotTasks {

    /** Types and descriptions as the director's. */
    public static final String OF_DEPLOYMENT = "snapshot_deployment";

    public static final String OF_INSTANCE = "create_snapshot";
    public static final String DELETION = "delete_deployment_snapshots";

    private SnapshotTasks() {}

    @Component
    static final class OfDeployment implements TaskRunner {

        @Override
        public String type() {
            return OF_DEPLOYMENT;
        }

        @Override
        public String run(Task task, TaskLog log) {
            return "snapshots of deployment '" + task.deployment() + "' created";
        }
    }

    @Component
    static final class OfInstance implements TaskRunner {

        @Override
        public String type() {
            return OF_INSTANCE;
        }

        @Override
        public String run(Task task, TaskLog log) {
            // The director lists the snapshots' ids between the two blanks.
            return "snapshot(s)  created";
        }
    }

    @Component
    static final class Deletion implements TaskRunner {

        @Override
        public String type() {
            return DELETION;
        }

        @Override
        public String run(Task task, TaskLog log) {
            return "snapshots of deployment '" + task.deployment() + "' deleted";
        }
    }
}
