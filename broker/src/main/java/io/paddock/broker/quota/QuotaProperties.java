package io.paddock.broker.quota;

import jakarta.validation.constraints.Min;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How many service instances there may be, those that are being created or deleted among them; without a number there is no limit.
 *
 * @param instances of all plans and organizations
 * @param instancesPerOrganization of all plans in each organization
 * @param organizations GUIDs of organizations with a limit of their own, instead of that for each
 * @param plans names of plans with a limit, in all organizations
 */
@Validated
@ConfigurationProperties("broker.quota")
public record QuotaProperties(
        @Nullable @Min(0) Integer instances,
        @Nullable @Min(0) Integer instancesPerOrganization,
        @DefaultValue Map<String, @Min(0) Integer> organizations,
        @DefaultValue Map<String, @Min(0) Integer> plans) {}
