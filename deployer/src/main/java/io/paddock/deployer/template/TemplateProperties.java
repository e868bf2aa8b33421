package io.paddock.deployer.template;

import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.core.io.Resource;
import org.springframework.validation.annotation.Validated;

/**
 * @param location directory with a folder a template: those in the jar, or {@code file:/path/} for the operator's own
 * @param variablePath absolute path below which each deployment's variables live in the config server
 */
@Validated
@ConfigurationProperties("deployer.templates")
public record TemplateProperties(
        @NotNull @DefaultValue("classpath:/templates/") Resource location,

        @Pattern(regexp = "/[A-Za-z0-9_/-]*[A-Za-z0-9_-]") @DefaultValue("/paddock")
        String variablePath) {

    /** Where the variables of a deployment live. */
    public String variablesOf(String deployment) {
        return variablePath + "/" + deployment;
    }
}
