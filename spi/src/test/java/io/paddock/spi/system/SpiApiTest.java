package io.paddock.spi.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.http.HttpMethod;
import org.springframework.http.ResponseEntity;
import org.springframework.web.client.RestClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The SPI over HTTP, as the broker meets it. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "spring.security.user.name=broker",
            "spring.security.user.password=secret",
            "spi.offering.versions.stemcell-version=1.0"
        })
class SpiApiTest {

    private static final String SMALL = "0e8a6f0c-3b58-4d5f-8b1b-6c7c1f2d9e01";
    private static final String LARGE = "0e8a6f0c-3b58-4d5f-8b1b-6c7c1f2d9e02";
    private static final String CLUSTER_SMALL = "0e8a6f0c-3b58-4d5f-8b1b-6c7c1f2d9e03";
    private static final String CLUSTER_LARGE = "0e8a6f0c-3b58-4d5f-8b1b-6c7c1f2d9e04";

    @LocalServerPort
    private int port;

    @Autowired
    private JsonMapper json;

    @Test
    void theCatalogHasOneOfferingWithSchemasThatCloudControllerTakes() {
        JsonNode catalog = body(call("secret", HttpMethod.GET, "/v1/catalog", null));

        assertThat(catalog.path("name").asString()).isEqualTo("postgresql");
        assertThat(catalog.path("plans"))
                .extracting(plan -> plan.path("name").asString())
                .containsExactly("single-small", "single-large", "cluster-small", "cluster-large");
        for (JsonNode plan : catalog.path("plans")) {
            assertThat(plan.path("createSchema").path("$schema").asString()).contains("draft-04");
            assertThat(plan.path("createSchema").path("additionalProperties").asBoolean(true))
                    .isFalse();
            assertThat(plan.path("createSchema")
                            .path("properties")
                            .path("max_connections")
                            .path("maximum")
                            .asInt())
                    .isGreaterThanOrEqualTo(150);
        }
    }

    @Test
    void aPlanWithParametersBecomesADeploymentSpec() {
        JsonNode spec = body(specify(SMALL, Map.of("max_connections", 42, "work_mem", "8MB"), Map.of()));

        assertThat(spec.path("template").asString()).isEqualTo("postgresql");
        assertThat(spec.path("attributes").path("max_connections").asInt()).isEqualTo(42);
        assertThat(spec.path("attributes").path("vm_type").asString()).isEqualTo("small");
        assertThat(spec.path("liveSettings").toString()).isEqualTo("{\"work_mem\":\"8MB\"}");
    }

    @Test
    void versionsThatAreDeployedStay() {
        JsonNode spec = body(specify(LARGE, Map.of(), Map.of("release_version", "0.0.9")));

        assertThat(spec.path("attributes").path("release_version").asString()).isEqualTo("0.0.9");
        assertThat(spec.path("versions").path("release_version").asString()).isEqualTo("0.0.9");
        assertThat(spec.path("versions").path("stemcell_version").asString()).isEqualTo("1.0");
    }

    /** A director can't be expected to have release 0.1.0: it ran on the embedded one only, which has what the checkout holds. */
    @Test
    void aReleaseVersionThatIsReplacedStaysUntilTheDeploymentChangesForAnotherReason() {
        Map<String, String> replaced = Map.of("release_version", "0.1.0");

        JsonNode live = body(update(SMALL, Map.of(), SMALL, Map.of("work_mem", "8MB"), replaced));
        assertThat(live.path("attributes").path("release_version").asString()).isEqualTo("0.1.0");
        assertThat(live.path("notice").isNull() || live.path("notice").isMissingNode())
                .as("nothing restarts: %s", live)
                .isTrue();

        JsonNode restarting = body(update(SMALL, Map.of(), SMALL, Map.of("max_connections", 42), replaced));
        assertThat(restarting.path("versions").path("release_version").asString())
                .isEqualTo("0.6.0");
        assertThat(restarting.path("notice").asString())
                .isEqualTo("short downtime: the server restarts to change max_connections and to take release 0.6.0");

        JsonNode growing = body(update(SMALL, Map.of(), CLUSTER_SMALL, Map.of(), replaced));
        assertThat(growing.path("versions").path("release_version").asString()).isEqualTo("0.6.0");
        assertThat(growing.path("notice").asString())
                .as("it is not without downtime as a growth usually is")
                .contains("short downtime: the server restarts with plan cluster-small and to take release 0.6.0");
    }

