package io.paddock.broker.instance;

import java.util.Optional;
import java.util.UUID;

/** What became of a request: an operation that goes on, or nothing to do. */
public record Accepted(Optional<UUID> operation) {

    static Accepted by(UUID operation) {
        return new Accepted(Optional.of(operation));
    }

    static Accepted nothingToDo() {
        return new Accepted(Optional.empty());
    }
}
