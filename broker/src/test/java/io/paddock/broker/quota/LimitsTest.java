package io.paddock.broker.quota;

import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.broker.BrokerTest;
import io.paddock.broker.FakeSpi;
import io.paddock.broker.operation.Operation;
import io.paddock.contracts.deployer.DirectorTask.State;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpMethod;
import org.springframework.http.ResponseEntity;
import org.springframework.test.context.TestPropertySource;

/** What an operator may set: quotas, and for how long failed creations are kept. */
@TestPropertySource(
        properties = {
            "broker.quota.instances=5",
            "broker.quota.instances-per-organization=3",
            "broker.quota.organizations.rich=4",
            "broker.quota.plans.lake=1",
            "broker.operation.keep-failed=2h"
        })
class LimitsTest extends BrokerTest {

    private static final String ID = "0b1d6c1e-55d1-4f5e-8a53-6f6f2a1d7c03";

    @Test
    void anOrganizationGetsNoMoreThanItsQuotaAndIsToldLimitUsedAndNeeded() {
        for (int i = 0; i < 3; i++) {
            assertThat(create("poor", FakeSpi.PLAN).getStatusCode().value()).isEqualTo(202);
        }

        ResponseEntity<String> refused = create("poor", FakeSpi.PLAN);
        assertThat(refused.getStatusCode().value()).isEqualTo(400);
        assertThat(body(refused).path("description").asText())
                .isEqualTo(
                        "The quota of this organization is used up: at most 3 service instances, 3 in use, 1 more needed."
                                + " Delete one, or ask your operator for a larger quota");
        assertThat(create("another", FakeSpi.PLAN).getStatusCode().value()).isEqualTo(202);
    }

    @Test
    void anOrganizationMayHaveAQuotaOfItsOwnAndAllTogetherHaveOne() {
        for (int i = 0; i < 4; i++) {
            assertThat(create("rich", FakeSpi.PLAN).getStatusCode().value()).isEqualTo(202);
        }
        assertThat(create("rich", FakeSpi.PLAN).getStatusCode().value()).isEqualTo(400);
        assertThat(create("poor", FakeSpi.PLAN).getStatusCode().value()).isEqualTo(202);

        assertThat(body(create("poor", FakeSpi.PLAN)).path("description").asText())
                .contains("of all organizations is used up: at most 5 service instances, 5 in use");
    }

    @Test
    void aPlansQuotaCountsUpdatesThatAreOnTheirWay() {
        String id = readyInstance();
        String other = readyInstance();
        assertThat(update(id, Map.of("plan_id", FakeSpi.LARGER_PLAN))
                        .getStatusCode()
                        .value())
                .isEqualTo(202);

        ResponseEntity<String> refused = update(other, Map.of("plan_id", FakeSpi.LARGER_PLAN));
        assertThat(refused.getStatusCode().value()).isEqualTo(422);
        assertThat(body(refused).path("description").asText())
                .contains("of plan 'lake' is used up: at most 1 service instances, 1 in use, 1 more needed");
        assertThat(body(refused).path("update_repeatable").asBoolean()).isTrue();
        assertThat(create("poor", FakeSpi.LARGER_PLAN).getStatusCode().value()).isEqualTo(400);
    }

    @Test
    void anOperatorWhoRepeatsAFailedUpdateIsBoundByItAsWell() {
        String id = readyInstance();
        update(id, Map.of("plan_id", FakeSpi.LARGER_PLAN));
        worker.run(id);
        DEPLOYER.end(State.FAILED);
        worker.run(id);
        DEPLOYER.end(State.DONE);
        worker.run(id);
        Operation failed = worker.newest(id);
        assertThat(failed.state()).isEqualTo(Operation.State.FAILED);
        assertThat(create("poor", FakeSpi.LARGER_PLAN).getStatusCode().value()).isEqualTo(202);

        ResponseEntity<String> refused =
                call(HttpMethod.POST, "/operator/v1/operations/" + failed.id() + "/retry", null);

        assertThat(refused.getStatusCode().value()).isEqualTo(409);
        assertThat(body(refused).path("description").asText()).contains("of plan 'lake' is used up");
    }

