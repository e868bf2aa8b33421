package io.paddock.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** docs/configuration.md is made from the services' properties; with -Dpaddock.write-docs=true this test writes it. */
class ConfigurationDocumentTest {

    private static final Path DOCUMENT = Platform.ROOT.resolve("docs/configuration.md");

    @Test
    void theDocumentSaysWhatTheServicesTake() throws IOException {
        String expected = document();

        if (Boolean.getBoolean("paddock.write-docs")) {
            Files.writeString(DOCUMENT, expected);
        }

        assertThat(Files.readString(DOCUMENT)).isEqualTo(expected);
    }

    @Test
    void everyPropertyIsDescribed() throws IOException {
        for (String module : List.of("broker", "spi", "deployer", "minidirector")) {
            assertThat(ConfigurationMetadata.of(module).values())
                    .allSatisfy(property -> assertThat(property.description())
                            .as(property.name())
                            .isNotBlank());
        }
    }

    private static String document() throws IOException {
        StringBuilder text = new StringBuilder("""
                # Configuration

                Made from the services' configuration properties; a test fails when it is not what they take. Each property can be set as an
                environment variable: `broker.remote.spi.url` is `BROKER_REMOTE_SPI_URL`, dashes are left out. Durations are written `2s`, `1h`.

                All services take Spring Boot's `server.port`, `server.ssl.*`, `spring.security.user.name` and `spring.security.user.password`
                (what callers must send), and `paddock.request-limit` (`20s`) within which the body of a request must come; the broker takes
                `spring.datasource.url`, `.username` and `.password` of its state database.
                """);
        for (String module : List.of("broker", "spi", "deployer", "minidirector")) {
            List<String> required = module.equals("minidirector") ? List.of() : ConfigurationMetadata.required(module);
            text.append("\n## ").append(module).append("\n\n| property | effect | default |\n|---|---|---|\n");
            for (ConfigurationMetadata.Property property :
                    ConfigurationMetadata.of(module).values()) {
                String otherwise = property.otherwise().replace("\"", "");
                text.append("| `")
                        .append(property.name())
                        .append("` | ")
                        .append(property.description()
                                .replaceAll("\\{@code ([^}]*)}", "`$1`")
                                .replace("\n", " "))
                        .append(" | ")
                        .append(
                                required.contains(property.name())
                                        ? "**to be set**"
                                        : otherwise.isEmpty() ? "" : "`" + otherwise + "`")
                        .append(" |\n");
            }
        }
        return text.toString();
    }
}
