package io.paddock.broker.operation;

import java.time.Duration;

/** How a step ended, and so what the worker does next. */
public sealed interface StepResult {

    /** The next step follows at once. */
    record Next(String step, String description) implements StepResult {}

    /** The same step again after a while; nothing is wrong. */
    record Again(Duration after, String description) implements StepResult {}

    /** The same step again with growing pauses, until the deadline. */
    record Retry(String description, String operatorMessage) implements StepResult {}

    record Succeeded(String description) implements StepResult {}

    record Failed(String description, String operatorMessage) implements StepResult {}
}
