package io.paddock.deployer.task;

import io.paddock.contracts.deployer.DirectorTask;
import io.paddock.contracts.deployer.DirectorTask.State;
import io.paddock.contracts.service.ProblemException;
import io.paddock.deployer.director.BoshTask;
import io.paddock.deployer.director.DirectorClient;
import io.paddock.deployer.text.DeployerText;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Reads tasks and says what they do, from their event streams. */
@Component
public class DirectorTasks {

    private final DirectorClient director;
    private final JsonMapper json;

    DirectorTasks(DirectorClient director, JsonMapper json) {
        this.director = director;
        this.json = json;
    }

    /** @throws ProblemException 404 */
    public DirectorTask get(long id) {
        return describe(director.task(id).orElseThrow(() -> DeployerText.notThere("Task " + id)));
    }

    public DirectorTask describe(BoshTask task) {
        TaskEvents events = task.state().equals("queued")
                ? TaskEvents.parse("", json)
                : TaskEvents.parse(director.events(task.id()), json);
        // The event stream holds the whole message; the result is shortened.
        String error = events.error().orElseGet(() -> task.result() == null ? "" : task.result());
        State state = TaskStates.of(task.state(), error);
        return new DirectorTask(task.id(), state, Progress.of(state, events), message(state, task, error));
    }

    private static @Nullable String message(State state, BoshTask task, String error) {
        return switch (state) {
            case QUEUED, RUNNING, DONE -> null;
            case FAILED, CANCELLED, INTERRUPTED -> "task " + task.id() + " is " + task.state() + ": " + error;
        };
    }
}
