package io.paddock.broker.instance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.paddock.broker.BrokerTest;
import io.paddock.broker.FakeSpi;
import io.paddock.broker.operation.Operation;
import io.paddock.contracts.deployer.DirectorTask.State;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpMethod;
import org.springframework.http.ResponseEntity;

/** Updates of an instance, from the request on the wire to the state that they leave. */
class UpdateServiceInstanceTest extends BrokerTest {

    private static final Map<String, ?> LAKE = Map.of("plan_id", FakeSpi.LARGER_PLAN);
    private static final Map<String, ?> DUCKS = Map.of("parameters", Map.of("ducks", 20));
    private static final Map<String, ?> DEPTH = Map.of("parameters", Map.of("depth", "3m"));

    @Test
    void aChangeOfPlanIsDeployedAndTellsItsUserBeforeAndAfterwards() {
        String id = readyInstance();

        ResponseEntity<String> answer = update(id, LAKE);

        assertThat(answer.getStatusCode().value()).isEqualTo(202);
        assertThat(body(answer).path("operation").asText())
                .isEqualTo(worker.newest(id).id().toString());
        assertThat(description(id)).isEqualTo("waiting to start (the ducks must leave for a moment)");
        assertThat(plan(id)).as("true until the update got through").isEqualTo(FakeSpi.PLAN);
        worker.run(id);
        assertThat(deployed(id)).containsEntry("size", 2);
        DEPLOYER.end(State.DONE);
        worker.run(id);
        assertThat(lastOperation(id).path("state").asText()).isEqualTo("succeeded");
        assertThat(description(id)).isEqualTo("The service instance is updated. Count the ducks.");
        assertThat(plan(id)).isEqualTo(FakeSpi.LARGER_PLAN);
    }

    @Test
    void aLiveSettingNeedsNoDeployment() {
        String id = readyInstance();
        int tasks = DEPLOYER.tasks.size();

        update(id, DEPTH);
        assertThat(description(id)).isEqualTo("waiting to start");
        worker.run(id);

        assertThat(lastOperation(id).path("state").asText()).isEqualTo("succeeded");
        assertThat(DEPLOYER.tasks).hasSize(tasks);
        assertThat(SPI.inForce).containsEntry("depth", "3m");
        assertThat(parameters(id)).isEqualTo(Map.of("depth", "3m"));
    }

    @Test
    void parametersAddUpAndNullResetsOne() {
        String id = readyInstance();
        succeed(id, DEPTH);
        succeed(id, DUCKS);
        assertThat(parameters(id)).isEqualTo(Map.of("depth", "3m", "ducks", 20));

        Map<String, Object> reset = new HashMap<>();
        reset.put("depth", null);
        succeed(id, Map.of("parameters", reset));

        assertThat(parameters(id)).isEqualTo(Map.of("ducks", 20));
        assertThat(SPI.inForce).containsEntry("depth", "2m");
        assertThat(deployed(id)).containsEntry("ducks", 20);
    }

    @Test
    void anUpdateToWhatTheInstanceIsHasNothingToDo() {
        String id = readyInstance();
        succeed(id, DUCKS);
        int operations = worker.all().size();

        assertThat(update(id, DUCKS).getStatusCode().value()).isEqualTo(200);
        assertThat(update(id, Map.of("plan_id", FakeSpi.PLAN)).getStatusCode().value())
                .isEqualTo(200);
        assertThat(update(id, Map.of("context", Map.of("platform", "cloudfoundry", "instance_name", "renamed")))
                        .getStatusCode()
                        .value())
                .isEqualTo(200);

        assertThat(worker.all()).hasSize(operations);
        assertThat(database.queryForObject("select context from service_instance", String.class))
                .contains("renamed");
    }

    @Test
    void theSameUpdateSentAgainIsTheSameOperationAndAnotherOneMustWait() {
        String id = readyInstance();

        JsonNode first = body(update(id, DUCKS));
        ResponseEntity<String> again = update(id, DUCKS);
        ResponseEntity<String> other = update(id, LAKE);

        assertThat(again.getStatusCode().value()).isEqualTo(202);
        assertThat(body(again)).isEqualTo(first);
        assertThat(other.getStatusCode().value()).isEqualTo(422);
        assertThat(body(other).path("error").asText()).isEqualTo("ConcurrencyError");
    }

