package io.paddock.contracts.spi;

/**
 * @param ready whether the data service answers and bindings can be made
 * @param message what it says of itself, or why it is not ready; no secrets
 */
public record Verification(boolean ready, String message) {}
