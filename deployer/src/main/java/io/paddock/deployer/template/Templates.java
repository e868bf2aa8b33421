package io.paddock.deployer.template;

import io.paddock.contracts.service.ProblemException;
import io.paddock.deployer.template.ManifestTemplate.OutputDefinitions;
import io.paddock.deployer.template.ManifestTemplate.SecretDefinition;
import io.paddock.deployer.template.ManifestTemplate.ValueDefinition;
import io.paddock.deployer.text.DeployerText;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.stereotype.Component;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.json.JsonMapper;

/** All templates, read once at the start: one that is broken stops the deployer with the file that is at fault. */
@Component
public class Templates {

    private static final String MANIFEST = "manifest.yml";

    private final Map<String, ManifestTemplate> templates = new TreeMap<>();
    private final JsonMapper json;

    Templates(TemplateProperties properties, JsonMapper json) throws IOException {
        this.json = json;
        String location = properties.location().getURI().toString();
        for (Resource manifest : new PathMatchingResourcePatternResolver()
                .getResources(location + (location.endsWith("/") ? "" : "/") + "*/" + MANIFEST)) {
            ManifestTemplate template = read(manifest);
            templates.put(template.name(), template);
        }
        if (templates.isEmpty()) {
            throw new IllegalStateException(
                    "deployer.templates.location = " + location + " holds no template: expected <name>/" + MANIFEST);
        }
    }

    public Collection<ManifestTemplate> all() {
        return templates.values();
    }

    /** @throws ProblemException 404 */
    public ManifestTemplate get(String name) {
        return Optional.ofNullable(templates.get(name))
                .orElseThrow(() -> DeployerText.notThere("Template '" + name + "'"));
    }

    @SuppressWarnings("unchecked")
    private ManifestTemplate read(Resource manifest) {
        try {
            String[] path = manifest.getURL().getPath().split("/");
            String schema = text(manifest.createRelative("attributes.schema.json"));
            return new ManifestTemplate(
                    path[path.length - 2],
                    yaml(manifest),
                    (Map<String, Object>) json.readValue(schema, Map.class),
                    schema,
                    outputs(yaml(manifest.createRelative("outputs.yml"))));
        } catch (IOException unreadable) {
            throw new UncheckedIOException("cannot read the template of " + manifest, unreadable);
        }
    }

    private static OutputDefinitions outputs(Map<String, Object> content) {
        Map<String, ValueDefinition> values = new LinkedHashMap<>();
        map(content.get("values")).forEach((name, definition) -> {
            Map<String, Object> fields = map(definition);
            values.put(
                    name,
                    new ValueDefinition(
                            Optional.ofNullable(fields.get("value")),
                            Optional.ofNullable(fields.get("addresses_of")).map(String::valueOf)));
        });
        Map<String, SecretDefinition> secrets = new LinkedHashMap<>();
        map(content.get("secrets")).forEach((name, definition) -> {
            Map<String, Object> fields = map(definition);
            secrets.put(
                    name,
                    new SecretDefinition(
                            String.valueOf(fields.get("variable")),
                            Optional.ofNullable(fields.get("field")).map(String::valueOf)));
        });
        return new OutputDefinitions(values, secrets);
    }

    private static Map<String, Object> yaml(Resource resource) throws IOException {
        return map(new Yaml(new SafeConstructor(new LoaderOptions())).load(text(resource)));
    }

    private static String text(Resource resource) throws IOException {
        try (InputStream stream = resource.getInputStream()) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Map<String, Object> map(@org.jspecify.annotations.Nullable Object value) {
        Map<String, Object> result = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> found) {
            found.forEach((key, child) -> result.put(String.valueOf(key), child));
        }
        return result;
    }
}