    @Test
    void aChangeThatIsNotPossibleIsRefusedBeforeTheDirectorIsTouched() {
        String id = readyInstance();
        succeed(id, LAKE);
        int tasks = DEPLOYER.tasks.size();
        int operations = worker.all().size();

        ResponseEntity<String> answer = update(id, Map.of("plan_id", FakeSpi.PLAN));

        assertThat(answer.getStatusCode().value()).isEqualTo(422);
        assertThat(body(answer).has("error")).isFalse();
        assertThat(body(answer).path("description").asText()).isEqualTo("A lake does not shrink");
        assertThat(update(id, Map.of("parameters", Map.of("crocodiles", 1)))
                        .getStatusCode()
                        .value())
                .as("what can never be right")
                .isEqualTo(400);
        assertThat(DEPLOYER.tasks).hasSize(tasks);
        assertThat(worker.all()).hasSize(operations);
        assertThat(plan(id)).isEqualTo(FakeSpi.LARGER_PLAN);
    }

    @Test
    void whatStandsInTheWayOfARestartIsToldBeforeIt() {
        String id = readyInstance();
        SPI.obstacles = List.of("the ducks are asleep", "the pond is frozen");
        int operations = worker.all().size();

        ResponseEntity<String> answer = update(id, DUCKS);

        assertThat(answer.getStatusCode().value()).isEqualTo(422);
        assertThat(body(answer).path("description").asText()).isEqualTo("the ducks are asleep; the pond is frozen");
        assertThat(body(answer).path("instance_usable").asBoolean()).isTrue();
        assertThat(body(answer).path("update_repeatable").asBoolean()).isTrue();
        assertThat(worker.all()).hasSize(operations);

        assertThat(update(id, Map.of("parameters", Map.of("depth", "3m")))
                        .getStatusCode()
                        .value())
                .as("what needs no restart is in nobody's way")
                .isEqualTo(202);
    }

    @Test
    void anInstanceThatCannotBeAskedIsUpdatedAllTheSame() {
        String id = readyInstance();
        SPI.obstaclesUnknown = true;

        assertThat(update(id, DUCKS).getStatusCode().value()).isEqualTo(202);
    }

    @Test
    void whatIsNotThereOrNotReadyCannotBeUpdated() {
        String id = readyInstance();
        deprovision(id);
        assertThat(update(id, DUCKS).getStatusCode().value()).isEqualTo(422);
        assertThat(update("unknown", DUCKS).getStatusCode().value()).isEqualTo(404);

        String creating = "5f1b7e0e-4a2e-4a54-9d0a-111111111111";
        provision(creating, Map.of());
        assertThat(body(update(creating, DUCKS)).path("error").asText()).isEqualTo("ConcurrencyError");
        worker.run(creating);
        DEPLOYER.end(State.FAILED);
        worker.run(creating);
        assertThat(update(creating, DUCKS).getStatusCode().value()).isEqualTo(422);
        assertThat(body(update(creating, DUCKS)).has("error")).isFalse();
    }

    @Test
    void withoutAcceptsIncompleteAnUpdateIsRefused() {
        String id = readyInstance();

        ResponseEntity<String> answer = call(
                HttpMethod.PATCH,
                "/v2/service_instances/" + id,
                Map.of("service_id", FakeSpi.SERVICE, "parameters", Map.of("ducks", 3)));

        assertThat(answer.getStatusCode().value()).isEqualTo(422);
        assertThat(body(answer).path("error").asText()).isEqualTo("AsyncRequired");
    }

    @Test
    void anUnknownPlanOrAnotherOfferingIsABadRequest() {
        String id = readyInstance();

        assertThat(update(id, Map.of("plan_id", "nope")).getStatusCode().value())
                .isEqualTo(400);
        assertThat(call(
                                HttpMethod.PATCH,
                                "/v2/service_instances/" + id + "?accepts_incomplete=true",
                                Map.of("service_id", "nope"))
                        .getStatusCode()
                        .value())
                .isEqualTo(400);
        assertThat(call(HttpMethod.PATCH, "/v2/service_instances/" + id + "?accepts_incomplete=true", Map.of())
                        .getStatusCode()
                        .value())
                .isEqualTo(400);
    }

    @Test
    void whileTheServiceProviderIsAwayTheUpdateIsNotAccepted() {
        String id = readyInstance();
        SPI.away = true;

        assertThat(update(id, DUCKS).getStatusCode().value()).isEqualTo(503);
        SPI.away = false;
        assertThat(update(id, DUCKS).getStatusCode().value()).isEqualTo(202);
    }

