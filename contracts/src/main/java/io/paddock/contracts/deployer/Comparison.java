package io.paddock.contracts.deployer;

import java.util.List;

/**
 * A deployment beside what it should be.
 *
 * @param exists whether the director has it
 * @param differences paths in the manifest whose values differ, without the values; the generation is none
 */
public record Comparison(boolean exists, List<String> differences) {}
