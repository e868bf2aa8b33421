package io.paddock.cli;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.jsonResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.put;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathMatching;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What the command line says and exits with when things go wrong; the acceptance tests have the ways that go well. */
class PaddockTest {

    @RegisterExtension
    static final WireMockExtension BROKER =
            WireMockExtension.newInstance().options(options().dynamicPort()).build();

    @TempDir
    private Path home;

    private String output = "";

    @BeforeEach
    void catalog() {
        BROKER.stubFor(get("/v2/catalog").willReturn(okJson("""
                        {"services": [{"id": "s", "name": "postgresql", "description": "d",
                          "plans": [{"id": "p", "name": "single-small", "description": "small"}]}]}
                        """)));
    }

    @Test
    void withoutABrokerItSaysWhatToDo() {
        assertThatThrownBy(() -> Paddock.commandLine(Map.of()))
                .isInstanceOf(CliException.class)
                .hasMessageContaining("BROKER_URL is not set")
                .hasMessageContaining("./paddock up");
    }

    @Test
    void aBrokerThatIsAwayFailsTheCommand() {
        BROKER.stubFor(get("/v2/catalog").willReturn(aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER)));

        assertThat(run("marketplace")).isEqualTo(1);
        assertThat(output).contains("FAILED", "does not answer").doesNotContain("Exception");
    }

    @Test
    void wrongCredentialsFailTheCommand() {
        BROKER.stubFor(get("/v2/catalog").willReturn(aResponse().withStatus(401)));

        assertThat(run("marketplace")).isEqualTo(1);
        assertThat(output).contains("refuses BROKER_USERNAME and BROKER_PASSWORD");
    }

    @Test
    void unknownOfferingsAndPlansAreNamed() {
        assertThat(run("create-service", "redis", "small", "db")).isEqualTo(1);
        assertThat(output).contains("Service offering 'redis' not found");
        assertThat(run("create-service", "postgresql", "huge", "db")).isEqualTo(1);
        assertThat(output).contains("Service plan 'huge' not found");
    }

    @Test
    void parametersThatAreNoJsonObjectAreRefusedBeforeTheBrokerIsAsked() {
        assertThat(run("create-service", "postgresql", "single-small", "db", "-c", "{"))
                .isEqualTo(1);
        assertThat(output).contains("Invalid configuration for -c");
        assertThat(run("create-service", "postgresql", "single-small", "db", "-c", "/no/such/file"))
                .isEqualTo(1);
        assertThat(output).contains("neither a JSON object nor a file");
    }

    @Test
    void aRefusedCreateIsForgotten() {
        BROKER.stubFor(put(urlPathMatching("/v2/service_instances/.*"))
                .willReturn(jsonResponse("{\"description\": \"there are no crocodiles\"}", 400)));

        assertThat(run("create-service", "postgresql", "single-small", "db")).isEqualTo(1);
        assertThat(output).contains("there are no crocodiles");
        assertThat(run("services")).isZero();
        assertThat(output).contains("No service instances found");
    }

    @Test
    void aCreateWhoseAnswerNeverCameCanStillBeSeenAndDeleted() {
        BROKER.stubFor(put(urlPathMatching("/v2/service_instances/.*"))
                .willReturn(aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER)));
        BROKER.stubFor(get(urlPathMatching(".*/last_operation"))
                .willReturn(okJson("{\"state\": \"in progress\", \"description\": \"digging\"}")));

        assertThat(run("create-service", "postgresql", "single-small", "db")).isEqualTo(1);
        assertThat(run("services")).isZero();
        assertThat(output).contains("db").contains("create in progress");
    }

    @Test
    void aCreateThatFailsWhileItIsAwaitedFailsTheCommandWithTheReason() {
        BROKER.stubFor(put(urlPathMatching("/v2/service_instances/.*"))
                .willReturn(jsonResponse("{\"operation\": \"o\"}", 202)));
        BROKER.stubFor(get(urlPathMatching(".*/last_operation"))
                .inScenario("create")
                .whenScenarioStateIs(Scenario.STARTED)
                .willSetStateTo("failed")
                .willReturn(okJson("{\"state\": \"in progress\", \"description\": \"creating machine 1 of 1\"}")));
        BROKER.stubFor(get(urlPathMatching(".*/last_operation"))
                .inScenario("create")
                .whenScenarioStateIs("failed")
                .willReturn(okJson("{\"state\": \"failed\", \"description\": \"it rained\"}")));

        assertThat(run("create-service", "postgresql", "single-small", "db", "--wait"))
                .isEqualTo(1);
        assertThat(output).contains("creating machine 1 of 1", "FAILED", "it rained");
    }

    @Test
    void aKeyThatIsStillBeingMadeIsNotForgotten() {
        BROKER.stubFor(put(urlPathMatching("/v2/service_instances/[^/]*"))
                .willReturn(jsonResponse("{\"operation\": \"o\"}", 202)));
        BROKER.stubFor(put(urlPathMatching(".*/service_bindings/.*"))
                .willReturn(jsonResponse("{\"error\": \"ConcurrencyError\", \"description\": \"try again\"}", 422)));
        BROKER.stubFor(get(urlPathMatching(".*/last_operation")).willReturn(okJson("{\"state\": \"succeeded\"}")));
        run("create-service", "postgresql", "single-small", "db");

        assertThat(run("service-key", "db", "mine")).isEqualTo(1);
        assertThat(run("service", "db")).isZero();
        assertThat(output).containsPattern("service keys: +mine");
    }

    @Test
    void whatIsNotUnderstoodHasAnExitCodeOfItsOwn() {
        assertThat(run("create-service", "postgresql")).isEqualTo(2);
        assertThat(run("marketplace", "--loud")).isEqualTo(2);
        assertThat(run()).isEqualTo(2);
    }

    @Test
    void helpShowsExamples() {
        assertThat(run("create-service", "--help")).isZero();
        assertThat(output).contains("Examples:", "paddock create-service postgresql single-small db --wait");
    }

    @Test
    void aServiceThatDoesNotExistIsNamed() {
        assertThat(run("service", "nope")).isEqualTo(1);
        assertThat(output).contains("Service instance 'nope' not found");
        BROKER.verify(
                0, com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor(urlPathEqualTo("/v2/catalog")));
    }

    private int run(String... arguments) {
        StringWriter text = new StringWriter();
        CommandLine command = Paddock.commandLine(Map.of(
                "BROKER_URL",
                BROKER.baseUrl(),
                "BROKER_USERNAME",
                "u",
                "BROKER_PASSWORD",
                "p",
                "PADDOCK_HOME",
                home.toString()));
        command.setOut(new PrintWriter(text)).setErr(new PrintWriter(text));
        int exit = command.execute(arguments);
        output = text.toString();
        return exit;
    }
}