    @Test
    void aFailedUpdateIsTakenBackAndARepeatHeals() {
        String id = readyInstance();
        succeed(id, DEPTH);
        update(id, Map.of("plan_id", FakeSpi.LARGER_PLAN, "parameters", Map.of("depth", "9m")));
        worker.run(id);
        DEPLOYER.end(State.FAILED);

        worker.run(id);
        assertThat(description(id)).startsWith("digging");
        assertThat(deployed(id)).as("what was").containsEntry("size", 1);
        DEPLOYER.end(State.DONE);
        worker.run(id);

        JsonNode failed = lastOperation(id);
        assertThat(failed.path("state").asText()).isEqualTo("failed");
        assertThat(failed.path("instance_usable").asBoolean(false)).isTrue();
        assertThat(failed.path("update_repeatable").asBoolean(false)).isTrue();
        assertThat(failed.path("description").asText())
                .startsWith("The update failed and was taken back")
                .contains(worker.newest(id).id().toString())
                .doesNotContain("rained");
        assertThat(worker.newest(id).operatorMessage()).hasValue("it rained; then TAKEN_BACK: quack");
        assertThat(plan(id)).isEqualTo(FakeSpi.PLAN);
        assertThat(parameters(id)).isEqualTo(Map.of("depth", "3m"));
        assertThat(SPI.inForce).containsEntry("depth", "3m");

        succeed(id, Map.of("plan_id", FakeSpi.LARGER_PLAN, "parameters", Map.of("depth", "9m")));
        assertThat(plan(id)).isEqualTo(FakeSpi.LARGER_PLAN);
        assertThat(SPI.inForce).containsEntry("depth", "9m");
    }

    @Test
    void aFailureThatCannotBeTakenBackIsToldAndARepeatHeals() {
        String id = readyInstance();
        update(id, LAKE);
        worker.run(id);
        DEPLOYER.end(State.FAILED);
        worker.run(id);
        DEPLOYER.end(State.FAILED);
        SPI.ready = false;
        for (int i = 0; i < 10; i++) {
            worker.run(id);
        }

        assertThat(lastOperation(id).path("state").asText()).isEqualTo("failed");
        assertThat(lastOperation(id).path("instance_usable").asBoolean(true)).isFalse();
        assertThat(lastOperation(id).path("update_repeatable").asBoolean(false)).isTrue();
        SPI.ready = true;
        succeed(id, LAKE);
        assertThat(deployed(id)).containsEntry("size", 2);
        assertThat(plan(id)).isEqualTo(FakeSpi.LARGER_PLAN);
    }

    @Test
    void aServiceThatDoesNotAnswerAfterItsUpdateHasTheUpdateTakenBack() {
        String id = readyInstance();
        update(id, LAKE);
        worker.run(id);
        DEPLOYER.end(State.DONE);
        SPI.ready = false;
        for (int i = 0; i < 8; i++) {
            worker.run(id);
            assertThat(deployed(id)).containsEntry("size", 2);
        }
        worker.run(id);
        assertThat(deployed(id)).containsEntry("size", 1);
        DEPLOYER.end(State.DONE);
        SPI.ready = true;
        worker.run(id);

        assertThat(lastOperation(id).path("instance_usable").asBoolean(false)).isTrue();
        assertThat(worker.newest(id).operatorMessage()).hasValue("no water yet; then TAKEN_BACK: quack");
    }

    @Test
    void everyStepOfAnUpdateMayRunTwice() {
        String id = readyInstance();
        update(id, LAKE);
        Operation accepted = worker.newest(id);
        worker.run(id);
        int tasks = DEPLOYER.tasks.size();

        worker.forgetProgress(accepted);
        worker.run(id);
        assertThat(DEPLOYER.tasks)
                .as("a deploy that was cut off finds its task")
                .hasSize(tasks);

        Operation awaiting = worker.newest(id);
        SPI.ready = false;
        DEPLOYER.end(State.DONE);
        worker.run(id);
        worker.forgetProgress(awaiting);
        worker.run(id);
        SPI.ready = true;
        worker.run(id);
        assertThat(lastOperation(id).path("state").asText()).isEqualTo("succeeded");
        assertThat(plan(id)).isEqualTo(FakeSpi.LARGER_PLAN);
        assertThat(DEPLOYER.tasks).hasSize(tasks);
    }

