package io.paddock.keeper.engine;

import io.paddock.keeper.decision.Timing;
import org.jspecify.annotations.Nullable;

/**
 * A keeper without its hands and eyes: a function of what it knows, sees and is told.
 *
 * @param self this node's id
 */
public record Engine(String self, Timing timing) {

    public <R extends @Nullable Object> Step<R> step(State state, View view, Event<R> event) {
        Moment moment = new Moment(this, view, state);
        R answer = event.in(moment);
        return moment.step(answer);
    }

    /** Tells of a node without changing anything. */
    public Picture picture(State state, View view) {
        return new Picture(self, timing, view, state);
    }
}
