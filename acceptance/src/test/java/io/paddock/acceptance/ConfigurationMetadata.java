package io.paddock.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The configuration properties of a service, as the compiler found them in its records. */
final class ConfigurationMetadata {

    private ConfigurationMetadata() {}

    /** @param otherwise default, empty without one */
    record Property(String name, String type, String description, String otherwise) {}

    static Map<String, Property> of(String module) throws IOException {
        Path file = Platform.ROOT.resolve(module + "/target/classes/META-INF/spring-configuration-metadata.json");
        Map<String, Property> properties = new TreeMap<>();
        for (JsonNode property :
                new JsonMapper().readTree(Files.readString(file)).path("properties")) {
            String name = property.path("name").asString();
            properties.put(
                    name,
                    new Property(
                            name,
                            property.path("type").asString(""),
                            property.path("description").asString(""),
                            property.path("defaultValue").isMissingNode()
                                    ? ""
                                    : property.path("defaultValue").toString()));
        }
        return properties;
    }

    /** Properties that neither a default nor application.yml sets; those of entries in a list are not among them. */
    static List<String> required(String module) throws IOException {
        Map<String, Object> shipped = new Yaml()
                .load(Files.readString(Platform.ROOT.resolve(module + "/src/main/resources/application.yml")));
        return of(module).values().stream()
                .filter(property -> property.otherwise().isEmpty())
                .map(Property::name)
                .filter(name -> !OPTIONAL.contains(name))
                .filter(name -> !isSet(shipped, name))
                .toList();
    }

    private static final List<String> OPTIONAL = List.of(
            "broker.operator.password",
            "broker.operator.username",
            "broker.quota.organizations",
            "broker.quota.plans",
            "deployer.director.ca-cert",
            "deployer.director.config-server");

    private static boolean isSet(Map<String, Object> tree, String name) {
        Object node = tree;
        for (String key : name.split("\\.")) {
            if (!(node instanceof Map<?, ?> map)) {
                return false;
            }
            node = map.get(key);
        }
        return node != null;
    }
}
