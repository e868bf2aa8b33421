package io.paddock.deployer.template;

import java.util.Map;
import java.util.Optional;

/**
 * A template as it is on disk.
 *
 * @param manifest the parsed manifest with its placeholders
 * @param attributesSchema JSON Schema of the attributes, parsed and as text
 */
public record ManifestTemplate(
        String name,
        Map<String, Object> manifest,
        Map<String, Object> attributesSchema,
        String attributesSchemaText,
        OutputDefinitions outputs) {

    /** What the deployment tells its user: values from the manifest or the director, secrets from the config server. */
    public record OutputDefinitions(Map<String, ValueDefinition> values, Map<String, SecretDefinition> secrets) {}

    /** Either a fixed value or the addresses of an instance group. */
    public record ValueDefinition(Optional<Object> value, Optional<String> addressesOf) {}

    /**
     * @param variable name in the manifest's {@code variables} block
     * @param field of a variable that has several, such as a certificate
     */
    public record SecretDefinition(String variable, Optional<String> field) {}
}
