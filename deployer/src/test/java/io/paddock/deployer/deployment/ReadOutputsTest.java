package io.paddock.deployer.deployment;

import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.contracts.Outputs;
import io.paddock.deployer.DirectorStandIn;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpMethod;
import tools.jackson.databind.JsonNode;

class ReadOutputsTest extends DirectorStandIn {

    @Test
    void addressesComeFromTheDirectorInTheOrderOfTheNodesAndSecretsFromTheConfigServer() {
        DIRECTOR.stubFor(get("/deployments/db/instances").willReturn(okJson("""
                        [{"job": "postgres", "index": 1, "id": "b", "az": "z2", "ips": ["10.0.0.2"]},
                         {"job": "smoke", "index": 0, "id": "c", "az": "z1", "ips": []},
                         {"job": "postgres", "index": 0, "id": "a", "az": "z1", "ips": ["10.0.0.1"]}]
                        """)));
        variable("admin_password", "\"s3cret\"");
        variable("ca", "{\"certificate\": \"PEM\", \"private_key\": \"KEY\"}");

        JsonNode outputs = body(call(HttpMethod.GET, "/v1/deployments/db/outputs?template=postgresql"));

        assertThat(outputs.path("values").path("hosts").toString()).isEqualTo("[\"10.0.0.1\",\"10.0.0.2\"]");
        assertThat(outputs.path("values").path("port").asInt()).isEqualTo(5432);
        assertThat(outputs.path("secrets").path("admin_password").asString()).isEqualTo("s3cret");
        assertThat(outputs.path("secrets").path("ca").asString()).isEqualTo("PEM");
        assertThat(outputs.toString()).doesNotContain("KEY");
    }

    @Test
    void theSecretPartNeedsNoDirector() {
        variable("admin_password", "\"s3cret\"");
        variable("ca", "{\"certificate\": \"PEM\"}");

        JsonNode outputs = body(call(HttpMethod.GET, "/v1/deployments/db/secrets?template=postgresql"));

        assertThat(outputs.path("secrets").path("admin_password").asString()).isEqualTo("s3cret");
        DIRECTOR.verify(
                0,
                com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor(
                        urlPathEqualTo("/deployments/db/instances")));
    }

    @Test
    void aMissingVariableIsNotFound() {
        DIRECTOR.stubFor(get(urlPathEqualTo("/api/v1/data"))
                .willReturn(com.github.tomakehurst.wiremock.client.WireMock.jsonResponse(
                        "{\"error\": \"The request could not be completed because the credential does not exist\"}",
                        404)));

        assertThat(call(HttpMethod.GET, "/v1/deployments/db/secrets?template=postgresql")
                        .getStatusCode()
                        .value())
                .isEqualTo(404);
    }

    @Test
    void outputsDoNotShowTheirSecrets() {
        Outputs outputs = new Outputs(Map.of("port", 5432), Map.of("admin_password", "s3cret"));

        assertThat(outputs.toString()).contains("admin_password", "5432").doesNotContain("s3cret");
    }

    private static void variable(String name, String value) {
        DIRECTOR.stubFor(get(urlPathEqualTo("/api/v1/data"))
                .withQueryParam("name", equalTo("/paddock/db/" + name))
                .withQueryParam("current", equalTo("true"))
                .willReturn(okJson("{\"data\": [{\"type\": \"x\", \"name\": \"/paddock/db/" + name + "\", \"value\": "
                        + value + "}]}")));
    }
}
