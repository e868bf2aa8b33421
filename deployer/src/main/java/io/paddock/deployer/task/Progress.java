package io.paddock.deployer.task;

import io.paddock.contracts.deployer.DirectorTask.State;
import io.paddock.deployer.task.TaskEvents.Event;
import java.util.Map;

/** What a task does now, in words for people who have never heard of BOSH. */
final class Progress {

    private static final Map<String, String> STAGES = Map.of(
            "Preparing deployment", "preparing the deployment",
            "Preparing package compilation", "preparing the deployment",
            "Compiling packages", "compiling packages",
            "Creating missing vms", "creating machine",
            "Updating instance", "setting up node",
            "Deleting unneeded instances", "removing node",
            "Deleting instances", "removing node",
            "Applying problem resolutions", "repairing node");

    private static final Map<String, String> STATUSES = Map.of(
            "executing pre-stop", "stopping",
            "executing drain", "stopping",
            "stopping jobs", "stopping",
            "executing post-stop", "stopping",
            "installing packages", "installing",
            "configuring jobs", "configuring",
            "executing pre-start", "preparing",
            "starting jobs", "starting",
            "executing post-start", "waiting until it answers");

    private Progress() {}

    static String of(State state, TaskEvents events) {
        return switch (state) {
            case QUEUED -> "waiting for a free worker of the platform";
            case RUNNING -> events.last().map(Progress::of).orElse("preparing the deployment");
            case DONE -> "done";
            case FAILED -> "failed";
            case CANCELLED -> "cancelled";
            case INTERRUPTED -> "interrupted";
        };
    }

    private static String of(Event event) {
        String stage = STAGES.getOrDefault(event.stage(), "finishing");
        boolean counted = stage.endsWith("machine") || stage.endsWith("node");
        String place = counted && event.total() > 0 ? " " + event.index() + " of " + event.total() : "";
        String status = event.status() == null ? "" : STATUSES.getOrDefault(event.status(), event.status());
        return stage + place + (status.isEmpty() ? "" : ": " + status);
    }
}
