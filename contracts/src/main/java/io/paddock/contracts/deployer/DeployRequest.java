package io.paddock.contracts.deployer;

import java.time.Instant;
import java.util.Map;

/**
 * @param template name of a template
 * @param attributes values of its placeholders
 * @param context at most 64 characters, stored by the caller before the call: the same context finds the same task
 * @param generation grows with every operation on the deployment; a lower one than the deployed is refused with 412
 * @param notAfter end of the caller's lease: past it the director is not asked any more, 410
 */
public record DeployRequest(
        String template, Map<String, Object> attributes, String context, long generation, Instant notAfter) {}
