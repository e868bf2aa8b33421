package io.paddock.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.yaml.snakeyaml.Yaml;

/** Holds manifest.yml against the services as they are: what it sets must exist, what they need must be set. */
class CloudFoundryManifestTest {

    /** Boot's own properties that the manifest sets or a binding provides. */
    private static final Set<String> BOOT =
            Set.of("springsecurityusername", "springsecurityuserpassword", "springdatasourceurl");

    record Application(String module, Map<String, Object> entry) {

        @Override
        public String toString() {
            return module;
        }

        Set<String> environment() {
            Set<String> names = new TreeSet<>();
            ((Map<?, ?>) entry.get("env")).keySet().forEach(name -> names.add(String.valueOf(name)));
            names.removeIf(name -> name.startsWith("JBP_CONFIG_"));
            return names;
        }
    }

    static Stream<Application> applications() throws IOException {
        Map<String, Object> manifest = new Yaml().load(Files.readString(Platform.ROOT.resolve("manifest.yml")));
        return ((java.util.List<?>) manifest.get("applications")).stream().map(entry -> {
            Map<String, Object> fields = new TreeMap<>();
            ((Map<?, ?>) entry).forEach((key, value) -> fields.put(String.valueOf(key), value));
            return new Application(fields.get("name").toString().replace("paddock-", ""), fields);
        });
    }

    @ParameterizedTest
    @MethodSource("applications")
    void everyVariableOfTheEnvironmentIsAPropertyOfTheService(Application application) throws IOException {
        Set<String> known = new TreeSet<>(BOOT);
        ConfigurationMetadata.of(application.module()).keySet().forEach(name -> known.add(uniform(name)));

        for (String variable : application.environment()) {
            String name = uniform(variable);
            assertThat(known).as(variable).anyMatch(property -> name.equals(property) || isKeyOf(property, name));
        }
    }

    @ParameterizedTest
    @MethodSource("applications")
    void everyPropertyWithoutADefaultIsSet(Application application) throws IOException {
        Set<String> set = new TreeSet<>();
        application.environment().forEach(variable -> set.add(uniform(variable)));

        for (String property : ConfigurationMetadata.required(application.module())) {
            assertThat(set)
                    .as(property)
                    .anyMatch(name -> name.equals(uniform(property)) || isKeyOf(uniform(property), name));
        }
    }

    @ParameterizedTest
    @MethodSource("applications")
    void theJarIsTheOneThatTheBuildMakesAndTheHealthChecksExist(Application application) {
        assertThat(application.entry().get("path"))
                .isEqualTo(application.module() + "/target/" + application.module() + "-exec.jar");
        assertThat(Platform.ROOT.resolve(application.entry().get("path").toString()))
                .exists();
        assertThat(application.entry().get("health-check-http-endpoint")).isEqualTo("/actuator/health/liveness");
        assertThat(application.entry().get("readiness-health-check-http-endpoint"))
                .isEqualTo("/actuator/health/readiness");
    }

    @ParameterizedTest
    @MethodSource("applications")
    void secretsComeFromVariables(Application application) {
        ((Map<?, ?>) application.entry().get("env")).forEach((name, value) -> {
            if (name.toString().matches(".*(PASSWORD|SECRET|KEYS_).*")) {
                assertThat(value.toString()).as(name.toString()).matches("\\(\\([a-z_]+\\)\\)");
            }
        });
    }

    /** Spring's relaxed names: dots, dashes, underscores and case do not count. */
    private static String uniform(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }

    /** A map's key follows its property's name. */
    private static boolean isKeyOf(String property, String name) {
        return property.equals("brokerencryptionkeys")
                && name.startsWith(property)
                && name.length() > property.length();
    }
}