    @Test
    void refusedParametersAreAProblemThatTheUserUnderstands() {
        ResponseEntity<String> answer = specify(SMALL, Map.of("max_connections", 151), Map.of());

        assertThat(answer.getStatusCode().value()).isEqualTo(400);
        assertThat(answer.getHeaders().getContentType()).hasToString("application/problem+json");
        assertThat(body(answer).path("detail").asString())
                .contains("max_connections")
                .contains("150");
    }

    @Test
    void aChangeToALargerPlanIsTakenAndTellsOfItsDowntime() {
        ResponseEntity<String> answer = update(SMALL, Map.of(), LARGE, Map.of("max_connections", 400));

        assertThat(answer.getStatusCode().value()).isEqualTo(200);
        JsonNode spec = body(answer);
        assertThat(spec.path("attributes").path("disk_type").asString()).isEqualTo("100GB");
        assertThat(spec.path("attributes").path("max_connections").asInt()).isEqualTo(400);
        assertThat(spec.path("notice").asString()).contains("downtime while the disk is copied");
    }

    @Test
    void aSmallerDiskIsRefusedWithTheReason() {
        ResponseEntity<String> answer = update(LARGE, Map.of(), SMALL, Map.of());

        assertThat(answer.getStatusCode().value()).isEqualTo(422);
        assertThat(body(answer).path("detail").asString())
                .isEqualTo("The plan can't be changed from single-large to single-small: its disk is smaller (10 GB"
                        + " instead of 100 GB), and a disk never shrinks");
    }

    @Test
    void moreServersAloneAreNoDowntimeAndTheUserIsToldToBindAgain() {
        JsonNode spec = body(update(SMALL, Map.of(), CLUSTER_SMALL, Map.of()));

        assertThat(spec.path("notice").asString()).isEqualTo("without downtime: 2 more servers join the one that runs");
        assertThat(spec.path("advice").asString()).contains("bind your applications again");
        assertThat(body(update(SMALL, Map.of(), LARGE, Map.of())).path("advice").isNull())
                .isTrue();
    }

    @Test
    void aClusterRestartsOneServerAfterTheOther() {
        assertThat(body(update(CLUSTER_SMALL, Map.of(), CLUSTER_LARGE, Map.of()))
                        .path("notice")
                        .asString())
                .isEqualTo(
                        "the servers restart one after the other with plan cluster-large; connections break for about a"
                                + " second, at most twice");
        assertThat(body(update(CLUSTER_SMALL, Map.of(), CLUSTER_SMALL, Map.of("max_connections", 50)))
                        .path("notice")
                        .asString())
                .contains("one after the other to change max_connections")
                .endsWith("at most three times");
    }

    @Test
    void aClusterThatShallBecomeASingleServerIsRefusedWithTheReason() {
        ResponseEntity<String> answer = update(CLUSTER_SMALL, Map.of(), SMALL, Map.of());

        assertThat(answer.getStatusCode().value()).isEqualTo(422);
        assertThat(body(answer).path("detail").asString())
                .startsWith(
                        "The plan can't be changed from cluster-small to single-small: a cluster of 3 servers does not"
                                + " become a single one, since it would lose its failover");
    }

    @Test
    void parametersMustFitTheNewPlanToo() {
        ResponseEntity<String> answer = update(SMALL, Map.of(), LARGE, Map.of("max_connections", 501));

        assertThat(answer.getStatusCode().value()).isEqualTo(400);
        assertThat(body(answer).path("detail").asString()).contains("max_connections");
    }

    @Test
    void aParameterThatNeedsARestartSaysSoAndALiveOneSaysNothing() {
        JsonNode restart = body(update(SMALL, Map.of(), SMALL, Map.of("shared_buffers", "25%")));
        JsonNode live = body(update(SMALL, Map.of("work_mem", "1MB"), SMALL, Map.of("work_mem", "8MB")));
        JsonNode same = body(update(SMALL, Map.of("max_connections", 100), SMALL, Map.of()));

        assertThat(restart.path("notice").asString()).contains("restarts to change shared_buffers");
        assertThat(live.path("notice").isNull()).isTrue();
        assertThat(live.path("liveSettings").path("work_mem").asString()).isEqualTo("8MB");
        assertThat(same.path("notice").isNull())
                .as("the default given by name is no change")
                .isTrue();
    }

    @Test
    void anUnknownPlanIsNotFound() {
        assertThat(specify("nope", Map.of(), Map.of()).getStatusCode().value()).isEqualTo(404);
    }

