package io.paddock.broker.operation;

import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.broker.BrokerTest;
import io.paddock.contracts.deployer.DirectorTask.State;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpMethod;

/** How operations go on through crashes, failures and each other. */
class OperationFlowTest extends BrokerTest {

    private static final String ID = "0b1d6c1e-55d1-4f5e-8a53-6f6f2a1d7c01";

    @Test
    void aCreateIsDeployedAwaitedAndVerified() {
        provision(ID, Map.of());

        worker.run(ID);
        assertThat(lastOperation(ID).path("description").asText()).isEqualTo("digging");
        DEPLOYER.end(State.DONE);
        worker.run(ID);

        assertThat(lastOperation(ID).path("state").asText()).isEqualTo("succeeded");
        assertThat(DEPLOYER.deployments).containsOnlyKeys("service-instance-" + ID);
    }

    @Test
    void everyStepOfACreateMayRunTwice() {
        provision(ID, Map.of());
        Operation accepted = worker.newest(ID);

        worker.run(ID);
        worker.forgetProgress(accepted);
        worker.run(ID);
        assertThat(DEPLOYER.tasks)
                .as("a deploy that was cut off finds its task")
                .hasSize(1);

        Operation awaiting = worker.newest(ID);
        SPI.ready = false;
        DEPLOYER.end(State.DONE);
        worker.run(ID);
        Operation verifying = worker.newest(ID);
        worker.forgetProgress(awaiting);
        worker.run(ID);
        assertThat(worker.newest(ID).step()).isEqualTo(verifying.step());

        SPI.ready = true;
        worker.run(ID);
        assertThat(lastOperation(ID).path("state").asText()).isEqualTo("succeeded");
    }

    @Test
    void everyStepOfADeleteMayRunTwice() {
        String id = readyInstance();
        deprovision(id);
        Operation accepted = worker.newest(id);

        worker.run(id);
        int tasks = DEPLOYER.tasks.size();
        worker.forgetProgress(accepted);
        worker.run(id);
        assertThat(DEPLOYER.tasks).as("the running deletion is found again").hasSize(tasks);

        DEPLOYER.end(State.DONE);
        worker.run(id);
        assertThat(DEPLOYER.deployments).isEmpty();
        assertThat(worker.newest(id).state()).isEqualTo(Operation.State.SUCCEEDED);
    }

    @Test
    void aServiceThatIsAwayIsTriedAgainWithGrowingPauses() {
        provision(ID, Map.of());
        DEPLOYER.away = true;

        Duration first = Duration.between(CLOCK.instant(), worker.run(ID).orElseThrow());
        Duration later = first;
        for (int i = 0; i < 8; i++) {
            later = Duration.between(CLOCK.instant(), worker.run(ID).orElseThrow());
        }

        assertThat(first).isLessThanOrEqualTo(Duration.ofMillis(500));
        assertThat(later).isBetween(Duration.ofSeconds(22), Duration.ofSeconds(30));
        assertThat(lastOperation(ID).path("description").asText()).contains("trying again");

        DEPLOYER.away = false;
        worker.run(ID);
        assertThat(DEPLOYER.tasks).hasSize(1);
    }

    @Test
    void theDeadlineEndsAnOperationThatGetsNowhere() {
        provision(ID, Map.of());
        DEPLOYER.away = true;
        worker.run(ID);

        CLOCK.forward(Duration.ofMinutes(61));
        Optional<Instant> next = worker.run(ID);

        assertThat(next).as("what it left is looked at").hasValue(CLOCK.instant());
        assertThat(lastOperation(ID).path("state").asText()).isEqualTo("failed");
        assertThat(worker.newest(ID).operatorMessage())
                .hasValueSatisfying(text -> assertThat(text).contains("DEPLOY", "refused"));
    }

    @Test
    void aFailedTaskFailsTheCreateWithOneTextForEach() {
        provision(ID, Map.of());
        worker.run(ID);
        DEPLOYER.end(State.FAILED);
        worker.run(ID);

        assertThat(lastOperation(ID).path("state").asText()).isEqualTo("failed");
        assertThat(lastOperation(ID).path("description").asText())
                .contains(worker.newest(ID).id().toString())
                .doesNotContain("it rained");
        assertThat(worker.newest(ID).operatorMessage()).hasValue("it rained");
    }

