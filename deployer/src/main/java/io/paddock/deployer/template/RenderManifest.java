package io.paddock.deployer.template;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.paddock.contracts.service.ProblemException;
import io.paddock.deployer.director.Failures;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.json.JsonMapper;

/**
 * Fills a template in. Placeholders are replaced in the parsed tree: a value keeps its type and can't become structure. What the
 * director resolves itself, {@code ((variables))}, passes through under an absolute name if the template declares it.
 */
@Component
public class RenderManifest {

    /** Tags of every manifest, by which the deployer knows its own. */
    public static final String GENERATION = "generation";

    private static final String TEMPLATE = "template";
    private static final String DEPLOYMENT = "deployment";
    private static final Pattern REFERENCE = Pattern.compile("\\(\\(([^()\\s]*)\\)\\)");

    private final TemplateProperties properties;
    private final JsonMapper json;

    RenderManifest(TemplateProperties properties, JsonMapper json) {
        this.properties = properties;
        this.json = json;
    }

    /**
     * @return the manifest as YAML
     * @throws ProblemException 422 for attributes that are missing, unknown, out of range or contain {@code ((}
     */
    public String render(
            ManifestTemplate template, String deployment, Map<String, Object> attributes, long generation) {
        check(template, attributes);
        Map<String, Object> values = new LinkedHashMap<>(attributes);
        values.put(DEPLOYMENT, deployment);
        Filling filling = new Filling(template, values, properties.variablesOf(deployment));
        Map<String, Object> manifest = new LinkedHashMap<>();
        template.manifest().forEach((key, value) -> manifest.put(key, filling.fill(key, value)));
        manifest.put("tags", Map.of(GENERATION, Long.toString(generation), TEMPLATE, template.name()));
        return dump(manifest);
    }

    private void check(ManifestTemplate template, Map<String, Object> attributes) {
        List<Error> errors = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(template.attributesSchemaText())
                .validate(json.writeValueAsString(attributes), InputFormat.JSON);
        if (!errors.isEmpty()) {
            throw Failures.refused("the attributes do not fit the template '" + template.name() + "': "
                    + errors.stream().map(Error::toString).sorted().collect(Collectors.joining("; ")));
        }
        attributes.forEach(RenderManifest::refuseReferences);
    }

    /** The director would resolve a reference in a value, whoever wrote it. */
    private static void refuseReferences(String attribute, Object value) {
        if (value instanceof String text && text.contains("((")) {
            throw Failures.refused("the attribute '" + attribute + "' contains '((', which is not allowed in a value");
        }
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, child) -> {
                refuseReferences(attribute, String.valueOf(key));
                refuseReferences(attribute, child);
            });
        }
        if (value instanceof List<?> list) {
            list.forEach(child -> refuseReferences(attribute, child));
        }
    }

    private static String dump(Map<String, Object> manifest) {
        DumperOptions options = new DumperOptions();
        options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
        options.setSplitLines(false);
        return new Yaml(options).dump(manifest);
    }

    /** One rendering: what may be filled in, and with what. */
    private static final class Filling {

        private final ManifestTemplate template;
        private final Map<String, Object> values;
        private final Set<String> variables = new TreeSet<>();
        private final String path;

        Filling(ManifestTemplate template, Map<String, Object> values, String path) {
            this.template = template;
            this.values = values;
            this.path = path;
            if (template.manifest().get("variables") instanceof List<?> declared) {
                declared.forEach(variable -> variables.add(String.valueOf(((Map<?, ?>) variable).get("name"))));
            }
        }

        Object fill(String section, Object value) {
            return section.equals("variables") ? declarations((List<?>) value) : fill(value);
        }

        /** Declarations and the CAs that they name become absolute. */
        private Object declarations(List<?> declared) {
            return declared.stream()
                    .map(variable -> {
                        Map<String, Object> result = new LinkedHashMap<>();
                        ((Map<?, ?>) variable).forEach((key, child) -> result.put(String.valueOf(key), fill(child)));
                        result.computeIfPresent("name", (key, name) -> path + "/" + name);
                        result.computeIfPresent("options", (key, options) -> withAbsoluteCa((Map<?, ?>) options));
                        return result;
                    })
                    .toList();
        }

        private Map<String, Object> withAbsoluteCa(Map<?, ?> options) {
            Map<String, Object> result = new LinkedHashMap<>();
            options.forEach((key, value) -> result.put(String.valueOf(key), value));
            result.computeIfPresent("ca", (key, ca) -> path + "/" + ca);
            return result;
        }

        private Object fill(Object node) {
            if (node instanceof Map<?, ?> map) {
                Map<String, Object> result = new LinkedHashMap<>();
                map.forEach((key, child) -> result.put(String.valueOf(key), child == null ? null : fill(child)));
                return result;
            }
            if (node instanceof List<?> list) {
                return list.stream().map(this::fill).toList();
            }
            return node instanceof String text ? fill(text) : node;
        }

        private Object fill(String text) {
            Matcher matcher = REFERENCE.matcher(text);
            if (matcher.matches()) {
                return value(matcher.group(1));
            }
            return matcher.reset().replaceAll(found -> Matcher.quoteReplacement(String.valueOf(value(found.group(1)))));
        }

        private Object value(String name) {
            Object value = values.get(name);
            if (value != null) {
                return value;
            }
            int dot = name.indexOf('.');
            String variable = dot < 0 ? name : name.substring(0, dot);
            if (variables.contains(variable)) {
                return "((" + path + "/" + name + "))";
            }
            throw Failures.refused("the template '" + template.name() + "' has a placeholder ((" + name
                    + ")) that is neither an attribute nor a declared variable");
        }
    }
}
