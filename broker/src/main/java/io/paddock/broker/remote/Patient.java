package io.paddock.broker.remote;

import io.paddock.contracts.deployer.DeployerApi;
import io.paddock.contracts.spi.SpiApi;

/** Clients with long time-outs, for the worker. */
public record Patient(SpiApi spi, DeployerApi deployer) {}
