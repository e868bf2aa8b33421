package io.paddock.minidirector.task;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A task of the director.
 *
 * @param type what runs it, see {@link TaskRunner#type()}
 * @param timestamp seconds since the epoch: null while queued or processing, of creation while cancelling, of the end afterwards
 * @param input what its runner needs, kept so that a queued task survives a restart
 */
public record Task(
        long id,
        String type,
        State state,
        String description,
        @Nullable Long timestamp,
        @Nullable Long startedAt,
        @Nullable String result,
        String user,
        @Nullable String deployment,
        String contextId,
        long createdAt,
        Map<String, String> input) {

    public enum State {
        QUEUED,
        PROCESSING,
        CANCELLING,
        DONE,
        ERROR,
        CANCELLED,
        TIMEOUT;

        public boolean isRunning() {
            return switch (this) {
                case QUEUED, PROCESSING, CANCELLING -> true;
                case DONE, ERROR, CANCELLED, TIMEOUT -> false;
            };
        }

        public String wireName() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    Task processing(long now) {
        return new Task(
                id,
                type,
                State.PROCESSING,
                description,
                null,
                now,
                null,
                user,
                deployment,
                contextId,
                createdAt,
                input);
    }

    Task cancelling() {
        return new Task(
                id,
                type,
                State.CANCELLING,
                description,
                createdAt,
                startedAt,
                result,
                user,
                deployment,
                contextId,
                createdAt,
                input);
    }

    Task ended(State end, String outcome, long now) {
        return new Task(
                id, type, end, description, now, startedAt, outcome, user, deployment, contextId, createdAt, input);
    }
}
