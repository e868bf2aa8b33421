package io.paddock.broker.osb;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.paddock.broker.BrokerTest;
import io.paddock.broker.FakeSpi;
import io.paddock.broker.remote.RemoteException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.http.HttpMethod;
import org.springframework.http.ResponseEntity;
import org.springframework.transaction.support.TransactionTemplate;

/** The Open Service Broker API as JSON on the wire. */
@ExtendWith(OutputCaptureExtension.class)
class OsbWireTest extends BrokerTest {

    private static final String ID = "6a4d1f0e-2f7c-4d9a-9f11-0d1a6c5b7e02";

    @Autowired
    private TransactionTemplate transaction;

    @Test
    void theCatalogHasTheSpecificationsFieldNames() {
        JsonNode service =
                body(call(HttpMethod.GET, "/v2/catalog", null)).path("services").path(0);

        assertThat(service.path("name").asText()).isEqualTo("ducks");
        assertThat(service.path("instances_retrievable").asBoolean()).isTrue();
        assertThat(service.path("bindings_retrievable").asBoolean()).isTrue();
        JsonNode plan = service.path("plans").path(0);
        assertThat(plan.path("schemas")
                        .path("service_instance")
                        .path("create")
                        .path("parameters")
                        .path("$schema")
                        .asText())
                .contains("draft-04");
    }

    @Test
    void aProvisionIsAcceptedWithItsOperation() {
        ResponseEntity<String> answer = provision(ID, Map.of());

        assertThat(answer.getStatusCode().value()).isEqualTo(202);
        assertThat(body(answer).path("operation").asText()).hasSize(36);
        assertThat(lastOperation(ID).path("state").asText()).isEqualTo("in progress");
    }

    @Test
    void aRepeatedProvisionIsTheSameOperationAndLaterNothingToDo() {
        String first = body(provision(ID, Map.of())).path("operation").asText();
        ResponseEntity<String> second = provision(ID, Map.of());
        assertThat(second.getStatusCode().value()).isEqualTo(202);
        assertThat(body(second).path("operation").asText()).isEqualTo(first);

        String ready = readyInstance();
        assertThat(provision(ready, Map.of()).getStatusCode().value()).isEqualTo(200);
    }

    @Test
    void anotherProvisionUnderTheSameIdIsAConflict() {
        String ready = readyInstance();

        assertThat(provision(ready, Map.of("depth", "3m")).getStatusCode().value())
                .isEqualTo(409);
    }

    @Test
    void aSynchronousProvisionIsRefused() {
        ResponseEntity<String> answer = call(HttpMethod.PUT, "/v2/service_instances/" + ID, provisionBody(Map.of()));

        assertThat(answer.getStatusCode().value()).isEqualTo(422);
        assertThat(body(answer).path("error").asText()).isEqualTo("AsyncRequired");
    }

