package io.paddock.contracts.deployer;

import java.util.List;

/**
 * What there is, whoever wants it.
 *
 * @param deployments names of all deployments that the deployer's client sees at the director
 * @param variables names of the deployments that have variables in the config server
 */
public record Inventory(List<String> deployments, List<String> variables) {}
