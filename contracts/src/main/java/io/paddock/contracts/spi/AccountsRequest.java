package io.paddock.contracts.spi;

import io.paddock.contracts.Outputs;
import java.util.List;

/**
 * @param outputs of the instance's deployment, with secrets
 * @param bindings ids of all its bindings, those that are being made among them
 */
public record AccountsRequest(Outputs outputs, List<String> bindings) {}