    @Test
    void twentyRequestsAtOnceDoNotGetMoreThanTheQuota() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(20);
        try {
            List<Future<Integer>> answers = IntStream.range(0, 20)
                    .mapToObj(i -> pool.submit(
                            () -> create("poor", FakeSpi.PLAN).getStatusCode().value()))
                    .toList();
            int accepted = 0;
            for (Future<Integer> answer : answers) {
                assertThat(answer.get()).isIn(202, 400);
                accepted += answer.get() == 202 ? 1 : 0;
            }
            assertThat(accepted).isEqualTo(3);
        } finally {
            pool.shutdown();
        }
    }

    @Test
    void theSameRequestTwiceIsOneInstance() {
        for (int i = 0; i < 3; i++) {
            provisionIn("poor", FakeSpi.PLAN, ID + i);
        }

        assertThat(provisionIn("poor", FakeSpi.PLAN, ID + 0).getStatusCode().value())
                .isEqualTo(202);
    }

    @Test
    void theSameUpdateTwiceIsOneOperationAlsoIfTheFirstTakesTheLastPlace() throws Exception {
        String id = readyInstance();
        CyclicBarrier both = new CyclicBarrier(2);
        SPI.duringSpec = () -> {
            try {
                both.await(1, TimeUnit.MINUTES);
            } catch (Exception broken) {
                throw new AssertionError(broken);
            }
        };
        ExecutorService pool = Executors.newFixedThreadPool(2);
        try {
            List<Future<ResponseEntity<String>>> answers = IntStream.range(0, 2)
                    .mapToObj(i -> pool.submit(() -> update(id, Map.of("plan_id", FakeSpi.LARGER_PLAN))))
                    .toList();
            for (Future<ResponseEntity<String>> answer : answers) {
                assertThat(answer.get().getStatusCode().value())
                        .as(answer.get().toString())
                        .isEqualTo(202);
            }
            assertThat(answers.get(0).get().getBody())
                    .isEqualTo(answers.get(1).get().getBody());
        } finally {
            pool.shutdown();
        }
    }

    @Test
    void whatIsDeletedMakesRoom() {
        for (int i = 0; i < 3; i++) {
            provisionIn("poor", FakeSpi.PLAN, ID + i);
        }
        deprovision(ID + 0);
        assertThat(create("poor", FakeSpi.PLAN).getStatusCode().value())
                .as("it is there until it is gone")
                .isEqualTo(400);
        worker.run(ID + 0);

        assertThat(create("poor", FakeSpi.PLAN).getStatusCode().value()).isEqualTo(202);
    }

    @Test
    void aFailedCreationIsKeptForInspectionAndThenRemoved() {
        Operation failed = failedCreation();
        CLOCK.forward(Duration.ofMinutes(119));
        // A worker that is revived looks earlier than it was to.
        assertThat(worker.run(failed)).isPresent();
        assertThat(worker.newest(ID).id()).isEqualTo(failed.id());

        CLOCK.forward(Duration.ofMinutes(2));
        worker.run(failed);
        worker.run(ID);
        DEPLOYER.end(State.DONE);
        worker.run(ID);

        assertThat(DEPLOYER.deployments).isEmpty();
        assertThat(database.queryForObject("select count(*) from service_instance", Integer.class))
                .isZero();
    }

    @Test
    void whatTheOperatorEndedIsNotKeptOnceItIsDeleted() {
        provision(ID, Map.of());
        worker.run(ID);
        Operation stuck = worker.newest(ID);
        assertThat(call(HttpMethod.POST, "/operator/v1/operations/" + stuck.id() + "/fail", null)
                        .getStatusCode()
                        .value())
                .isEqualTo(200);
        worker.run(stuck);

        assertThat(deprovision(ID).getStatusCode().value()).isEqualTo(202);
        worker.run(ID);
        DEPLOYER.end(State.DONE);
        worker.run(ID);

        assertThat(DEPLOYER.deployments).isEmpty();
    }

    @Test
    void itIsKeptAlsoIfThePlatformDeletesItMeanwhile() {
        Operation failed = failedCreation();

        assertThat(deprovision(ID).getStatusCode().value()).isEqualTo(202);
        worker.crashAfterStep(ID);
        assertThat(lastOperation(ID).path("state").asText()).isEqualTo("in progress");
        worker.run(ID);
        assertThat(lastOperation(ID).path("state").asText()).isEqualTo("succeeded");
        assertThat(lastOperation(ID).path("description").asText()).contains("is kept for a while");
        assertThat(deprovision(ID).getStatusCode().value()).isEqualTo(410);
        // A worker that is revived looks earlier than it was to.
        assertThat(worker.run(failed)).isPresent();
        assertThat(worker.newest(ID).isInProgress()).as("a second deletion").isFalse();
        assertThat(DEPLOYER.deployments).hasSize(1);

        CLOCK.forward(Duration.ofMinutes(121));
        worker.run(failed);
        worker.run(ID);
        DEPLOYER.end(State.DONE);
        worker.run(ID);
        assertThat(DEPLOYER.deployments).isEmpty();
    }

    private Operation failedCreation() {
        provision(ID, Map.of());
        worker.run(ID);
        DEPLOYER.end(State.FAILED);
        assertThat(worker.run(ID)).hasValue(CLOCK.instant().plus(Duration.ofHours(2)));
        return worker.newest(ID);
    }

    private ResponseEntity<String> create(String organization, String plan) {
        return provisionIn(organization, plan, UUID.randomUUID().toString());
    }

    private ResponseEntity<String> provisionIn(String organization, String plan, String id) {
        Map<String, Object> body = new HashMap<>(provisionBody(Map.of()));
        body.put("organization_guid", organization);
        body.put("plan_id", plan);
        return call(HttpMethod.PUT, "/v2/service_instances/" + id + "?accepts_incomplete=true", body);
    }
}