    @Test
    void everyStepOfTakingAnUpdateBackMayRunTwice() {
        String id = readyInstance();
        update(id, LAKE);
        worker.run(id);
        DEPLOYER.end(State.FAILED);
        worker.run(id);
        Operation takingBack = worker.newest(id);
        int tasks = DEPLOYER.tasks.size();

        worker.forgetProgressTo(takingBack, UpdateFlow.Step.TAKE_BACK.name());
        worker.run(id);
        assertThat(DEPLOYER.tasks).hasSize(tasks);
        DEPLOYER.end(State.DONE);
        SPI.ready = false;
        worker.run(id);
        worker.forgetProgress(takingBack);
        SPI.ready = true;
        worker.run(id);

        assertThat(lastOperation(id).path("state").asText()).isEqualTo("failed");
        assertThat(deployed(id)).containsEntry("size", 1);
    }

    @Test
    void anUpdateWhoseTaskTheDirectorLostIsStartedAgain() {
        String id = readyInstance();
        update(id, LAKE);
        worker.run(id);
        DEPLOYER.end(State.INTERRUPTED);
        worker.run(id);
        DEPLOYER.end(State.DONE);
        worker.run(id);

        assertThat(lastOperation(id).path("state").asText()).isEqualTo("succeeded");
    }

    @Test
    void aDeleteDuringAnUpdateCancelsItAndLeavesNothing() {
        String id = readyInstance();
        update(id, LAKE);
        worker.run(id);
        Operation update = worker.newest(id);

        deprovision(id);
        worker.run(id);
        DEPLOYER.end(State.DONE);
        worker.run(id);

        assertThat(DEPLOYER.deployments).isEmpty();
        CLOCK.forward(Duration.ofMinutes(2));
        assertThat(worker.run(update)).as("settled").isEmpty();
        assertThat(worker.newest(id).type()).isEqualTo(Operation.Type.DELETE);
        assertThat(worker.newest(id).state()).isEqualTo(Operation.State.SUCCEEDED);
    }

    @Test
    void theDeadlineEndsAnUpdateAndTheNextOneDeploysWhateverWasLeft() {
        String id = readyInstance();
        update(id, LAKE);
        worker.run(id);
        CLOCK.forward(Duration.ofMinutes(61));
        worker.run(id);
        assertThat(lastOperation(id).path("state").asText()).isEqualTo("failed");
        assertThat(description(id)).contains("not known whether it has taken effect");
        assertThat(plan(id)).isEqualTo(FakeSpi.PLAN);

        DEPLOYER.end(State.DONE);
        assertThat(deployed(id)).as("the late task got through").containsEntry("size", 2);
        assertThat(update(id, Map.of("plan_id", FakeSpi.PLAN)).getStatusCode().value())
                .as("a lake does not shrink, and it may be one already")
                .isEqualTo(422);
        succeed(id, LAKE);
        assertThat(plan(id)).isEqualTo(FakeSpi.LARGER_PLAN);
    }

    @Test
    void aLiveUpdateWhoseTimeWasOverCanBeSetBack() {
        String id = readyInstance();
        succeed(id, DEPTH);
        update(id, Map.of("parameters", Map.of("depth", "9m")));
        SPI.away = true;
        worker.run(id);
        CLOCK.forward(Duration.ofMinutes(61));
        worker.run(id);
        SPI.away = false;
        SPI.inForce = Map.of("depth", "9m");

        succeed(id, DEPTH);

        assertThat(SPI.inForce).containsEntry("depth", "3m");
    }

    @Test
    void aWorkerThatDiesBetweenItsLastLookAndTheEndOfAnUpdateLeavesNoHalfOfIt() {
        String id = readyInstance();
        update(id, LAKE);
        worker.run(id);
        DEPLOYER.end(State.DONE);
        Operation before = worker.newest(id);
        worker.run(id);

        worker.reopen(before, UpdateFlow.Step.VERIFY.name());
        SPI.ready = false;
        for (int i = 0; i < 9; i++) {
            worker.run(id);
        }
        assertThat(plan(id)).as("row and operation are stored together").isEqualTo(FakeSpi.LARGER_PLAN);
    }

