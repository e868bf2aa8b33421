package io.paddock.deployer.deployment;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.containing;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.http.Fault;
import io.paddock.deployer.DirectorStandIn;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpMethod;
import org.springframework.http.ResponseEntity;

class DeployTest extends DirectorStandIn {

    private static final String CONTEXT = "2f1b8c1e-7a53-4a8e-9d5c-0d9c6a1f4e11.1";

    private Map<String, Object> request;

    @BeforeEach
    void request() {
        request = new HashMap<>(Map.of(
                "template",
                "postgresql",
                "attributes",
                ExampleAttributes.singleSmall(),
                "context",
                CONTEXT,
                "generation",
                7,
                "notAfter",
                Instant.now().plusSeconds(60).toString()));
        task(145, "deploy-one-instance", "task-queued", "event");
    }

    @ParameterizedTest
    @ValueSource(ints = {302, 303})
    void theTaskIsTakenFromThePathOfTheRedirectWhateverItsHost(int status) {
        DIRECTOR.stubFor(post("/deployments")
                .willReturn(aResponse().withStatus(status).withHeader("Location", "https://10.0.0.6/tasks/145")));

        ResponseEntity<String> answer = deploy();

        assertThat(answer.getStatusCode().value()).isEqualTo(202);
        assertThat(body(answer).path("id").asLong()).isEqualTo(145);
        assertThat(body(answer).path("state").asString()).isEqualTo("QUEUED");
        DIRECTOR.verify(postRequestedFor(urlPathEqualTo("/deployments"))
                .withHeader("Content-Type", containing("text/yaml"))
                .withHeader("X-Bosh-Context-Id", equalTo(CONTEXT))
                .withBasicAuth(new com.github.tomakehurst.wiremock.client.BasicCredentials("deployer", "hush-hush"))
                .withRequestBody(containing("generation: '7'")));
    }

    @Test
    void aRepeatedRequestFindsTheTaskOfTheFirst() {
        DIRECTOR.stubFor(get(urlPathEqualTo("/tasks"))
                .withQueryParam("context_id", equalTo(CONTEXT))
                .willReturn(okJson("[" + recordedBody("deploy-one-instance", "task-processing") + "]")));

        ResponseEntity<String> answer = deploy();

        assertThat(body(answer).path("id").asLong()).isEqualTo(145);
        assertThat(body(answer).path("state").asString()).isEqualTo("RUNNING");
        DIRECTOR.verify(0, postRequestedFor(urlPathEqualTo("/deployments")));
    }

    @Test
    void whileAnotherTaskWorksOnTheDeploymentTheRequestIsToBeRepeatedLater() {
        DIRECTOR.stubFor(get(urlPathEqualTo("/tasks"))
                .withQueryParam("deployment", equalTo("db"))
                .willReturn(okJson(recordedBody("two-deploys-at-once", "tasks"))));

        ResponseEntity<String> answer = deploy();

        assertThat(answer.getStatusCode().value()).isEqualTo(409);
        assertThat(body(answer).path("operatorMessage").asString()).contains("task 248 (create deployment)");
        DIRECTOR.verify(0, postRequestedFor(urlPathEqualTo("/deployments")));
    }

    @Test
    void anOlderGenerationThanTheDeployedIsRefused() {
        DIRECTOR.stubFor(get("/deployments/db")
                .willReturn(okJson("{\"manifest\": \"name: db\\ntags: {generation: '8', template: postgresql}\\n\"}")));

        ResponseEntity<String> answer = deploy();

        assertThat(answer.getStatusCode().value()).isEqualTo(412);
        DIRECTOR.verify(0, postRequestedFor(urlPathEqualTo("/deployments")));
    }

    @Test
    void aCallerWhoseLeaseRanOutIsRefusedBeforeTheDirectorIsAsked() {
        request.put("notAfter", Instant.now().minusSeconds(1).toString());

        ResponseEntity<String> answer = deploy();

        assertThat(answer.getStatusCode().value()).isEqualTo(410);
        DIRECTOR.verify(0, postRequestedFor(urlPathEqualTo("/deployments")));
    }

    @Test
    void attributesThatTheTemplateDoesNotKnowAreRefused() {
        Map<String, Object> attributes = ExampleAttributes.singleSmall();
        attributes.put("superuser", true);
        attributes.remove("vm_type");
        request.put("attributes", attributes);

        ResponseEntity<String> answer = deploy();

        assertThat(answer.getStatusCode().value()).isEqualTo(422);
        assertThat(body(answer).path("operatorMessage").asString())
                .contains("superuser")
                .contains("vm_type");
    }

    @Test
    void anUnknownTemplateIsNotFound() {
        request.put("template", "redis");

        assertThat(deploy().getStatusCode().value()).isEqualTo(404);
    }

    @Test
    void aManifestThatTheDirectorRefusesIsNotTriedAgain() {
        DIRECTOR.stubFor(post("/deployments").willReturn(recorded("refused-requests", "broken-yaml")));

        ResponseEntity<String> answer = deploy();

        assertThat(answer.getStatusCode().value()).isEqualTo(422);
        assertThat(body(answer).path("operatorMessage").asString()).contains("440001");
        assertThat(body(answer).path("detail").asString()).doesNotContain("440001");
    }

    @Test
    void aDirectorThatAnswers500IsUnavailable() {
        DIRECTOR.stubFor(post("/deployments").willReturn(aResponse().withStatus(500)));

        ResponseEntity<String> answer = deploy();

        assertThat(answer.getStatusCode().value()).isEqualTo(503);
        assertThat(answer.getHeaders().getContentType()).hasToString("application/problem+json");
        assertThat(body(answer).path("operatorMessage").asString()).contains("the director answered 500");
    }

    @Test
    void aConnectionThatIsCutIsUnavailable() {
        DIRECTOR.stubFor(post("/deployments").willReturn(aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER)));

        assertThat(deploy().getStatusCode().value()).isEqualTo(503);
    }

    @Test
    void aDirectorThatDoesNotAnswerInTimeIsUnavailable() {
        DIRECTOR.stubFor(
                post("/deployments").willReturn(aResponse().withStatus(302).withFixedDelay(6_000)));

        assertThat(deploy().getStatusCode().value()).isEqualTo(503);
    }

    @Test
    void garbageInsteadOfJsonIsUnavailable() {
        DIRECTOR.stubFor(
                get(urlPathEqualTo("/tasks")).willReturn(aResponse().withBody("<html>502 Bad Gateway</html>")));

        ResponseEntity<String> answer = deploy();

        assertThat(answer.getStatusCode().value()).isEqualTo(503);
        assertThat(answer.getBody()).doesNotContain("Exception");
    }

    @Test
    void credentialsThatTheDirectorRefusesAreTheOperatorsMatter() {
        DIRECTOR.stubFor(get(urlPathEqualTo("/tasks"))
                .willReturn(recorded("info-and-refusals", "deployments-without-credentials")));

        ResponseEntity<String> answer = deploy();

        assertThat(answer.getStatusCode().value()).isEqualTo(503);
        assertThat(body(answer).path("operatorMessage").asString()).contains("refuses the deployer's client");
        assertThat(answer.getBody()).doesNotContain("hush-hush");
    }

    private ResponseEntity<String> deploy() {
        return call(HttpMethod.PUT, "/v1/deployments/db", request);
    }
}
