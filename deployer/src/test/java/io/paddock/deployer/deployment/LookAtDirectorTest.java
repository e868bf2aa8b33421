package io.paddock.deployer.deployment;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.deployer.DirectorStandIn;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpMethod;
import org.springframework.http.ResponseEntity;
import tools.jackson.databind.JsonNode;

class LookAtDirectorTest extends DirectorStandIn {

    @Test
    void aDirectorTellsItsVersionAndHowMuchItHasToDo() {
        DIRECTOR.stubFor(get(urlPathEqualTo("/tasks"))
                .willReturn(okJson("[{\"id\": 7, \"state\": \"processing\"}, {\"id\": 8, \"state\": \"queued\"}]")));
        DIRECTOR.stubFor(get(urlPathEqualTo("/api/v1/data")).willReturn(okJson("{\"credentials\": []}")));

        JsonNode director = body(call(HttpMethod.GET, "/v1/director"));

        JsonNode recorded = json.readTree(recordedBody("deploy-one-instance", "info"));
        assertThat(director.path("version").asString())
                .isNotEmpty()
                .isEqualTo(recorded.path("version").asString());
        assertThat(director.path("tasks").asInt()).isEqualTo(2);
    }

    @Test
    void aDirectorThatKnowsTheClientNoMoreIsUnavailable() {
        DIRECTOR.stubFor(get(urlPathEqualTo("/tasks"))
                .willReturn(aResponse().withStatus(401).withBody("Not authorized: '/tasks'\n")));

        assertAway("the director refuses the deployer's client");
    }

    @Test
    void aConfigServerThatIsAwayIsSaid() {
        DIRECTOR.stubFor(
                get(urlPathEqualTo("/api/v1/data")).willReturn(aResponse().withStatus(502)));

        assertAway("the config server answered 502");
    }

    private void assertAway(String reason) {
        ResponseEntity<String> answer = call(HttpMethod.GET, "/v1/director");
        assertThat(answer.getStatusCode().value()).isEqualTo(503);
        assertThat(body(answer).path("operatorMessage").asString()).contains(reason);
    }
}
