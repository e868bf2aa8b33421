package io.paddock.contracts.deployer;

/**
 * A director that answers and does what the deployer may ask of it.
 *
 * @param tasks how many of its tasks run or are queued
 */
public record Director(String name, String version, int tasks) {}
