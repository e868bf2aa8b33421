package io.paddock.broker.osb;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.paddock.broker.BrokerTest;
import io.paddock.broker.FakeSpi;
import io.paddock.contracts.deployer.DirectorTask.State;
import java.io.InputStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.http.HttpMethod;
import org.springframework.http.ResponseEntity;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Every rule of the Open Service Broker API for brokers: the table is conformance.yml. */
class ConformanceTest extends BrokerTest {

    private static final String ID = "6a4d1f0e-2f7c-4d9a-9f11-0d1a6c5b7e02";

    private String operation = "";
    private String earlier = "";

    /** What there is before the request. */
    enum Given {
        NOTHING,
        PROVISIONING,
        PROVISIONED,
        PROVISIONED_LARGE,
        CREATE_FAILED,
        UPDATING,
        UPDATED,
        UPDATE_FAILED,
        OUTDATED,
        DELETING,
        DELETED,
        DELETE_FAILED,
        BOUND,
        ROTATED
    }

    /** A line of the table. */
    record Rule(Map<String, Object> row) {

        @Override
        public String toString() {
            return row.get("section") + ": " + row.get("rule");
        }

        Optional<Object> optional(String name) {
            return Optional.ofNullable(row.get(name));
        }

        String text(String name) {
            return String.valueOf(row.get(name));
        }
    }

    static Stream<Rule> rules() {
        return table("rules");
    }