    static Stream<Arguments> badProvisions() {
        return Stream.of(
                Arguments.of("unknown plan", "plan_id", "nope", "no such service offering or plan"),
                Arguments.of("unknown service", "service_id", "nope", "no such service offering or plan"),
                Arguments.of("refused parameter", "parameters", Map.of("crocodiles", 2), "there are no crocodiles"),
                Arguments.of("parameters that are no object", "parameters", "deep", "not the JSON"),
                Arguments.of("no organization", "organization_guid", "", "organization_guid"),
                Arguments.of("no space", "space_guid", null, "space_guid"),
                Arguments.of("a NUL in the organization", "organization_guid", "a\u0000b", "organization_guid"),
                Arguments.of("no plan", "plan_id", null, ""));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badProvisions")
    void badInputGetsAClear400AndChangesNothing(
            String what, String field, @org.jspecify.annotations.Nullable Object value, String description) {
        Map<String, Object> body = new HashMap<>(provisionBody(Map.of()));
        body.put(field, value);

        ResponseEntity<String> answer =
                call(HttpMethod.PUT, "/v2/service_instances/" + ID + "?accepts_incomplete=true", body);

        assertThat(answer.getStatusCode().value()).isEqualTo(400);
        assertThat(body(answer).path("description").asText())
                .contains(description)
                .doesNotContain("Exception");
        assertThat(database.queryForObject("select count(*) from service_instance", Integer.class))
                .isZero();
        assertThat(database.queryForObject("select count(*) from operation", Integer.class))
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "", "[]", "\"text\"", "{\"service_id\": }", "null"})
    void brokenJsonGetsAClear400(String text) {
        ResponseEntity<String> answer =
                call(HttpMethod.PUT, "/v2/service_instances/" + ID + "?accepts_incomplete=true", text);

        assertThat(answer.getStatusCode().value()).isEqualTo(400);
        assertThat(body(answer).path("description").asText()).isNotEmpty().doesNotContain("jackson", "Exception");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a%00b", "%2e%2e", "a%20b", "a%0ab", "-x", "ä"})
    void hostileIdsGetA4xx(String id) {
        String encoded = id.equals("ä") ? "%C3%A4" : id;

        assertThat(provision(encoded, Map.of()).getStatusCode().value()).isBetween(400, 499);
        assertThat(database.queryForObject("select count(*) from service_instance", Integer.class))
                .isZero();
    }

    @Test
    void theVersionHeaderIsChecked() {
        assertThat(catalogStatus(Map.of())).isEqualTo(400);
        assertThat(catalogStatus(Map.of("X-Broker-API-Version", "2.13"))).isEqualTo(200);
        assertThat(catalogStatus(Map.of("X-Broker-API-Version", "2.99"))).isEqualTo(200);
        assertThat(catalogStatus(Map.of("X-Broker-API-Version", "2.12"))).isEqualTo(412);
        assertThat(catalogStatus(Map.of("X-Broker-API-Version", "3.0"))).isEqualTo(412);
        assertThat(catalogStatus(Map.of("X-Broker-API-Version", "x"))).isEqualTo(412);
    }

    @Test
    void theRequestsIdentityIsGivenBack() {
        ResponseEntity<String> answer = call(
                HttpMethod.GET,
                "/v2/catalog",
                null,
                Map.of("X-Broker-API-Version", "2.17", "X-Broker-API-Request-Identity", "me-1"),
                "secret");

        assertThat(answer.getHeaders().getFirst("X-Broker-API-Request-Identity"))
                .isEqualTo("me-1");
    }

    @Test
    void whatIsLoggedHasTheIdsOfTheRequestWithIt(CapturedOutput log) {
        call(
                HttpMethod.PUT,
                "/v2/service_instances/" + ID + "?accepts_incomplete=true",
                provisionBody(Map.of()),
                Map.of("X-Broker-API-Version", "2.17", "X-Broker-API-Request-Identity", "me-2"),
                "secret");

        assertThat(log.getOut().lines().filter(line -> line.contains("create of instance " + ID + " accepted")))
                .singleElement()
                .asString()
                .contains("instanceId=" + ID, "requestId=me-2")
                .doesNotContain("bindingId");
    }

    @Test
    void whatFailsIsLoggedWithTheIdsOfTheRequest(CapturedOutput log) {
        String id = readyInstance();
        SPI.away = true;

        assertThat(bind(id, "b7").getStatusCode().value()).isEqualTo(503);

        assertThat(log.getOut().lines().filter(line -> line.contains("answered 503")))
                .singleElement()
                .asString()
                .contains("instanceId=" + id, "bindingId=b7");
    }

    @Test
    void authenticationComesBeforeParsing() {
        ResponseEntity<String> answer = call(
                HttpMethod.PUT, "/v2/service_instances/" + ID, "{", Map.of("X-Broker-API-Version", "2.17"), "wrong");

        assertThat(answer.getStatusCode().value()).isEqualTo(401);
    }

    @Test
    void whatIsUnknownIsNotFoundOrGone() {
        assertThat(call(HttpMethod.GET, "/v2/service_instances/" + ID, null)
                        .getStatusCode()
                        .value())
                .isEqualTo(404);
        assertThat(call(HttpMethod.GET, "/v2/service_instances/" + ID + "/last_operation", null)
                        .getStatusCode()
                        .value())
                .isEqualTo(404);
        assertThat(deprovision(ID).getStatusCode().value()).isEqualTo(410);
        assertThat(bind(ID, "b").getStatusCode().value()).isEqualTo(404);
    }

    @Test
    void anInstanceIsShownWhenItIsReadyAndNotBefore() {
        provision(ID, Map.of("depth", "2m"));
        assertThat(call(HttpMethod.GET, "/v2/service_instances/" + ID, null)
                        .getStatusCode()
                        .value())
                .isEqualTo(404);

        JsonNode shown = body(call(HttpMethod.GET, "/v2/service_instances/" + readyInstance(), null));
        assertThat(shown.path("plan_id").asText()).isEqualTo(FakeSpi.PLAN);
        assertThat(shown.path("parameters").isObject()).isTrue();
    }

    @Test
    void aBindingIsMadeRepeatedShownAndRemoved() {
        String id = readyInstance();

        ResponseEntity<String> made = bind(id, "b1");
        assertThat(made.getStatusCode().value()).isEqualTo(201);
        assertThat(body(made).path("credentials").path("password").asText()).isEqualTo(FakeSpi.PASSWORD);

        assertThat(bind(id, "b1").getStatusCode().value()).isEqualTo(200);
        JsonNode shown = body(call(HttpMethod.GET, "/v2/service_instances/" + id + "/service_bindings/b1", null));
        assertThat(shown.path("credentials").path("host").asText()).isEqualTo("192.0.2.1");

        String path = "/v2/service_instances/" + id + "/service_bindings/b1" + offering();
        assertThat(call(HttpMethod.DELETE, path, null).getStatusCode().value()).isEqualTo(200);
        assertThat(SPI.accounts).isEmpty();
        assertThat(call(HttpMethod.DELETE, path, null).getStatusCode().value()).isEqualTo(410);
    }

    @Test
    void theSameAppMayBindTwice() {
        String id = readyInstance();

        assertThat(bind(id, "b1").getStatusCode().value()).isEqualTo(201);
        assertThat(bind(id, "b2").getStatusCode().value()).isEqualTo(201);
    }

    @Test
    void aBindingThatWasCutOffIsMadeByTheRepeat() {
        String id = readyInstance();
        SPI.away = true;
        ResponseEntity<String> failed = bind(id, "b1");
        assertThat(failed.getStatusCode().value()).isEqualTo(503);
        assertThat(body(failed).path("description").asText()).contains("try again");

        SPI.away = false;
        assertThat(body(bind(id, "b1")).path("error").asText())
                .as("the first request may still be at work")
                .isEqualTo("ConcurrencyError");
        CLOCK.forward(java.time.Duration.ofSeconds(6));
        assertThat(bind(id, "b1").getStatusCode().value()).isEqualTo(201);
    }

    @Test
    void aBindingIsMadeAtOnceAfterTheConfigServerWasAway() {
        String id = readyInstance();
        DEPLOYER.away = true;
        assertThat(bind(id, "b1").getStatusCode().value()).isEqualTo(503);

        DEPLOYER.away = false;
        assertThat(bind(id, "b1").getStatusCode().value()).isEqualTo(201);
    }

    @Test
    void aPredecessorThatOnlyTheContextNamesIsNone() {
        String id = readyInstance();

        ResponseEntity<String> made = call(
                HttpMethod.PUT,
                "/v2/service_instances/" + id + "/service_bindings/b1",
                Map.of(
                        "service_id",
                        FakeSpi.SERVICE,
                        "plan_id",
                        FakeSpi.PLAN,
                        "context",
                        Map.of("platform", "p", "predecessor_binding_id", "\u0000nobody")));

        assertThat(made.getStatusCode().value()).isEqualTo(201);
        assertThat(database.queryForObject("select predecessor_id from service_binding", String.class))
                .isNull();
    }

    @Test
    void anUnbindThatWasCutOffLeavesNoCredentialsThatMayBeDead() {
        String id = readyInstance();
        bind(id, "b1");
        SPI.duringUnbind = () -> {
            throw new RemoteException(RemoteException.Kind.UNAVAILABLE, "does not answer", "cut off", null);
        };
        assertThat(unbind(id, "b1").getStatusCode().value()).isEqualTo(503);

        assertThat(call(HttpMethod.GET, "/v2/service_instances/" + id + "/service_bindings/b1", null)
                        .getStatusCode()
                        .value())
                .isEqualTo(404);
        CLOCK.forward(Duration.ofMinutes(1));
        assertThat(bind(id, "b1").getStatusCode().value()).as("made anew").isEqualTo(201);
        assertThat(SPI.accounts).containsExactly("b1");
    }

    @Test
    void afterAFailureThatWasAnsweredTheNextTryNeedNotWait() {
        String id = readyInstance();
        bind(id, "b1");
        SPI.duringUnbind = () -> {
            throw new RemoteException(
                    RemoteException.Kind.UNAVAILABLE, "The database is being started or stopped", "503", true, null);
        };
        ResponseEntity<String> failed = unbind(id, "b1");
        assertThat(failed.getStatusCode().value()).isEqualTo(503);
        assertThat(body(failed).path("description").asText())
                .isEqualTo("The database is being started or stopped; please try again");

        SPI.duringUnbind = () -> {};
        assertThat(unbind(id, "b1").getStatusCode().value()).isEqualTo(200);
    }

    @Test
    void aFailureThatNeedsAnOperatorSaysSo() {
        String id = readyInstance();
        bind(id, "b1");
        SPI.duringUnbind = () -> {
            throw new RemoteException(
                    RemoteException.Kind.FAILED, "The platform can't log in to the database", "500", true, null);
        };

        ResponseEntity<String> failed = unbind(id, "b1");

        assertThat(failed.getStatusCode().value()).isEqualTo(503);
        assertThat(body(failed).path("description").asText())
                .isEqualTo("The platform can't log in to the database; tell your operator if that happens again");
    }

    @Test
    void aRefusalWithinThePlatformIsNotTheUsersFault() {
        String id = readyInstance();
        bind(id, "b1");
        SPI.duringUnbind = () -> {
            throw new RemoteException(RemoteException.Kind.REFUSED, "The account is odd", "422 and more", null);
        };

        ResponseEntity<String> answer = unbind(id, "b1");

        assertThat(answer.getStatusCode().value()).isEqualTo(502);
        assertThat(body(answer).path("description").asText())
                .isEqualTo("The account is odd; tell your operator if that happens again");
    }

    @Test
    void aLateUnbindDoesNotTakeTheBindingThatWasMadeMeanwhile() {
        String id = readyInstance();
        bind(id, "b1");
        SPI.duringUnbind = () -> {
            SPI.duringUnbind = () -> {};
            CLOCK.forward(Duration.ofMinutes(1));
            assertThat(bind(id, "b1").getStatusCode().value()).isEqualTo(201);
        };

        assertThat(unbind(id, "b1").getStatusCode().value()).isEqualTo(422);

        assertThat(bind(id, "b1").getStatusCode().value()).isEqualTo(200);
    }

    @Test
    void aBindingOfWhatIsGoneIsForgottenSoThatItsInstanceCanBeDeleted() {
        String id = readyInstance();
        bind(id, "b1");
        SPI.away = true;
        assertThat(unbind(id, "b1").getStatusCode().value())
                .as("it may be back")
                .isEqualTo(503);

        assertThat(body(call(
                                HttpMethod.GET,
                                "/v2/service_instances/" + id + "/service_bindings/b1/last_operation",
                                null))
                        .path("description")
                        .asText())
                .isEqualTo("The binding is being made or removed, or that was cut off: repeat the request");

        CLOCK.forward(Duration.ofMinutes(1));
        SPI.away = false;
        DEPLOYER.deployments.clear();
        assertThat(unbind(id, "b1").getStatusCode().value())
                .as("its secrets are gone with it")
                .isEqualTo(200);

        assertThat(unbind(id, "b1").getStatusCode().value()).isEqualTo(410);
        deprovision(id);
        worker.run(id);
        assertThat(lastOperation(id).path("state").asText()).isEqualTo("succeeded");
    }

    @Test
    void anInstanceWhoseDeletionFailedCanOnlyBeDeleted() {
        String id = readyInstance();
        bind(id, "b1");
        deprovision(id);
        worker.run(id);
        CLOCK.forward(Duration.ofHours(2));
        worker.run(id);

        assertThat(lastOperation(id).path("state").asText()).isEqualTo("failed");
        assertThat(lastOperation(id).path("instance_usable").asBoolean(true)).isFalse();
        assertThat(lastOperation(id).has("update_repeatable")).isFalse();
        assertThat(provision(id, Map.of()).getStatusCode().value()).isEqualTo(409);
        assertThat(bind(id, "b2").getStatusCode().value()).isEqualTo(400);
        assertThat(update(id, Map.of("plan_id", FakeSpi.LARGER_PLAN))
                        .getStatusCode()
                        .value())
                .isEqualTo(422);
        assertThat(deprovision(id).getStatusCode().value()).isEqualTo(202);
    }

    @Test
    void twoDeletionsAtOnceAreOneOperation() throws Exception {
        String id = readyInstance();
        ExecutorService platforms = Executors.newFixedThreadPool(2);
        try {
            List<Future<ResponseEntity<String>>> answers =
                    platforms.invokeAll(List.of(() -> deprovision(id), () -> deprovision(id)));
            Set<String> operations = new TreeSet<>();
            for (Future<ResponseEntity<String>> answer : answers) {
                assertThat(answer.get().getStatusCode().value()).isEqualTo(202);
                operations.add(body(answer.get()).path("operation").asText());
            }
            assertThat(operations).hasSize(1);
        } finally {
            platforms.shutdown();
        }
    }

    @Test
    void aStateDatabaseThatEndsTheConnectionWithinARequestIsAway() throws Exception {
        String id = readyInstance();
        ExecutorService platform = Executors.newSingleThreadExecutor();
        try {
            ResponseEntity<String> answer = transaction
                    .execute(status -> {
                        database.queryForList("select id from service_instance where id = ? for update", id);
                        Future<ResponseEntity<String>> waiting = platform.submit(() -> deprovision(id));
                        Awaitility.await()
                                .until(() -> database.queryForList(
                                                "select pg_terminate_backend(pid) from pg_locks where not granted",
                                                Boolean.class)
                                        .contains(true));
                        return waiting;
                    })
                    .get();
            assertThat(answer.getStatusCode().value()).isEqualTo(503);
            assertThat(body(answer).path("description").asText()).contains("can't reach its database now");
        } finally {
            platform.shutdown();
        }
        assertThat(deprovision(id).getStatusCode().value()).isEqualTo(202);
    }

    private ResponseEntity<String> unbind(String id, String binding) {
        return call(
                HttpMethod.DELETE, "/v2/service_instances/" + id + "/service_bindings/" + binding + offering(), null);
    }

    @Test
    void credentialsRestEncrypted() {
        String id = readyInstance();
        bind(id, "b1");

        byte[] stored =
                database.queryForObject("select credentials from service_binding where id = 'b1'", byte[].class);
        assertThat(new String(stored, java.nio.charset.StandardCharsets.ISO_8859_1))
                .doesNotContain(FakeSpi.PASSWORD);
        assertThat(database.queryForObject("select key_id from service_binding where id = 'b1'", String.class))
                .isEqualTo("test");
        String rows = database.queryForList("select * from service_instance").toString()
                + database.queryForList("select * from operation");
        assertThat(rows).doesNotContain("hush");
    }

    @Test
    void nothingBindsToAnInstanceThatIsBeingDeleted() {
        String id = readyInstance();
        deprovision(id);

        ResponseEntity<String> answer = bind(id, "b1");
        assertThat(answer.getStatusCode().value()).isEqualTo(422);
        assertThat(body(answer).path("error").asText()).isEqualTo("ConcurrencyError");
    }

    @Test
    void aRepeatedDeleteIsTheSameOperation() {
        String id = readyInstance();

        String first = body(deprovision(id)).path("operation").asText();
        assertThat(body(deprovision(id)).path("operation").asText()).isEqualTo(first);
    }

    @Test
    void aProvisionWhileTheSpiIsAwayIsUnavailableAndChangesNothing() {
        SPI.away = true;

        assertThat(provision(ID, Map.of()).getStatusCode().value()).isEqualTo(503);
        assertThat(database.queryForObject("select count(*) from service_instance", Integer.class))
                .isZero();
    }

    private int catalogStatus(Map<String, String> headers) {
        return call(HttpMethod.GET, "/v2/catalog", null, headers, "secret")
                .getStatusCode()
                .value();
    }
}
