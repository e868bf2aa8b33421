package io.paddock.keeper.engine;

import java.time.Duration;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A keeper with something broken: what it knows, sees, hears, or does. */
interface Mutant {

    Mutant NONE = new Mutant() {};

    default State knows(State state, View view, Event<?> event) {
        return state;
    }

    default View sees(View view, Event<?> event) {
        return view;
    }

    default <R extends @Nullable Object> Event<R> hears(Event<R> event) {
        return event;
    }

    default Engine engine(Engine engine) {
        return engine;
    }

    default Stream<Effect> does(Effect effect) {
        return Stream.of(effect);
    }

    default Duration permits(Duration until) {
        return until;
    }
}
