package io.paddock.keeper;

import io.paddock.keeper.engine.Effect;
import io.paddock.keeper.engine.Engine;
import io.paddock.keeper.engine.Event;
import io.paddock.keeper.engine.Picture;
import io.paddock.keeper.engine.State;
import io.paddock.keeper.engine.Step;
import io.paddock.keeper.leash.Leash;
import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The engine and its state. Whoever has seen something tells it, one at a time; what that causes waits until the keeper's loop
 * {@linkplain #nextEffect takes} it. Only the leash hears at once what it may permit.
 */
final class Core {

    private final Engine engine;
    private final Observer observer;
    private final Leash leash;
    private final Queue<Effect> effects = new ConcurrentLinkedQueue<>();
    private final Semaphore wake = new Semaphore(0);
    private State state;

    Core(Engine engine, Observer observer, Leash leash) {
        this.engine = engine;
        this.observer = observer;
        this.leash = leash;
        // What lies farther ahead was written on another clock.
        Duration latest = observer.now().plus(engine.timing().fence());
        Duration found = observer.sinceStart(leash.permittedUntil());
        this.state = State.initial(
                UUID.randomUUID().toString(), found.compareTo(latest) < 0 ? found : latest, engine.timing());
    }

    <R extends @Nullable Object> R tell(Event<R> event) {
        Step<R> step = step(event);
        if (step.wakes() || !step.effects().isEmpty()) {
            wake();
        }
        return step.answer();
    }

    /** The loop's own event, after which it takes the effects itself. */
    Duration tick() {
        Step<Duration> step = step(new Event.Tick());
        if (step.wakes()) {
            wake();
        }
        return step.answer();
    }

    private synchronized <R extends @Nullable Object> Step<R> step(Event<R> event) {
        Step<R> step = engine.step(state, observer.view(), event);
        state = step.state();
        step.permit().ifPresent(until -> leash.permit(observer.onClock(until)));
        effects.addAll(step.effects());
        return step;
    }

    /** The node as it sees itself now, and all that it knows. */
    synchronized Picture picture() {
        return engine.picture(state, observer.view());
    }

    Optional<Effect> nextEffect() {
        return Optional.ofNullable(effects.poll());
    }

    /** Since the keeper's start. */
    Duration now() {
        return observer.now();
    }

    String self() {
        return engine.self();
    }

    /** Decides anew with what is known. */
    void wake() {
        wake.release();
    }

    /** @return whether something happened within the time */
    boolean awaits(Duration time) throws InterruptedException {
        boolean isWoken = wake.tryAcquire(time.toMillis(), TimeUnit.MILLISECONDS);
        wake.drainPermits();
        return isWoken;
    }
}
