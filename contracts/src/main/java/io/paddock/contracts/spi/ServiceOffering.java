package io.paddock.contracts.spi;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A service offering as the Open Service Broker API's catalog shows it.
 *
 * @param id a UUID that never changes
 * @param metadata free form, shown by marketplaces
 */
public record ServiceOffering(
        String id, String name, String description, List<String> tags, Map<String, Object> metadata, List<Plan> plans) {

    /**
     * @param id a UUID that never changes
     * @param createSchema JSON Schema (draft 4 or later, at most 64 kB) of the parameters of provisioning
     * @param updateSchema the same for updating
     * @param maintenance what an instance gets that is made or upgraded now; null if the service has no upgrades
     */
    public record Plan(
            String id,
            String name,
            String description,
            boolean free,
            Map<String, Object> metadata,
            Map<String, Object> createSchema,
            Map<String, Object> updateSchema,
            @Nullable Maintenance maintenance) {}

    /**
     * @param version a semantic version 2.0; an instance of another one can be upgraded
     * @param description what an upgrade brings, for users
     */
    public record Maintenance(String version, String description) {}
}
