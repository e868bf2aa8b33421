package io.paddock.deployer.director;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/** A task as the director shows it; its state is a word that only {@code task.TaskStates} interprets. */
public record BoshTask(
        long id,
        String state,
        @Nullable String description,
        @Nullable String result,
        @Nullable String deployment,
        @JsonProperty("context_id") @Nullable String contextId) {

    public boolean isRunning() {
        return switch (state) {
            case "queued", "processing", "cancelling" -> true;
            default -> false;
        };
    }
}
