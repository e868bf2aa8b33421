package io.paddock.broker.remote;

import io.paddock.contracts.deployer.DeployerApi;
import io.paddock.contracts.spi.SpiApi;

/** Clients with short time-outs, for requests that a user waits for. */
public record Interactive(SpiApi spi, DeployerApi deployer) {}
