package io.paddock.deployer.deployment;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.delete;
import static com.github.tomakehurst.wiremock.client.WireMock.deleteRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.deployer.DirectorStandIn;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpMethod;
import org.springframework.http.ResponseEntity;

class DeleteDeploymentTest extends DirectorStandIn {

    private static final String DELETE = "/v1/deployments/db?context=c&generation=7&notAfter=2999-01-01T00:00:00Z";

    @Test
    void aLaterLifeOfTheDeploymentIsNotTouched() {
        DIRECTOR.stubFor(get("/deployments/db")
                .willReturn(okJson("{\"manifest\": \"name: db\\ntags: {generation: '8', template: postgresql}\\n\"}")));

        assertThat(call(HttpMethod.DELETE, DELETE).getStatusCode().value()).isEqualTo(412);
        DIRECTOR.verify(0, deleteRequestedFor(urlPathEqualTo("/deployments/db")));
    }

    @Test
    void aCallerWhoseLeaseRanOutIsRefused() {
        assertThat(call(HttpMethod.DELETE, DELETE.replace("2999", "2001"))
                        .getStatusCode()
                        .value())
                .isEqualTo(410);
    }

    @Test
    void aDeployThatRunsIsCancelledFirst() {
        DIRECTOR.stubFor(get(urlPathEqualTo("/tasks"))
                .withQueryParam("deployment", equalTo("db"))
                .willReturn(okJson("[" + recordedBody("deploy-one-instance", "task-processing") + "]")));
        DIRECTOR.stubFor(delete("/task/145").willReturn(recorded("cancel-running-task", "cancel")));

        ResponseEntity<String> answer = call(HttpMethod.DELETE, DELETE);

        assertThat(answer.getStatusCode().value()).isEqualTo(202);
        assertThat(body(answer).path("id").asLong()).isEqualTo(145);
        DIRECTOR.verify(deleteRequestedFor(urlEqualTo("/task/145")));
        DIRECTOR.verify(0, deleteRequestedFor(urlPathEqualTo("/deployments/db")));
    }

    @Test
    void aTaskThatIsBeingCancelledIsAwaitedAndNotCancelledTwice() {
        DIRECTOR.stubFor(get(urlPathEqualTo("/tasks"))
                .withQueryParam("deployment", equalTo("db"))
                .willReturn(recorded("cancel-running-task", "tasks-cancelling")));

        ResponseEntity<String> answer = call(HttpMethod.DELETE, DELETE);

        assertThat(answer.getStatusCode().value()).isEqualTo(202);
        assertThat(body(answer).path("state").asString()).isEqualTo("RUNNING");
        DIRECTOR.verify(0, deleteRequestedFor(urlPathEqualTo("/task/245")));
    }

    @Test
    void aDeploymentIsDeletedEvenIfItsScriptsFail() {
        DIRECTOR.stubFor(get("/deployments/db").willReturn(recorded("delete-deployment", "deployment-while-deleting")));
        DIRECTOR.stubFor(delete(urlPathEqualTo("/deployments/db")).willReturn(recorded("delete-deployment", "delete")));
        task(200, "delete-deployment", "delete-task-processing", "delete-event");

        ResponseEntity<String> answer = call(HttpMethod.DELETE, DELETE);

        assertThat(answer.getStatusCode().value()).isEqualTo(202);
        assertThat(body(answer).path("id").asLong()).isEqualTo(200);
        DIRECTOR.verify(deleteRequestedFor(urlPathEqualTo("/deployments/db"))
                .withQueryParam("force", equalTo("true"))
                .withHeader("X-Bosh-Context-Id", equalTo("c")));
    }

    @Test
    void whenTheDeploymentIsGoneItsVariablesAreRemoved() {
        DIRECTOR.stubFor(
                get(urlPathEqualTo("/api/v1/data"))
                        .withQueryParam("path", equalTo("/paddock/db"))
                        .willReturn(
                                okJson(
                                        "{\"credentials\": [{\"name\": \"/paddock/db/admin_password\"}, {\"name\": \"/paddock/db/ca\"}]}")));
        DIRECTOR.stubFor(
                delete(urlPathEqualTo("/api/v1/data")).willReturn(aResponse().withStatus(204)));

        ResponseEntity<String> answer = call(HttpMethod.DELETE, DELETE);

        assertThat(answer.getStatusCode().value()).isEqualTo(204);
        DIRECTOR.verify(deleteRequestedFor(urlPathEqualTo("/api/v1/data"))
                .withQueryParam("name", equalTo("/paddock/db/admin_password")));
        DIRECTOR.verify(
                deleteRequestedFor(urlPathEqualTo("/api/v1/data")).withQueryParam("name", equalTo("/paddock/db/ca")));
    }

    @Test
    void aConfigServerThatRefusesKeepsTheDeletionFromEnding() {
        DIRECTOR.stubFor(
                get(urlPathEqualTo("/api/v1/data")).willReturn(aResponse().withStatus(403)));

        ResponseEntity<String> answer = call(HttpMethod.DELETE, DELETE);

        assertThat(answer.getStatusCode().value()).isEqualTo(503);
        assertThat(body(answer).path("operatorMessage").asString()).contains("the config server");
    }
}
