package io.paddock.deployer.deployment;

import io.paddock.contracts.Outputs;
import io.paddock.deployer.credential.ConfigServerClient;
import io.paddock.deployer.director.BoshInstance;
import io.paddock.deployer.director.DirectorClient;
import io.paddock.deployer.template.ManifestTemplate.SecretDefinition;
import io.paddock.deployer.template.ManifestTemplate.ValueDefinition;
import io.paddock.deployer.template.TemplateProperties;
import io.paddock.deployer.template.Templates;
import io.paddock.deployer.text.DeployerText;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.springframework.stereotype.Component;

/** Reads what a deployment tells its user, as its template's outputs.yml defines it. */
@Component
class ReadOutputs {

    private final Templates templates;
    private final DirectorClient director;
    private final ConfigServerClient configServer;
    private final TemplateProperties properties;

    ReadOutputs(
            Templates templates,
            DirectorClient director,
            ConfigServerClient configServer,
            TemplateProperties properties) {
        this.templates = templates;
        this.director = director;
        this.configServer = configServer;
        this.properties = properties;
    }

    Outputs all(String name, String template) {
        List<BoshInstance> instances = director.instances(name);
        Map<String, Object> values = new LinkedHashMap<>();
        templates
                .get(template)
                .outputs()
                .values()
                .forEach((output, definition) -> values.put(output, value(definition, instances)));
        return new Outputs(values, secrets(name, template).secrets());
    }

    /** Asks the config server only. */
    Outputs secrets(String name, String template) {
        Map<String, String> secrets = new LinkedHashMap<>();
        templates
                .get(template)
                .outputs()
                .secrets()
                .forEach((output, definition) -> secrets.put(output, secret(name, definition)));
        return new Outputs(Map.of(), secrets);
    }

    private static Object value(ValueDefinition definition, List<BoshInstance> instances) {
        return definition
                .addressesOf()
                .<Object>map(group -> instances.stream()
                        .filter(instance -> instance.job().equals(group))
                        .sorted(Comparator.comparing(BoshInstance::index))
                        .map(BoshInstance::ips)
                        .filter(Objects::nonNull)
                        .flatMap(List::stream)
                        .toList())
                .or(definition::value)
                .orElseThrow(() -> new IllegalStateException("an output has neither 'value' nor 'addresses_of'"));
    }

    private String secret(String name, SecretDefinition definition) {
        String path = properties.variablesOf(name) + "/" + definition.variable();
        Object value = configServer.value(path).orElseThrow(() -> DeployerText.notThere("Variable " + path));
        if (definition.field().isEmpty()) {
            return value.toString();
        }
        Object field = value instanceof Map<?, ?> fields
                ? fields.get(definition.field().get())
                : null;
        if (field == null) {
            throw DeployerText.notThere(
                    "Variable " + path + "." + definition.field().get());
        }
        return field.toString();
    }
}
