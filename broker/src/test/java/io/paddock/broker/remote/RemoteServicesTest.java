package io.paddock.broker.remote;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import io.paddock.broker.remote.RemoteException.Kind;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.web.client.RestClient;

/** Everything that a peer can do wrong becomes one exception with a kind. */
class RemoteServicesTest {

    @RegisterExtension
    static final WireMockExtension PEER =
            WireMockExtension.newInstance().options(options().dynamicPort()).build();

    private Interactive remote;

    @BeforeEach
    void clients() {
        remote = clients(PEER.baseUrl(), Duration.ofSeconds(20));
    }

    @Test
    void aGoodAnswerIsReadAndTheCallerSaysWhoItIs() {
        PEER.stubFor(get(urlPathEqualTo("/v1/tasks/7"))
                .withBasicAuth("broker", "secret")
                .willReturn(okJson("{\"id\": 7, \"state\": \"DONE\", \"progress\": \"done\"}")));

        assertThat(remote.deployer().task(7).id()).isEqualTo(7);
    }

    /** Which is what a router says while no instance of the service runs. */
    @ParameterizedTest
    @ValueSource(strings = {"text/plain; charset=utf-8", "application/json", "nonsense"})
    void whatIsNotFoundWithoutAnybodySayingSoMayBeThere(String type) {
        PEER.stubFor(get(urlPathEqualTo("/v1/tasks/7"))
                .willReturn(aResponse()
                        .withStatus(404)
                        .withHeader("Content-Type", type)
                        .withHeader("X-Cf-RouterError", "unknown_route")
                        .withBody("404 Not Found: Requested route does not exist.")));

        assertThat(failure().kind()).isEqualTo(Kind.UNAVAILABLE);
    }

    @Test
    void whatIsNotFoundMayBeSaidInFewWords() {
        PEER.stubFor(get(urlPathEqualTo("/v1/tasks/7"))
                .willReturn(aResponse()
                        .withStatus(404)
                        .withHeader("Content-Type", "application/problem+json")
                        .withBody("{\"status\": 404}")));

        assertThat(failure().kind()).isEqualTo(Kind.NOT_FOUND);
    }

    @ParameterizedTest
    @CsvSource({
        "400, INVALID", "401, UNAVAILABLE", "403, UNAVAILABLE", "404, NOT_FOUND", "409, BUSY", "410, LEASE_EXPIRED",
        "412, REFUSED", "422, REFUSED", "429, UNAVAILABLE", "500, FAILED", "502, UNAVAILABLE", "503, UNAVAILABLE"
    })
    void aStatusHasItsKindAndAProblemItsTexts(int status, Kind kind) {
        PEER.stubFor(get(urlPathEqualTo("/v1/tasks/7"))
                .willReturn(aResponse()
                        .withStatus(status)
                        .withHeader("Content-Type", "application/problem+json")
                        .withBody("{\"detail\": \"for the user\", \"operatorMessage\": \"for the operator\"}")));

        RemoteException failure = failure();
        assertThat(failure.kind()).isEqualTo(kind);
        assertThat(failure.detail()).isEqualTo("for the user");
        assertThat(failure.getMessage()).contains("the deployer answered " + status, "for the operator");
    }

    @Test
    void anErrorPageIsNotShownToTheUser() {
        answer(aResponse().withStatus(502).withBody("<html>nginx stack trace</html>"));

        assertThat(failure().detail()).doesNotContain("html");
    }

    @Test
    void anAnswerThatBreaksOffIsUnavailable() {
        answer(aResponse().withStatus(200).withFault(Fault.MALFORMED_RESPONSE_CHUNK));

        assertThat(failure().kind()).isEqualTo(Kind.UNAVAILABLE);
    }

    @Test
    void garbageIsUnavailable() {
        answer(okJson("{\"id\": "));

        assertThat(failure().kind()).isEqualTo(Kind.UNAVAILABLE);
    }

    @Test
    void aPeerThatDoesNotAnswerInTimeIsUnavailable() {
        remote = clients(PEER.baseUrl(), Duration.ofMillis(500));
        answer(okJson("{}").withFixedDelay(2_000));

        assertThat(failure().kind()).isEqualTo(Kind.UNAVAILABLE);
    }

    @Test
    void aPeerThatIsNotThereIsUnavailable() {
        remote = clients("http://127.0.0.1:1", Duration.ofSeconds(20));

        RemoteException failure = failure();
        assertThat(failure.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(failure.getMessage()).contains("the deployer can't be reached");
    }

    private RemoteException failure() {
        RemoteException[] caught = new RemoteException[1];
        assertThatThrownBy(() -> remote.deployer().task(7))
                .isInstanceOfSatisfying(RemoteException.class, failure -> caught[0] = failure);
        return caught[0];
    }

    private static void answer(ResponseDefinitionBuilder answer) {
        PEER.stubFor(get(urlPathEqualTo("/v1/tasks/7")).willReturn(answer));
    }

    private static Interactive clients(String url, Duration patience) {
        RemoteProperties.Peer peer = new RemoteProperties.Peer(URI.create(url), "broker", "secret");
        RemoteProperties properties = new RemoteProperties(peer, peer, patience, patience, patience);
        return new RemoteServices(properties, RestClient.builder(), new ObjectMapper()).interactive();
    }
}
