package io.paddock.contracts.spi;

import io.paddock.contracts.Outputs;
import java.time.Instant;

/**
 * @param outputs of the instance's deployment, with secrets
 * @param notAfter end of the caller's patience: nothing is changed past it, 503
 */
public record BindingRequest(Outputs outputs, Instant notAfter) {}
