package io.paddock.contracts.spi;

/**
 * An account whose access has ended, but that is still there.
 *
 * @param inTheWay why, for the operator
 */
public record RemainingAccount(String account, String inTheWay) {}
