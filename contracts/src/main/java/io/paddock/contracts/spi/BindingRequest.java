package io.paddock.contracts.spi;

import io.paddock.contracts.Outputs;

/** @param outputs of the instance's deployment, with secrets */
public record BindingRequest(Outputs outputs) {}
