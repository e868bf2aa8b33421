package io.paddock.contracts.deployer;

import java.util.Map;

/** @param attributesSchema JSON Schema of the attributes that the template takes */
public record Template(String name, Map<String, Object> attributesSchema) {}
