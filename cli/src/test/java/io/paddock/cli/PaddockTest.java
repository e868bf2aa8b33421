package io.paddock.cli;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.delete;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.equalToJson;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.jsonResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.patch;
import static com.github.tomakehurst.wiremock.client.WireMock.patchRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.put;
import static com.github.tomakehurst.wiremock.client.WireMock.putRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathMatching;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
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
                          "plans": [{"id": "p", "name": "single-small", "description": "small"},
                                    {"id": "l", "name": "single-large", "description": "large"}]}]}
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

        assertThat(run("create-service-key", "db", "mine")).isEqualTo(1);
        assertThat(run("service", "db")).isZero();
        assertThat(output).containsPattern("service keys: +mine");
    }

    @Test
    void showingAKeyMakesNone() {
        create();

        assertThat(run("service-key", "db", "mine")).isEqualTo(1);

        assertThat(output)
                .contains(
                        "Service key 'mine' of service instance 'db' not found", "paddock create-service-key db mine");
        BROKER.verify(0, putRequestedFor(urlPathMatching(".*/service_bindings/.*")));
    }

    @Test
    void aKeyThatExistsIsNotMadeAgainAndOneThatWasCutOffIs() {
        create();
        BROKER.stubFor(
                put(urlPathMatching(".*/service_bindings/.*")).willReturn(jsonResponse("{\"credentials\": {}}", 201)));
        assertThat(run("create-service-key", "db", "mine")).isZero();
        BROKER.stubFor(get(urlPathMatching(".*/service_bindings/.*")).willReturn(okJson("{\"credentials\": {}}")));

        assertThat(run("create-service-key", "db", "mine")).isEqualTo(1);
        assertThat(output).contains("Service key 'mine' already exists").doesNotContain("OK");

        BROKER.stubFor(get(urlPathMatching(".*/service_bindings/.*")).willReturn(jsonResponse("{}", 404)));
        assertThat(run("create-service-key", "db", "mine")).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a/b", "a\nb"})
    void aNameThatNobodyCouldSayIsRefused(String name) {
        create();

        assertThat(run("create-service", "postgresql", "single-small", name)).isEqualTo(1);
        assertThat(output).contains("The name of the service instance");
        assertThat(run("create-service-key", "db", name)).isEqualTo(1);
        assertThat(output).contains("The name of the service key");
        assertThat(run("bind-service", name, "db")).isEqualTo(1);
        assertThat(output).contains("The name of the app");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"a": 1, "b": }       | not JSON (line 1, column 15)
            {"a": 1, "a": 2}      | a name stands twice (line 1, column 13)
            {"a": 1} {"b": 2}     | more follows the JSON object (line 1, column 10)
            {"a": "text           | not JSON (line 1
            """)
    void brokenJsonIsNamedByItsPlace(String text, String words) {
        create();

        assertThat(run("update-service", "db", "-c", text)).isEqualTo(1);

        assertThat(output).contains("Invalid configuration for -c: " + words).doesNotContain("Unexpected", "START_");
    }

    @Test
    void anUpdateSendsThePlanAndOnlyTheNamedParametersAndShowsTheNewPlanWhenItIsDone() {
        create();
        BROKER.stubFor(patch(urlPathMatching("/v2/service_instances/[^/]*"))
                .willReturn(jsonResponse("{\"operation\": \"u\"}", 202)));

        assertThat(run("update-service", "db", "-p", "single-large", "-c", "{\"work_mem\": null}"))
                .isZero();

        assertThat(output).contains("Update in progress");
        BROKER.verify(patchRequestedFor(urlPathMatching("/v2/service_instances/[^/]*"))
                .withRequestBody(equalToJson(
                        "{\"service_id\": \"s\", \"plan_id\": \"l\", \"parameters\": {\"work_mem\": null}}")));
        assertThat(run("services")).isZero();
        assertThat(output).containsPattern("db +postgresql +single-large +update succeeded");
    }

    @Test
    void aSecondUpdateDoesNotForgetWhatTheFirstLedTo() {
        create();
        BROKER.stubFor(patch(urlPathMatching("/v2/service_instances/[^/]*"))
                .willReturn(jsonResponse("{\"operation\": \"u\"}", 202)));
        run("update-service", "db", "-p", "single-large");
        run("update-service", "db", "-c", "{\"work_mem\": \"8MB\"}");

        run("services");

        assertThat(output).containsPattern("db +postgresql +single-large +update succeeded");
    }

    @Test
    void anUpdateThatWasDoneAlreadyIsRemembered() {
        create();
        BROKER.stubFor(patch(urlPathMatching("/v2/service_instances/[^/]*")).willReturn(okJson("{}")));

        run("update-service", "db", "-p", "single-large");

        run("services");
        assertThat(output).containsPattern("db +postgresql +single-large +create succeeded");
    }

    @Test
    void waitingGoesOnWhileTheBrokerIsAwayForAMoment() {
        create();
        BROKER.stubFor(patch(urlPathMatching("/v2/service_instances/[^/]*"))
                .willReturn(jsonResponse("{\"operation\": \"u\"}", 202)));
        BROKER.stubFor(get(urlPathMatching(".*/last_operation"))
                .inScenario("away")
                .whenScenarioStateIs(Scenario.STARTED)
                .willSetStateTo("back")
                .willReturn(aResponse().withStatus(503)));
        BROKER.stubFor(get(urlPathMatching(".*/last_operation"))
                .inScenario("away")
                .whenScenarioStateIs("back")
                .willReturn(okJson("{\"state\": \"succeeded\"}")));

        assertThat(run("update-service", "db", "-c", "{\"work_mem\": \"8MB\"}", "--wait"))
                .isZero();
        assertThat(output).contains("asking again", "OK");
    }

    @Test
    void namesOfAnEarlierVersionAreRead() throws Exception {
        Files.createDirectories(home.resolve("cli"));
        Files.writeString(home.resolve("cli/names.json"), """
                {"services": {"old": {"id": "i", "serviceId": "s", "planId": "p", "offering": "postgresql", "plan": "single-small",
                  "operation": "o", "lastType": "create", "bindings": {}}}}
                """);
        BROKER.stubFor(get(urlPathMatching(".*/last_operation")).willReturn(okJson("{\"state\": \"succeeded\"}")));

        assertThat(run("services")).isZero();
        assertThat(output).containsPattern("old +postgresql +single-small +create succeeded");
    }

    @Test
    void aFailedUpdateFailsTheCommandAndThePlanStays() {
        create();
        BROKER.stubFor(patch(urlPathMatching("/v2/service_instances/[^/]*"))
                .willReturn(jsonResponse("{\"operation\": \"u\"}", 202)));
        BROKER.stubFor(get(urlPathMatching(".*/last_operation"))
                .withQueryParam("operation", equalTo("u"))
                .willReturn(okJson("{\"state\": \"failed\", \"description\": \"taken back\"}")));

        assertThat(run("update-service", "db", "-p", "single-large", "--wait")).isEqualTo(1);
        assertThat(output).contains("FAILED", "taken back");
        run("services");
        assertThat(output).containsPattern("db +postgresql +single-small +update failed");
    }

    @Test
    void anUpdateToWhatTheServiceIsAndOneWithoutFlagsSaySo() {
        create();
        BROKER.stubFor(patch(urlPathMatching("/v2/service_instances/[^/]*")).willReturn(okJson("{}")));

        assertThat(run("update-service", "db", "-c", "{}")).isZero();
        assertThat(output).contains("Nothing to do");
        assertThat(run("update-service", "db")).isZero();
        assertThat(output).contains("No flags specified");
        assertThat(run("update-service", "db", "-p", "huge")).isEqualTo(1);
        assertThat(output).contains("Service plan 'huge' not found");
        assertThat(run("services")).isZero();
        assertThat(output).contains("create succeeded");
    }

    @Test
    void aRefusedUpdateShowsTheReason() {
        create();
        BROKER.stubFor(patch(urlPathMatching("/v2/service_instances/[^/]*"))
                .willReturn(jsonResponse("{\"description\": \"a disk never shrinks\"}", 422)));

        assertThat(run("update-service", "db", "-p", "single-large")).isEqualTo(1);
        assertThat(output).contains("FAILED", "a disk never shrinks");
    }

    @Test
    void programsReadJson() throws Exception {
        create();
        BROKER.stubFor(get(urlPathMatching("/v2/service_instances/[^/]*"))
                .willReturn(okJson("{\"plan_id\": \"p\", \"parameters\": {\"work_mem\": \"8MB\"}}")));
        BROKER.stubFor(put(urlPathMatching(".*/service_bindings/.*"))
                .willReturn(jsonResponse("{\"credentials\": {\"uri\": \"postgresql://x\"}}", 201)));
        ObjectMapper json = new ObjectMapper();

        run("bind-service", "my-app", "db", "--json");
        assertThat(json.readTree(output)
                        .at("/VCAP_SERVICES/postgresql/0/credentials/uri")
                        .asText())
                .isEqualTo("postgresql://x");
        run("services", "--json");
        assertThat(json.readTree(output).at("/0/last_operation/state").asText()).isEqualTo("succeeded");
        assertThat(json.readTree(output).at("/0/bound_apps/0").asText()).isEqualTo("my-app");
        run("service", "db", "--json");
        assertThat(json.readTree(output).at("/parameters/work_mem").asText()).isEqualTo("8MB");
        run("marketplace", "--json");
        assertThat(json.readTree(output).at("/0/plans/0/name").asText()).isEqualTo("single-small");
        run("unbind-service", "my-app", "db");
        BROKER.stubFor(delete(urlPathMatching(".*/service_bindings/.*")).willReturn(okJson("{}")));
        assertThat(run("unbind-service", "my-app", "db")).isZero();
        assertThat(run("services", "--json")).isZero();
        assertThat(json.readTree(output).at("/0/bound_apps").size()).isZero();
    }

    @Test
    void onATerminalTheProgressIsOneLineThatFitsAndElsewhereALineForEachChange() {
        StringWriter terminal = new StringWriter();
        ProgressLine line = new ProgressLine(new PrintWriter(terminal), 20);
        line.show("a description that is longer than the terminal is wide");
        line.show("short");
        line.end("done");
        assertThat(terminal.toString().split("\r\033\\[K"))
                .containsExactly("", "  0 s  a descriptio", "  0 s  short", "  done" + System.lineSeparator());

        StringWriter pipe = new StringWriter();
        ProgressLine plain = new ProgressLine(new PrintWriter(pipe), 0);
        plain.show("one");
        plain.show("one");
        plain.show("two");
        plain.end("two");
        assertThat(pipe.toString().lines()).containsExactly("  one", "  two");
    }

    @Test
    void bashCompletesCommandsAndOptions() throws Exception {
        assertThat(run("completion")).isZero();
        Path script = Files.writeString(home.resolve("completion"), output);
        Process bash = new ProcessBuilder(
                        "bash",
                        "-c",
                        "compopt() { :; }; source " + script + "; COMP_WORDS=(paddock update-service --); COMP_CWORD=2;"
                                + " _complete_paddock; echo \"${COMPREPLY[*]}\";"
                                + " COMP_WORDS=(./paddock up); COMP_CWORD=1; _complete_paddock; echo \"${COMPREPLY[*]}\"")
                .redirectErrorStream(true)
                .start();
        String completed = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(completed.lines().toList().get(0)).contains("--wait", "--help");
        assertThat(completed.lines().toList().get(1)).contains("up", "update-service");
    }

    private void create() {
        BROKER.stubFor(put(urlPathMatching("/v2/service_instances/[^/]*"))
                .willReturn(jsonResponse("{\"operation\": \"o\"}", 202)));
        BROKER.stubFor(get(urlPathMatching(".*/last_operation")).willReturn(okJson("{\"state\": \"succeeded\"}")));
        assertThat(run("create-service", "postgresql", "single-small", "db")).isZero();
    }

    @Test
    void everyCommandHasHelpWithAnExample() {
        for (String command : Paddock.commandLine(
                        Map.of("BROKER_URL", "u", "BROKER_USERNAME", "u", "BROKER_PASSWORD", "p"))
                .getSubcommands()
                .keySet()) {
            assertThat(run(command, "--help")).as(command).isZero();
            assertThat(output).as(command).contains("Example");
        }
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