    static Stream<Rule> notApplicable() {
        return table("not-applicable");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rules")
    void rule(Rule rule) {
        given(Given.valueOf(rule.optional("given")
                .orElse("nothing")
                .toString()
                .toUpperCase()
                .replace('-', '_')));

        ResponseEntity<String> answer = send(rule);

        assertThat(
                        rule.row().get("status") instanceof List<?> several
                                ? several
                                : List.of(rule.row().get("status")))
                .as(answer.toString())
                .contains(answer.getStatusCode().value());
        assertThat(answer.getHeaders().getContentType()).as(answer.toString()).hasToString("application/json");
        JsonNode body = body(answer);
        assertThat(body.isObject()).as("an object").isTrue();
        rule.optional("answer").ifPresent(wanted -> assertHas(body, json.valueToTree(wanted), "$"));
        rule.optional("exactly").ifPresent(wanted -> assertThat(body).isEqualTo(json.valueToTree(wanted)));
        rule.optional("absent")
                .ifPresent(names -> assertThat(body.properties())
                        .extracting(Map.Entry::getKey)
                        .doesNotContainAnyElementsOf(
                                ((List<?>) names).stream().map(String::valueOf).toList()));
        rule.optional("header")
                .ifPresent(headers -> ((Map<?, ?>) headers)
                        .forEach((name, value) -> assertText(
                                Objects.toString(answer.getHeaders().getFirst(name.toString()), ""),
                                value.toString(),
                                name.toString())));
        if (body.has("description")) {
            assertThat(body.path("description").asText())
                    .isNotBlank()
                    .doesNotContain("Exception", "org.", "java.", "select ");
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("notApplicable")
    void notApplicable(Rule rule) {
        Assumptions.abort(rule.text("reason"));
    }

    private ResponseEntity<String> send(Rule rule) {
        String[] line = filled(rule.text("send")).split(" ");
        Map<String, String> headers =
                new LinkedHashMap<>(Map.of("X-Broker-API-Version", "2.17", "Content-Type", "application/json"));
        rule.optional("headers")
                .ifPresent(others -> ((Map<?, ?>) others).forEach((name, value) -> {
                    if (value == null) {
                        headers.remove(name.toString());
                    } else {
                        headers.put(name.toString(), value.toString());
                    }
                }));
        Object body = rule.optional("text")
                .or(() -> rule.optional("body")
                        .map(tree -> filled(json.valueToTree(tree).toString())))
                .orElse(null);
        return callAsIs(
                HttpMethod.valueOf(line[0]),
                line[1],
                (String) body,
                headers,
                rule.optional("password").orElse("secret").toString());
    }

    private void assertHas(JsonNode found, JsonNode wanted, String path) {
        if (wanted.isObject()) {
            wanted.properties()
                    .forEach(field ->
                            assertHas(found.path(field.getKey()), field.getValue(), path + "." + field.getKey()));
        } else if (wanted.isArray()) {
            assertThat(found.size()).as(path).isGreaterThanOrEqualTo(wanted.size());
            for (int i = 0; i < wanted.size(); i++) {
                assertHas(found.path(i), wanted.path(i), path + "[" + i + "]");
            }
        } else if (wanted.isTextual()) {
            assertThat(found.isTextual()).as(path + " is a string in " + found).isTrue();
            assertText(found.textValue(), wanted.textValue(), path);
        } else {
            assertThat(found).as(path).isEqualTo(wanted);
        }
    }

    private void assertText(String found, String wanted, String what) {
        if (wanted.equals("*")) {
            assertThat(found).as(what).isNotBlank();
        } else {
            assertThat(found).as(what).isEqualTo(filled(wanted));
        }
    }

    private String filled(String text) {
        return text.replace("{id}", ID)
                .replace("{offering}", offering().substring(1))
                .replace("{service}", FakeSpi.SERVICE)
                .replace("{plan}", FakeSpi.PLAN)
                .replace("{larger}", FakeSpi.LARGER_PLAN)
                .replace("{operation}", operation)
                .replace("{earlier}", earlier);
    }

    private void given(Given given) {
        switch (given) {
            case NOTHING -> {}
            case PROVISIONING -> operation = accepted(provision(ID, Map.of()));
            case PROVISIONED -> {
                given(Given.PROVISIONING);
                ends(State.DONE);
            }
            case PROVISIONED_LARGE -> {
                given(Given.PROVISIONED);
                operation = accepted(update(ID, Map.of("plan_id", FakeSpi.LARGER_PLAN)));
                ends(State.DONE);
            }
            case CREATE_FAILED -> {
                given(Given.PROVISIONING);
                ends(State.FAILED);
            }
            case UPDATING -> {
                given(Given.PROVISIONED);
                earlier = operation;
                operation = accepted(update(ID, Map.of("parameters", Map.of("depth", "3m"))));
            }
            case UPDATED -> {
                given(Given.UPDATING);
                worker.run(ID);
            }
            case UPDATE_FAILED -> {
                given(Given.PROVISIONED);
                operation = accepted(update(ID, Map.of("plan_id", FakeSpi.LARGER_PLAN)));
                ends(State.FAILED);
                ends(State.DONE);
            }
            case OUTDATED -> {
                given(Given.PROVISIONED);
                SPI.release = "2.0.0";
                forgetCatalog();
            }
            case DELETING -> {
                given(Given.PROVISIONED);
                operation = accepted(deprovision(ID));
            }
            case DELETED -> {
                given(Given.DELETING);
                ends(State.DONE);
            }
            case DELETE_FAILED -> {
                given(Given.DELETING);
                worker.run(ID);
                CLOCK.forward(Duration.ofHours(2));
                worker.run(ID);
            }
            case BOUND -> {
                given(Given.PROVISIONED);
                assertThat(bind(ID, "b1").getStatusCode().value()).isEqualTo(201);
            }
            case ROTATED -> {
                given(Given.BOUND);
                assertThat(call(
                                        HttpMethod.PUT,
                                        "/v2/service_instances/" + ID + "/service_bindings/b2",
                                        Map.of("predecessor_binding_id", "b1"))
                                .getStatusCode()
                                .value())
                        .isEqualTo(201);
            }
        }
    }

    /** The director does what the operation wants, and it ends with that. */
    private void ends(State state) {
        worker.run(ID);
        DEPLOYER.end(state);
        worker.run(ID);
    }

    private String accepted(ResponseEntity<String> answer) {
        assertThat(answer.getStatusCode().value()).as(answer.toString()).isEqualTo(202);
        return body(answer).path("operation").asText();
    }

    @SuppressWarnings("unchecked")
    private static Stream<Rule> table(String name) {
        try (InputStream file = ConformanceTest.class.getResourceAsStream("conformance.yml")) {
            Map<String, Object> tables = new Yaml(new SafeConstructor(new LoaderOptions())).load(file);
            return ((List<Map<String, Object>>) tables.get(name)).stream().map(Rule::new);
        } catch (java.io.IOException unreadable) {
            throw new java.io.UncheckedIOException(unreadable);
        }
    }
}