    @Test
    void aDatabaseThatIsAwayIsNotReadyAndBindingsAreUnavailable() {
        Map<String, Object> outputs = Map.of(
                "values", Map.of("hosts", List.of("127.0.0.1"), "port", 1, "admin_username", "paddock_admin"),
                "secrets", Map.of("admin_password", "hush-hush", "ca", "-----BEGIN CERTIFICATE-----"));

        ResponseEntity<String> verification = call(
                "secret",
                HttpMethod.POST,
                "/v1/instances/i/verification",
                Map.of("outputs", outputs, "liveSettings", Map.of(), "notAfter", "2999-01-01T00:00:00Z"));
        ResponseEntity<String> binding = call(
                "secret",
                HttpMethod.PUT,
                "/v1/instances/i/bindings/b",
                Map.of("outputs", outputs, "notAfter", "2999-01-01T00:00:00Z"));

        assertThat(body(verification).path("ready").asBoolean(true)).isFalse();
        assertThat(binding.getStatusCode().value()).isEqualTo(503);
        assertThat(verification.getBody() + binding.getBody()).doesNotContain("hush-hush");
    }

    @Test
    void aVerificationWhoseCallersLeaseIsOverChangesNothing() {
        Map<String, Object> outputs = Map.of(
                "values",
                Map.of("hosts", java.util.List.of("127.0.0.1"), "port", 1, "admin_username", "paddock_admin"),
                "secrets",
                Map.of("admin_password", "hush-hush", "ca", "-----BEGIN CERTIFICATE-----"));

        assertThat(body(call(
                                "secret",
                                HttpMethod.POST,
                                "/v1/instances/i/verification",
                                Map.of(
                                        "outputs",
                                        outputs,
                                        "liveSettings",
                                        Map.of(),
                                        "notAfter",
                                        "2001-01-01T00:00:00Z")))
                        .path("status")
                        .asInt())
                .isEqualTo(410);
    }

    @Test
    void outputsOfSomethingElseAreRefused() {
        assertThat(call(
                                "secret",
                                HttpMethod.PUT,
                                "/v1/instances/i/bindings/b",
                                Map.of(
                                        "outputs",
                                        Map.of("values", Map.of(), "secrets", Map.of()),
                                        "notAfter",
                                        "2999-01-01T00:00:00Z"))
                        .getStatusCode()
                        .value())
                .isEqualTo(422);
    }

    @Test
    void strangersAreNotAnswered() {
        assertThat(call("wrong", HttpMethod.GET, "/v1/catalog", null)
                        .getStatusCode()
                        .value())
                .isEqualTo(401);
    }

    private ResponseEntity<String> update(
            String previousPlan, Map<String, ?> previousParameters, String plan, Map<String, ?> parameters) {
        return update(previousPlan, previousParameters, plan, parameters, Map.of());
    }

    private ResponseEntity<String> update(
            String previousPlan,
            Map<String, ?> previousParameters,
            String plan,
            Map<String, ?> parameters,
            Map<String, String> versions) {
        return call(
                "secret",
                HttpMethod.POST,
                "/v1/deployment-specs",
                Map.of(
                        "instanceId", "i",
                        "planId", plan,
                        "previousPlanId", previousPlan,
                        "parameters", parameters,
                        "previousParameters", previousParameters,
                        "deployedVersions", versions));
    }

    private ResponseEntity<String> specify(String plan, Map<String, ?> parameters, Map<String, String> versions) {
        return call(
                "secret",
                HttpMethod.POST,
                "/v1/deployment-specs",
                Map.of(
                        "instanceId", "i",
                        "planId", plan,
                        "parameters", parameters,
                        "previousParameters", Map.of(),
                        "deployedVersions", versions));
    }

    private ResponseEntity<String> call(
            String password, HttpMethod method, String path, @org.jspecify.annotations.Nullable Object body) {
        RestClient.RequestBodySpec request = RestClient.builder()
                .baseUrl("http://localhost:" + port)
                .defaultHeaders(headers -> headers.setBasicAuth("broker", password))
                .defaultStatusHandler(status -> true, (sent, response) -> {})
                .build()
                .method(method)
                .uri(path);
        return (body == null ? request : request.body(body)).retrieve().toEntity(String.class);
    }

    private JsonNode body(ResponseEntity<String> answer) {
        return json.readTree(answer.getBody());
    }
}
