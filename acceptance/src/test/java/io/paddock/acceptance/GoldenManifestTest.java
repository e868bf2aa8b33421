package io.paddock.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The manifest that each plan becomes, as the director got it, compared as parsed YAML. */
@Tag("release")
class GoldenManifestTest {

    private final Platform platform = Platform.shared();
    private final Broker broker = platform.broker();

    @ParameterizedTest
    @Tag("verify")
    @CsvSource("single-small, 0e8a6f0c-3b58-4d5f-8b1b-6c7c1f2d9e01")
    void aPlanBecomesItsManifest(String plan, String planId) throws IOException {
        becomesItsManifest(plan, planId);
    }

    /** They differ in sizes and the number of nodes only. */
    @ParameterizedTest
    @Tag("sample")
    @CsvSource({
        "cluster-small, 0e8a6f0c-3b58-4d5f-8b1b-6c7c1f2d9e03",
        "single-large, 0e8a6f0c-3b58-4d5f-8b1b-6c7c1f2d9e02",
        "cluster-large, 0e8a6f0c-3b58-4d5f-8b1b-6c7c1f2d9e04"
    })
    void anotherPlanBecomesItsManifest(String plan, String planId) throws IOException {
        becomesItsManifest(plan, planId);
    }

    private void becomesItsManifest(String plan, String planId) throws IOException {
        String id = java.util.UUID.randomUUID().toString();
        assertThat(broker.provision(id, planId, Map.of()).status()).isEqualTo(202);
        broker.awaitReady(id);

        Map<String, Object> manifest =
                new Yaml().load(manifest("service-instance-" + id).replace("service-instance-" + id, "NAME"));

        assertThat(((Map<?, ?>) manifest.get("tags")).get("generation").toString())
                .matches("\\d+");
        ((Map<?, ?>) manifest.get("tags")).remove("generation");
        assertThat(manifest).isEqualTo(golden(plan));
        broker.delete(id);
        broker.awaitGone(id);
    }

    private String manifest(String deployment) {
        String answer = Platform.bash(". " + platform.home().resolve("env")
                        + "; curl -fsS --cacert \"$BOSH_CA_CERT\" -u \"$BOSH_CLIENT:$BOSH_CLIENT_SECRET\" $BOSH_ENVIRONMENT/deployments/"
                        + deployment)
                .output();
        JsonNode body = new JsonMapper().readTree(answer);
        return body.path("manifest").asString();
    }

    private static Map<String, Object> golden(String plan) throws IOException {
        try (InputStream file = GoldenManifestTest.class.getResourceAsStream("/golden/" + plan + ".yml")) {
            return new Yaml().load(new String(file.readAllBytes(), StandardCharsets.UTF_8));
        }
    }
}