    @Test
    void aCancelledTaskIsNoSuccess() {
        provision(ID, Map.of());
        worker.run(ID);
        DEPLOYER.end(State.CANCELLED);
        worker.run(ID);

        assertThat(lastOperation(ID).path("state").asText()).isEqualTo("failed");
    }

    @Test
    void aTaskThatTheDirectorLostIsStartedAgainUnderAnotherContextButNotForEver() {
        provision(ID, Map.of());

        for (int attempt = 1; attempt <= 3; attempt++) {
            worker.run(ID);
            assertThat(DEPLOYER.tasks).hasSize(attempt);
            DEPLOYER.end(State.INTERRUPTED);
        }
        worker.run(ID);

        assertThat(DEPLOYER.contexts).hasSize(3);
        assertThat(lastOperation(ID).path("state").asText()).isEqualTo("failed");
    }

    @Test
    void aDeleteDuringACreateCancelsItAndLeavesNothing() {
        provision(ID, Map.of());
        worker.run(ID);
        Operation create = worker.newest(ID);

        assertThat(deprovision(ID).getStatusCode().value()).isEqualTo(202);
        assertThat(worker.run(create)).as("waits until the delete has ended").isPresent();
        worker.run(ID);
        DEPLOYER.end(State.DONE);
        worker.run(ID);

        assertThat(DEPLOYER.deployments).isEmpty();
        CLOCK.forward(Duration.ofMinutes(2));
        assertThat(worker.run(create)).as("settled").isEmpty();
        assertThat(worker.all())
                .extracting(Operation::state)
                .containsExactlyInAnyOrder(Operation.State.FAILED, Operation.State.SUCCEEDED);
        assertThat(call(HttpMethod.GET, "/v2/service_instances/" + ID, null)
                        .getStatusCode()
                        .value())
                .isEqualTo(404);
    }

    @Test
    void aWorkerThatWasPausedBeforeItsDeployDoesNotResurrectWhatWasDeletedMeanwhile() {
        provision(ID, Map.of());
        Operation create = worker.newest(ID);
        // The whole delete happens between the worker's last look at its row and the arrival of its request.
        DEPLOYER.beforeDeploy.add(() -> {
            DEPLOYER.beforeDeploy.clear();
            deprovision(ID);
            worker.run(ID);
            assertThat(worker.newest(ID).state()).isEqualTo(Operation.State.SUCCEEDED);
        });

        worker.run(create);
        assertThat(DEPLOYER.deployments).as("the late request went through").hasSize(1);
        DEPLOYER.end(State.DONE);
        worker.run(create);
        Operation sweep = worker.newest(ID);
        assertThat(sweep.type()).isEqualTo(Operation.Type.DELETE);
        worker.run(sweep);
        DEPLOYER.end(State.DONE);
        worker.run(sweep);

        assertThat(DEPLOYER.deployments).isEmpty();
    }

    @Test
    void aWorkerThatWasPausedBeforeItStoresWhatItKnowsDoesNotBringTheInstancesRowBack() {
        provision(ID, Map.of());
        Operation create = worker.newest(ID);
        SPI.duringSpec = () -> {
            SPI.duringSpec = () -> {};
            deprovision(ID);
            worker.run(ID);
        };

        worker.run(create);

        assertThat(database.queryForObject("select count(*) from service_instance", Integer.class))
                .isZero();
        assertThat(DEPLOYER.deployments).isEmpty();
        assertThat(provision(ID, Map.of()).getStatusCode().value()).isEqualTo(202);
    }

    @Test
    void aDirectorThatFailsEveryDeletionIsAskedLessAndLessOften() {
        String id = readyInstance();
        deprovision(id);
        Duration pause = Duration.ZERO;
        for (int i = 0; i < 8; i++) {
            worker.run(id);
            DEPLOYER.end(State.FAILED);
            pause = Duration.between(CLOCK.instant(), worker.run(id).orElseThrow());
        }

        assertThat(pause).isBetween(Duration.ofSeconds(22), Duration.ofSeconds(30));
    }

