package io.paddock.contracts.deployer;

import java.util.List;

/**
 * A deployment beside what it should be.
 *
 * @param exists whether the director has it
 * @param generation of what is deployed; 0 for nothing, or something that the deployer did not make
 * @param differences paths in the manifest whose values differ, without the values; the generation is none
 */
public record Comparison(boolean exists, long generation, List<String> differences) {}
