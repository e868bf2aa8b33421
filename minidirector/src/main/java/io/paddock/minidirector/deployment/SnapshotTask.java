package io.paddock.minidirector.deployment;

import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import org.springframework.stereotype.Component;

/** Carries requests for snapshots, which do nothing: {@code GET /info} says that snapshots are off. */
@Component
public class SnapshotTask implements TaskRunner {

    public static final String TYPE = "snapshot_deployment";

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public String run(Task task, TaskLog log) {
        return task.description().startsWith("delete")
                ? "snapshot(s) deleted"
                : "snapshots of deployment '" + task.deployment() + "' created";
    }
}