    @Test
    void anInstanceWhosePlanIsNotOfferedAnyMoreCanBeDeleted() {
        String id = readyInstance();
        database.update("update service_instance set plan_id = 'withdrawn'");

        assertThat(deleteOfWithdrawnPlan(id, "")).isEqualTo(202);
        worker.run(id);
        DEPLOYER.end(State.DONE);
        worker.run(id);

        assertThat(lastOperation(id).path("state").asText()).isEqualTo("succeeded");
        assertThat(deleteOfWithdrawnPlan(id, ""))
                .as("its answer may have been lost")
                .isEqualTo(410);
        assertThat(deleteOfWithdrawnPlan(id, "/service_bindings/b1")).isEqualTo(410);
    }

    private int deleteOfWithdrawnPlan(String instance, String binding) {
        return call(
                        HttpMethod.DELETE,
                        "/v2/service_instances/" + instance + binding
                                + offering().replace(io.paddock.broker.FakeSpi.PLAN, "withdrawn")
                                + "&accepts_incomplete=true",
                        null)
                .getStatusCode()
                .value();
    }

    @Test
    void aStartThatArrivesAtTheDirectorLongAfterItsInstanceWasDeletedIsDeletedAsWell() {
        provision(ID, Map.of());
        worker.run(ID);
        Operation create = worker.newest(ID);
        io.paddock.contracts.deployer.DeployRequest late =
                DEPLOYER.deployments.values().iterator().next();
        deprovision(ID);
        worker.run(ID);
        DEPLOYER.end(State.DONE);
        worker.run(ID);
        assertThat(worker.newest(ID).state()).isEqualTo(Operation.State.SUCCEEDED);
        assertThat(worker.run(create)).as("looks again").isPresent();

        DEPLOYER.deployments.put(create.deployment(), late);
        CLOCK.forward(Duration.ofSeconds(15));
        assertThat(worker.run(create)).isEmpty();

        assertThat(worker.newest(ID).type()).isEqualTo(Operation.Type.DELETE);
        assertThat(worker.newest(ID).isInProgress()).isTrue();
    }

    @Test
    void whatANewerBrokerHasStoredOfAnUpdateCanBeRead() {
        String id = readyInstance();
        update(id, Map.of("plan_id", io.paddock.broker.FakeSpi.LARGER_PLAN));
        database.update(
                "update operation set spec = replace(spec, '{\"template\"', '{\"colour\":\"blue\",\"template\"')");
        assertThat(database.queryForObject("select count(*) from operation where spec like '%colour%'", Integer.class))
                .isEqualTo(1);

        assertThat(worker.newest(id).spec().template()).isEqualTo("pond");
    }

    @Test
    void aLaterLifeOfTheSameIdIsLeftAlone() {
        provision(ID, Map.of());
        Operation first = worker.newest(ID);
        deprovision(ID);
        worker.run(ID);
        provision(ID, Map.of());
        worker.run(ID);

        assertThat(worker.run(first)).isEmpty();

        assertThat(DEPLOYER.deployments).hasSize(1);
        assertThat(worker.newest(ID).type()).isEqualTo(Operation.Type.CREATE);
        assertThat(worker.newest(ID).generation()).isGreaterThan(first.generation());
    }

    @Test
    void aDeleteWaitsForTheWorkerOfTheCancelledCreateToLetGo() {
        provision(ID, Map.of());
        Operation create = worker.newest(ID);
        database.update(
                "update scheduled_tasks set picked = true, picked_by = 'paused' where task_instance = ?",
                create.id().toString());
        deprovision(ID);

        assertThat(worker.run(ID)).isPresent();
        assertThat(lastOperation(ID).path("description").asText())
                .contains("waiting until the cancelled operation has stopped");

        database.update("update scheduled_tasks set picked = false");
        worker.run(ID);
        assertThat(worker.newest(ID).state()).isEqualTo(Operation.State.SUCCEEDED);
    }

