package io.paddock.deployer.director;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.client.BasicCredentials;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import io.paddock.contracts.service.ProblemException;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.web.client.RestClient;
import tools.jackson.databind.json.JsonMapper;

@Tag("security")
@Tag("verify")
class UaaTest {

    @RegisterExtension
    static final WireMockExtension DIRECTOR =
            WireMockExtension.newInstance().options(options().dynamicPort()).build();

    private DirectorClient client;

    @BeforeEach
    void directorWithUaa() {
        String url = "http://localhost:" + DIRECTOR.getPort();
        DIRECTOR.stubFor(get("/info")
                .willReturn(okJson("{\"user_authentication\": {\"type\": \"uaa\", \"options\": {\"url\": \"" + url
                        + "/uaa\"}}}")));
        DirectorProperties properties = new DirectorProperties(
                URI.create(url), "team", "secret", null, null, Duration.ofSeconds(10), Duration.ofSeconds(10));
        client = new DirectorClient(new DirectorHttp(properties, RestClient.builder()), new JsonMapper());
    }

    @Test
    void aTokenIsUsedUntilTheDirectorRefusesItAndThenRenewedOnce() {
        token("first", Scenario.STARTED, "second");
        token("second", "second", "third");
        DIRECTOR.stubFor(get("/tasks/7").atPriority(9).willReturn(aResponse().withStatus(401)));
        DIRECTOR.stubFor(get("/tasks/7")
                .withHeader("Authorization", equalTo("bearer second"))
                .willReturn(okJson("{\"id\": 7, \"state\": \"done\"}")));

        assertThat(client.task(7)).isPresent();
        assertThat(client.task(7)).isPresent();

        DIRECTOR.verify(
                2,
                postRequestedFor(urlEqualTo("/uaa/oauth/token")).withBasicAuth(new BasicCredentials("team", "secret")));
    }

    @Test
    void aClientThatMayTooLittleIsNotRenewedForEver() {
        token("first", Scenario.STARTED, Scenario.STARTED);
        DIRECTOR.stubFor(get("/tasks/7")
                .willReturn(aResponse()
                        .withStatus(401)
                        .withBody("{\"code\":600000,\"description\":\"Require one of the scopes: bosh.admin\"}")));

        assertThatThrownBy(() -> client.task(7))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("Require one of the scopes")
                .hasMessageNotContaining("secret");

        DIRECTOR.verify(2, postRequestedFor(urlEqualTo("/uaa/oauth/token")));
    }

    @Test
    void aUaaThatIsAwayIsUnavailable() {
        DIRECTOR.stubFor(
                post(urlPathEqualTo("/uaa/oauth/token")).willReturn(aResponse().withStatus(503)));

        assertThatThrownBy(() -> client.task(7))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        failure -> assertThat(failure.status().value()).isEqualTo(503));
    }

    private static void token(String token, String state, String next) {
        DIRECTOR.stubFor(post(urlPathEqualTo("/uaa/oauth/token"))
                .inScenario("tokens")
                .whenScenarioStateIs(state)
                .willSetStateTo(next)
                .willReturn(okJson(
                        "{\"access_token\": \"" + token + "\", \"token_type\": \"bearer\", \"expires_in\": 599}")));
    }
}
