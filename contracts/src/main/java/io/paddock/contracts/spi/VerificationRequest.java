package io.paddock.contracts.spi;

import io.paddock.contracts.Outputs;
import java.util.Map;

/** @param liveSettings from the {@link DeploymentSpec} that was deployed */
public record VerificationRequest(Outputs outputs, Map<String, Object> liveSettings) {}
