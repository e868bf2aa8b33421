package io.paddock.contracts.deployer;

import java.util.Map;

/** What a deployment should be. */
public record ComparisonRequest(String template, Map<String, Object> attributes) {}