    @Test
    void anInstanceWhoseDeletionFailedCannotBeUpdated() {
        String id = readyInstance();
        deprovision(id);
        DEPLOYER.away = true;
        worker.run(id);
        CLOCK.forward(Duration.ofMinutes(61));
        worker.run(id);
        DEPLOYER.away = false;

        ResponseEntity<String> answer = update(id, LAKE);

        assertThat(answer.getStatusCode().value()).isEqualTo(422);
        assertThat(body(answer).path("description").asText()).contains("it can only be deleted");
    }

    @Test
    void aRepeatWithoutAcceptsIncompleteIsRefusedAsWell() {
        String id = readyInstance();
        update(id, DUCKS);

        assertThat(body(call(
                                HttpMethod.PATCH,
                                "/v2/service_instances/" + id,
                                Map.of("service_id", FakeSpi.SERVICE, "parameters", Map.of("ducks", 20))))
                        .path("error")
                        .asText())
                .isEqualTo("AsyncRequired");
    }

    @Test
    void theServiceProvidersAbsenceDoesNotUseUpThePatience() {
        String id = readyInstance();
        update(id, LAKE);
        worker.run(id);
        DEPLOYER.end(State.DONE);
        SPI.away = true;
        for (int i = 0; i < 20; i++) {
            worker.run(id);
        }
        SPI.away = false;
        SPI.ready = false;
        worker.run(id);
        assertThat(deployed(id)).as("not taken back").containsEntry("size", 2);
        SPI.ready = true;
        worker.run(id);

        assertThat(lastOperation(id).path("state").asText()).isEqualTo("succeeded");
    }

    @Test
    void whatIsDeployedIsWhatWasAcceptedEvenIfTheServiceProviderThinksOtherwiseNow() {
        String id = readyInstance();
        update(id, LAKE);
        SPI.away = true;
        worker.run(id);

        assertThat(deployed(id)).containsEntry("size", 2);
    }

    @Test
    void aTakeBackThatFailsWhileTheServiceAnswersSaysBoth() {
        String id = readyInstance();
        update(id, LAKE);
        worker.run(id);
        DEPLOYER.end(State.FAILED);
        worker.run(id);
        DEPLOYER.end(State.FAILED);
        worker.run(id);

        assertThat(lastOperation(id).path("instance_usable").asBoolean(false)).isTrue();
        assertThat(description(id))
                .startsWith("The update failed and could not be taken back, but the service answers");
        succeed(id, LAKE);
    }

    @Test
    void anInstanceOfAnEarlierVersionOfTheBrokerIsDeployedByItsFirstUpdate() {
        String id = readyInstance();
        database.update("update service_instance set attributes = '{}'");

        update(id, DEPTH);
        assertThat(description(id)).contains("which may restart the service");
        worker.run(id);
        DEPLOYER.end(State.DONE);
        worker.run(id);

        assertThat(worker.newest(id).taskId()).isPresent();
    }

    @Test
    void duringAnUpdateTheInstanceIsShownAsItIsAndBindingsWait() {
        String id = readyInstance();
        update(id, LAKE);
        worker.run(id);

        assertThat(plan(id)).isEqualTo(FakeSpi.PLAN);
        assertThat(body(bind(id, "b")).path("error").asText()).isEqualTo("ConcurrencyError");
        DEPLOYER.end(State.DONE);
        worker.run(id);
        assertThat(bind(id, "b").getStatusCode().value()).isEqualTo(201);
    }

    private void succeed(String id, Map<String, ?> changes) {
        assertThat(update(id, changes).getStatusCode().value()).isEqualTo(202);
        worker.run(id);
        if (worker.newest(id).isInProgress()) {
            DEPLOYER.end(State.DONE);
            worker.run(id);
        }
        assertThat(lastOperation(id).path("state").asText()).isEqualTo("succeeded");
    }

    private String description(String id) {
        return lastOperation(id).path("description").asText();
    }

    private Map<String, Object> deployed(String id) {
        return Optional.ofNullable(DEPLOYER.deployments.get("service-instance-" + id))
                .orElseThrow()
                .attributes();
    }

    private String plan(String id) {
        return fetched(id).path("plan_id").asText();
    }

    private Map<?, ?> parameters(String id) {
        return json.convertValue(fetched(id).path("parameters"), Map.class);
    }

    private JsonNode fetched(String id) {
        return body(call(HttpMethod.GET, "/v2/service_instances/" + id, null));
    }
}
