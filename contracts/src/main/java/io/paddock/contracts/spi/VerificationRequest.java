package io.paddock.contracts.spi;

import io.paddock.contracts.Outputs;
import java.time.Instant;
import java.util.Map;

/**
 * @param liveSettings from the {@link DeploymentSpec} that was deployed
 * @param notAfter end of the caller's lease: past it nothing is changed any more, 410
 */
public record VerificationRequest(Outputs outputs, Map<String, Object> liveSettings, Instant notAfter) {}
