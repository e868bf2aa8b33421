package io.paddock.keeper.engine;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What comes of an event.
 *
 * @param permit until when the leash shall let a primary run: told before anything else is done, and before the next step
 * @param wakes whether a {@link Event.Tick} shall follow at once
 * @param answer to whoever told of the event
 */
public record Step<R extends @Nullable Object>(
        State state, Optional<Duration> permit, List<Effect> effects, boolean wakes, R answer) {

    public Step {
        effects = List.copyOf(effects);
    }
}