    @Test
    void aDeletionThatTheDirectorFailsIsTriedAgain() {
        String id = readyInstance();
        deprovision(id);
        worker.run(id);
        DEPLOYER.end(State.FAILED);

        assertThat(worker.run(id)).isPresent();
        assertThat(lastOperation(id).path("state").asText()).isEqualTo("in progress");
        worker.run(id);
        DEPLOYER.end(State.DONE);
        worker.run(id);

        assertThat(worker.newest(id).state()).isEqualTo(Operation.State.SUCCEEDED);
    }

    @Test
    void aFailedCreateCanBeDeleted() {
        provision(ID, Map.of());
        worker.run(ID);
        DEPLOYER.end(State.FAILED);
        worker.run(ID);

        deprovision(ID);
        worker.run(ID);
        DEPLOYER.end(State.DONE);
        worker.run(ID);

        assertThat(DEPLOYER.deployments).isEmpty();
        assertThat(worker.newest(ID).state()).isEqualTo(Operation.State.SUCCEEDED);
    }

    /** What the broker does on its own must not look like what the platform polls for. */
    @Test
    void aFailedCreateStaysFailedForThePlatformWhileItIsCleanedUp() {
        provision(ID, Map.of());
        worker.run(ID);
        DEPLOYER.end(State.FAILED);
        worker.run(ID);
        worker.run(ID);
        assertThat(worker.newest(ID).type()).isEqualTo(Operation.Type.DELETE);

        assertThat(lastOperation(ID).path("state").asText()).isEqualTo("failed");
        worker.run(ID);
        DEPLOYER.end(State.DONE);
        worker.run(ID);
        assertThat(DEPLOYER.deployments).isEmpty();
        assertThat(lastOperation(ID).path("state").asText()).isEqualTo("failed");
        assertThat(deprovision(ID).getStatusCode().value()).isEqualTo(410);
        assertThat(provision(ID, Map.of()).getStatusCode().value()).isEqualTo(202);
    }

    @Test
    void whatTheBrokerFailedToCleanUpItTriesAgainAnHourLater() {
        provision(ID, Map.of());
        worker.run(ID);
        DEPLOYER.end(State.FAILED);
        worker.run(ID);
        worker.run(ID);
        DEPLOYER.refusesDeletions = true;
        worker.run(ID);
        CLOCK.forward(Duration.ofHours(2));
        assertThat(worker.run(ID)).hasValue(CLOCK.instant().plus(Duration.ofHours(1)));
        Operation failed = worker.newest(ID);
        assertThat(failed.state()).isEqualTo(Operation.State.FAILED);

        CLOCK.forward(Duration.ofMinutes(59));
        assertThat(worker.run(failed))
                .as("a worker that is revived looks earlier")
                .isPresent();
        assertThat(worker.newest(ID).id()).isEqualTo(failed.id());

        DEPLOYER.refusesDeletions = false;
        CLOCK.forward(Duration.ofMinutes(1));
        assertThat(worker.run(failed)).isEmpty();
        worker.run(ID);
        DEPLOYER.end(State.DONE);
        worker.run(ID);
        assertThat(DEPLOYER.deployments).isEmpty();
    }

    @Test
    void aDeleteDuringTheCleanUpIsThatDeletion() {
        provision(ID, Map.of());
        worker.run(ID);
        DEPLOYER.end(State.FAILED);
        worker.run(ID);
        worker.run(ID);

        assertThat(deprovision(ID).getStatusCode().value()).isEqualTo(202);
        assertThat(lastOperation(ID).path("state").asText()).isEqualTo("in progress");
        worker.run(ID);
        DEPLOYER.end(State.DONE);
        worker.run(ID);
        assertThat(lastOperation(ID).path("state").asText()).isEqualTo("succeeded");
    }

    @Test
    void theRowOfADeletionStaysReadable() {
        String id = readyInstance();
        String operation = body(deprovision(id)).path("operation").asText();
        worker.run(id);
        DEPLOYER.end(State.DONE);
        worker.run(id);

        assertThat(call(HttpMethod.GET, "/v2/service_instances/" + id + "/last_operation?operation=" + operation, null)
                        .getStatusCode()
                        .value())
                .isIn(200, 410);
        assertThat(worker.newest(id).description()).isEqualTo("The service instance is deleted");
        assertThat(database.queryForObject("select count(*) from service_binding", Integer.class))
                .isZero();
    }
}
