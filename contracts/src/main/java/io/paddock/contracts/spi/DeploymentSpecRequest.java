package io.paddock.contracts.spi;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * @param previousPlanId the plan before an update, null for a new instance
 * @param parameters the parameters that shall be in force
 * @param previousParameters the parameters that were in force, empty for a new instance
 * @param deployedVersions versions (release, stemcell) of the last deployment, empty for a new instance: the answer
 *     keeps them unless it is an upgrade
 * @param upgrade whether the instance shall get the versions that a new one gets
 */
public record DeploymentSpecRequest(
        String instanceId,
        String planId,
        @Nullable String previousPlanId,
        Map<String, Object> parameters,
        Map<String, Object> previousParameters,
        Map<String, String> deployedVersions,
        Boolean upgrade) {

    public DeploymentSpecRequest {
        // A broker of an earlier version does not say it.
        upgrade = upgrade != null && upgrade;
    }
}
