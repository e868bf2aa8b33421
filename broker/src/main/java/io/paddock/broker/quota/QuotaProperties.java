package io.paddock.broker.quota;

import jakarta.validation.constraints.Min;
import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How many service instances there may be, those that are being created or deleted among them; -1 for no limit.
 *
 * @param instances of all plans and organizations
 * @param instancesPerOrganization of all plans in each organization
 * @param organizations GUIDs of organizations with a limit of their own, instead of that for each
 * @param plans names of plans with a limit, in all organizations
 */
@Validated
@ConfigurationProperties("broker.quota")
public record QuotaProperties(
        @Min(-1) @DefaultValue("-1") int instances,
        @Min(-1) @DefaultValue("-1") int instancesPerOrganization,
        @DefaultValue Map<String, @Min(-1) Integer> organizations,
        @DefaultValue Map<String, @Min(-1) Integer> plans) {}
