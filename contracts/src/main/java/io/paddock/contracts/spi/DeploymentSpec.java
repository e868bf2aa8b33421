package io.paddock.contracts.spi;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What shall be deployed for an instance.
 *
 * @param template name of the deployer's template
 * @param attributes values of the template's placeholders
 * @param liveSettings what is applied to the running service after the deployment, without a restart
 * @param versions versions of what is deployed, to be sent along with the next request
 * @param notice what the user should know before an update begins, such as a restart and why; null if nobody will notice it
 * @param advice what the user should do once an update has succeeded, as a sentence; null if nothing
 */
public record DeploymentSpec(
        String template,
        Map<String, Object> attributes,
        Map<String, Object> liveSettings,
        Map<String, String> versions,
        @Nullable String notice,
        @Nullable String advice) {}
