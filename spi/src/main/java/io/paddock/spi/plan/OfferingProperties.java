package io.paddock.spi.plan;

import io.paddock.contracts.spi.ServiceOffering;
import io.paddock.spi.parameter.PlanLimits;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.util.List;
import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The service offering. An operator adds a plan here; ids must never change or be used again.
 *
 * @param id UUID of the offering
 * @param name of the offering, unique on the platform
 * @param description in a line, shown by marketplaces
 * @param tags by which applications find their binding
 * @param plans at least one; application.yml shows how a plan is written
 * @param versions versions that new instances get: release_version, bpm_version, stemcell_os, stemcell_version
 * @param deployment names of the operator's cloud config that all plans share: azs, network
 */
@Validated
@ConfigurationProperties("spi.offering")
public record OfferingProperties(
        @NotBlank String id,
        @NotBlank String name,
        @NotBlank String description,
        @DefaultValue List<String> tags,
        @NotNull @Valid Metadata metadata,
        @NotNull @Valid Versions versions,
        @NotNull @Valid DeploymentProperties deployment,
        @NotEmpty List<@Valid Plan> plans) {

    /**
     * @param displayName of the offering in graphical marketplaces
     * @param longDescription of the offering there
     * @param documentationUrl where users find help
     */
    public record Metadata(
            @NotBlank String displayName, @NotBlank String longDescription, String documentationUrl) {}

    /**
     * Exact versions: "latest" would change instances behind their users' backs.
     *
     * @param releaseVersion of the release paddock, a semantic version
     * @param replacedReleaseVersions versions of it that a director can't be expected to have: an instance of one of them gets the present version
     *     with whatever update changes its deployment
     * @param bpmVersion of the release bpm
     * @param stemcellOs operating system of the stemcell
     * @param stemcellVersion of the stemcell
     */
    public record Versions(
            @NotBlank @Pattern(regexp = "\\d+\\.\\d+\\.\\d+([-+][0-9A-Za-z.+-]+)?")
            String releaseVersion,

            @NotBlank String bpmVersion,
            @NotBlank String stemcellOs,
            @NotBlank String stemcellVersion,
            @DefaultValue List<String> replacedReleaseVersions) {

        /** As template attributes. */
        Map<String, String> attributes() {
            return Map.of(
                    "release_version", releaseVersion,
                    "bpm_version", bpmVersion,
                    "stemcell_os", stemcellOs,
                    "stemcell_version", stemcellVersion);
        }

        /**
         * The release's version with the other versions as semantic versioning's build metadata: whatever changes of them is an upgrade, though
         * it orders none of them.
         */
        ServiceOffering.Maintenance maintenance() {
            String others = "bpm." + bpmVersion + "." + stemcellOs + "." + stemcellVersion;
            return new ServiceOffering.Maintenance(
                    releaseVersion
                            + (releaseVersion.contains("+") ? "." : "+")
                            + others.replaceAll("[^0-9A-Za-z.-]", "-"),
                    "Release " + releaseVersion + " on stemcell " + stemcellOs + " " + stemcellVersion
                            + "; the servers restart");
        }
    }

    /**
     * @param azs availability zones of the cloud config
     * @param network a network of the cloud config that applications can reach
     */
    public record DeploymentProperties(
            @NotEmpty List<String> azs, @NotBlank String network) {}

    /**
     * @param offered whether new instances may have it; a plan that is withdrawn stays here with false, for the instances that it has
     * @param template name of the deployer's template
     * @param attributes what the template needs for this plan: nodes, vm_type, disk_type, memory settings
     * @param limits how large the plan's machines are
     * @param changes names of the plans that an instance of this one may change to; one with a smaller disk or fewer nodes is refused anyway
     * @param defaultMaxConnections value of max_connections without the parameter
     */
    public record Plan(
            @NotBlank String id,
            @NotBlank String name,
            @NotBlank String description,
            @DefaultValue List<String> bullets,
            @DefaultValue("true") boolean free,
            @DefaultValue("true") boolean offered,
            @NotBlank String template,
            @NotEmpty Map<String, Object> attributes,
            @NotNull @Valid PlanLimits limits,
            @DefaultValue List<String> changes,
            @DefaultValue("100") int defaultMaxConnections) {

        /** How many servers an instance has. */
        int nodes() {
            return Integer.parseInt(String.valueOf(attributes.getOrDefault("nodes", 1)));
        }
    }
}
