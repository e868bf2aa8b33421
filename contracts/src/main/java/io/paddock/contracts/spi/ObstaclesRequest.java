package io.paddock.contracts.spi;

import io.paddock.contracts.Outputs;
import java.util.Map;

/**
 * @param outputs of the instance's deployment, with secrets
 * @param attributes what it shall be deployed with, as {@link DeploymentSpec} has them
 */
public record ObstaclesRequest(Outputs outputs, Map<String, Object> attributes) {}
