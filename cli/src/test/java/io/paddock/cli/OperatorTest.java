package io.paddock.cli;

import static com.github.tomakehurst.wiremock.client.WireMock.deleteRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.jsonResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.client.BasicCredentials;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** What an operator's commands send, print and exit with. */
class OperatorTest {

    @RegisterExtension
    static final WireMockExtension BROKER =
            WireMockExtension.newInstance().options(options().dynamicPort()).build();

    private String output = "";

    @Test
    void operationsAreATable() {
        BROKER.stubFor(get(urlEqualTo("/operator/v1/operations?state=failed&limit=100"))
                .withBasicAuth("op", "secret")
                .willReturn(
                        okJson("[{\"id\":\"o1\",\"instanceId\":\"i1\",\"type\":\"CREATE\",\"state\":\"FAILED\"}]")));

        assertThat(run("operator", "operations", "--state", "failed")).isZero();
        assertThat(output.lines().toList().get(0)).startsWith("id   instanceId   type");
        assertThat(output).contains("o1   i1           CREATE   FAILED");
    }

    @Test
    void nothingIsSaidToBeNone() {
        BROKER.stubFor(get(urlEqualTo("/operator/v1/instances?limit=100")).willReturn(okJson("[]")));

        assertThat(run("operator", "instances")).isZero();
        assertThat(output).isEqualToIgnoringNewLines("None.");
    }

    @Test
    void aListThatIsFullSaysSo() {
        BROKER.stubFor(get(urlEqualTo("/operator/v1/audit?before=7&limit=1"))
                .willReturn(okJson("[{\"id\":6,\"method\":\"PUT\"}]")));

        assertThat(run("operator", "audit", "--before", "7", "--limit", "1")).isZero();
        assertThat(output).contains("There may be more");
        assertThat(run("operator", "audit", "--before", "7", "--limit", "1", "--json"))
                .isZero();
        assertThat(output).doesNotContain("There may be more");
    }

    @Test
    void anIdMayHoldATilde() {
        BROKER.stubFor(get(urlEqualTo("/operator/v1/instances/a~b"))
                .willReturn(okJson("{\"bindings\":[{\"id\":\"k1\",\"made\":true}]}")));

        assertThat(run("operator", "bindings", "a~b")).isZero();
        assertThat(output).containsPattern("k1 .*true");
    }

    @Test
    void whatIsChangedIsSaidAndTheReasonIsSent() {
        BROKER.stubFor(WireMock.delete(urlEqualTo("/operator/v1/instances/i1"))
                .willReturn(okJson("{\"message\":\"forgotten\",\"operation\":null}")));

        assertThat(run("operator", "purge", "i1", "--reason", "ticket 7")).isZero();
        assertThat(output).isEqualToIgnoringNewLines("OK: forgotten");
        BROKER.verify(deleteRequestedFor(urlEqualTo("/operator/v1/instances/i1"))
                .withBasicAuth(new BasicCredentials("op", "secret"))
                .withHeader("X-Paddock-Reason", equalTo("ticket 7"))
                .withHeader(
                        "X-Broker-API-Originating-Identity",
                        equalTo("paddock "
                                + Base64.getEncoder()
                                        .encodeToString(("{\"user\":\"" + System.getProperty("user.name") + "\"}")
                                                .getBytes(StandardCharsets.UTF_8)))));
    }

    @Test
    void aBindingIsForgotten() {
        BROKER.stubFor(WireMock.delete(urlEqualTo("/operator/v1/bindings/b1"))
                .willReturn(okJson("{\"message\":\"forgotten\",\"operation\":null}")));

        assertThat(run("operator", "forget-binding", "b1")).isZero();
        assertThat(output).isEqualToIgnoringNewLines("OK: forgotten");
    }

    @Test
    void aRefusalIsPrintedAndTheCommandFails() {
        BROKER.stubFor(post(urlEqualTo("/operator/v1/operations/o1/cancel"))
                .willReturn(jsonResponse("{\"description\":\"That can't be done: the operation has ended\"}", 409)));

        assertThat(run("operator", "cancel", "o1")).isEqualTo(1);
        assertThat(output).contains("FAILED", "the operation has ended");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0 | {\"clean\":true,\"orphanDeployments\":[],\"unchecked\":[]}",
                "3 | {\"clean\":false,\"orphanDeployments\":[\"d\"],\"unchecked\":[\"i\"]}",
                "4 | {\"clean\":false,\"orphanDeployments\":[],\"unchecked\":[\"i: away\"]}"
            })
    void aComparisonExitsWithWhatItFound(int exitCode, String report) {
        BROKER.stubFor(post(urlEqualTo("/operator/v1/reconciliation")).willReturn(okJson(report)));

        assertThat(run("operator", "reconcile")).isEqualTo(exitCode);
        assertThat(run("operator", "reconcile", "--json")).isEqualTo(exitCode);
    }

    @Test
    void aComparisonThatCouldNotBeMadeFails() {
        BROKER.stubFor(post(urlEqualTo("/operator/v1/reconciliation"))
                .willReturn(jsonResponse("{\"description\":\"A part of the platform does not answer now\"}", 503)));

        assertThat(run("operator", "reconcile")).isEqualTo(1);
        BROKER.verify(postRequestedFor(urlEqualTo("/operator/v1/reconciliation")));
    }

    @ParameterizedTest
    @CsvSource({"200, UP, 0", "503, DOWN, 3"})
    void whatDoesNotAnswerIsNamed(int status, String state, int exitCode) {
        BROKER.stubFor(get(urlEqualTo("/actuator/health"))
                .willReturn(jsonResponse(
                        "{\"status\":\"" + state + "\",\"components\":{\"director\":{\"status\":\"" + state
                                + "\",\"details\":{\"tasks\":3}}}}",
                        status)));

        assertThat(run("operator", "health")).isEqualTo(exitCode);
        assertThat(output).containsPattern("director +" + state + " +tasks: 3");
        assertThat(run("operator", "health", "--json")).isEqualTo(exitCode);
    }

    @Test
    void withoutCredentialsItSaysWhichAreMissing() {
        assertThat(execute(
                        Map.of("BROKER_URL", BROKER.baseUrl(), "BROKER_USERNAME", "u", "BROKER_PASSWORD", "p"),
                        "operator",
                        "instances"))
                .isEqualTo(1);
        assertThat(output).contains("OPERATOR_USERNAME is not set");
    }

    private int run(String... arguments) {
        return execute(
                Map.of(
                        "BROKER_URL", BROKER.baseUrl(),
                        "BROKER_USERNAME", "u",
                        "BROKER_PASSWORD", "p",
                        "OPERATOR_USERNAME", "op",
                        "OPERATOR_PASSWORD", "secret"),
                arguments);
    }

    private int execute(Map<String, String> environment, String... arguments) {
        StringWriter text = new StringWriter();
        CommandLine command = Paddock.commandLine(environment);
        command.setOut(new PrintWriter(text)).setErr(new PrintWriter(text));
        int exitCode = command.execute(arguments);
        output = text.toString();
        return exitCode;
    }
}
