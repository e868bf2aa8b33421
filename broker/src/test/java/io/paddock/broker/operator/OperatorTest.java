package io.paddock.broker.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.paddock.broker.BrokerTest;
import io.paddock.broker.FakeSpi;
import io.paddock.broker.operation.Operation;
import io.paddock.broker.remote.RemoteException;
import io.paddock.broker.remote.RemoteException.Kind;
import io.paddock.contracts.deployer.DeployRequest;
import io.paddock.contracts.deployer.DirectorTask.State;
import io.paddock.contracts.spi.RemainingAccount;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.http.HttpMethod;
import org.springframework.http.ResponseEntity;
import org.springframework.transaction.support.TransactionTemplate;

/** The operator's API on the wire. */
class OperatorTest extends BrokerTest {

    private static final String ID = "0b1d6c1e-55d1-4f5e-8a53-6f6f2a1d7c04";
    private static final String ORPHAN = "service-instance-0b1d6c1e-55d1-4f5e-8a53-6f6f2a1d7c05";

    @Autowired
    private TransactionTemplate transaction;

    @Autowired
    private Reconciliation reconciliation;

    @BeforeEach
    void emptyAudit() {
        database.update("truncate audit_entry, reconciliation_report");
    }

    @Test
    void instancesAreListedAndShownWithoutAnybodysSecrets() {
        String id = readyInstance();
        bind(id, "b1");
        provision(ID, Map.of("depth", "3m"));

        assertThat(get("/instances")).hasSize(2);
        assertThat(get("/instances?state=in_progress").findValuesAsText("id")).containsExactly(ID);
        assertThat(get("/instances?organization=other")).isEmpty();
        assertThat(get("/instances?limit=1&after="
                        + get("/instances?limit=1").path(0).path("id").asText()))
                .hasSize(1);
        JsonNode shown = get("/instances/" + id);
        assertThat(shown.path("instance").path("bindings").asInt()).isEqualTo(1);
        assertThat(shown.path("operations").path(0).path("state").asText()).isEqualTo("SUCCEEDED");
        assertThat(shown.path("bindings").path(0).path("appId").asText()).isEqualTo("app");
        assertThat(shown.toString()).doesNotContain(FakeSpi.PASSWORD, "hush");
        assertThat(call(HttpMethod.GET, "/operator/v1/instances/nope", null)
                        .getStatusCode()
                        .value())
                .isEqualTo(404);
        assertThat(call(HttpMethod.GET, "/operator/v1/instances?state=odd", null)
                        .getStatusCode()
                        .value())
                .isEqualTo(400);
    }

    @Test
    void platformAndOperatorMayNotDoEachOthersWork() {
        Map<String, String> version = Map.of("X-Broker-API-Version", "2.17");
        assertThat(callAs("platform", HttpMethod.GET, "/operator/v1/instances", version))
                .isEqualTo(403);
        assertThat(callAs("operator", HttpMethod.GET, "/v2/catalog", version)).isEqualTo(403);
        assertThat(callAs("nobody", HttpMethod.GET, "/operator/v1/instances", version))
                .isEqualTo(401);
    }

    @Test
    void anOperationThatWaitsGoesOnAtOnce() {
        provision(ID, Map.of());
        DEPLOYER.away = true;
        worker.run(ID);
        Operation waiting = worker.newest(ID);
        database.update("update scheduled_tasks set execution_time = now() + interval '1 hour'");

        assertThat(post("/operations/" + waiting.id() + "/retry")
                        .getStatusCode()
                        .value())
                .isEqualTo(200);

        assertThat(worker.dueAt(waiting)).isBefore(CLOCK.instant().plusSeconds(1));
    }

    @Test
    void aFailedCreationIsBegunAgainAndOneThatSucceededIsNot() {
        provision(ID, Map.of());
        ends(State.FAILED);
        Operation failed = worker.newest(ID);

        assertThat(post("/operations/" + failed.id() + "/retry").getStatusCode().value())
                .isEqualTo(200);
        ends(State.DONE);

        assertThat(worker.newest(ID).state()).isEqualTo(Operation.State.SUCCEEDED);
        assertThat(worker.run(failed)).as("its clean-up").isEmpty();
        assertThat(DEPLOYER.deployments).hasSize(1);
        assertThat(post("/operations/" + worker.newest(ID).id() + "/retry")
                        .getStatusCode()
                        .value())
                .isEqualTo(409);
        assertThat(post("/operations/" + failed.id() + "/retry").getStatusCode().value())
                .isEqualTo(409);
    }

    @Test
    void aFailedUpdateIsBegunAgain() {
        String id = readyInstance();
        update(id, Map.of("plan_id", FakeSpi.LARGER_PLAN));
        worker.run(id);
        DEPLOYER.end(State.FAILED);
        worker.run(id);
        DEPLOYER.end(State.DONE);
        worker.run(id);

        assertThat(post("/operations/" + worker.newest(id).id() + "/retry")
                        .getStatusCode()
                        .value())
                .isEqualTo(200);
        worker.run(id);
        DEPLOYER.end(State.DONE);
        worker.run(id);

        assertThat(get("/instances/" + id).path("instance").path("planId").asText())
                .isEqualTo(FakeSpi.LARGER_PLAN);
    }

    @Test
    void aRunningUpdateIsCancelledAndTakenBack() {
        String id = readyInstance();
        update(id, Map.of("plan_id", FakeSpi.LARGER_PLAN));
        worker.run(id);

        assertThat(post("/operations/" + worker.newest(id).id() + "/cancel")
                        .getStatusCode()
                        .value())
                .isEqualTo(200);
        worker.run(id);
        DEPLOYER.end(State.DONE);
        worker.run(id);

        assertThat(lastOperation(id).path("state").asText()).isEqualTo("failed");
        assertThat(lastOperation(id).path("description").asText()).contains("was taken back");
    }

    @Test
    void anUpdateThatBeginsAtTheMomentOfItsCancellationIsTakenBack() {
        String id = readyInstance();
        update(id, Map.of("plan_id", FakeSpi.LARGER_PLAN));
        DEPLOYER.beforeDeploy.add(
                () -> assertThat(post("/operations/" + worker.newest(id).id() + "/cancel")
                                .getStatusCode()
                                .value())
                        .isEqualTo(200));
        worker.run(id);
        DEPLOYER.beforeDeploy.clear();
        worker.run(id);
        DEPLOYER.end(State.DONE);
        worker.run(id);

        assertThat(lastOperation(id).path("description").asText()).contains("was taken back");
        assertThat(DEPLOYER.deployments.get("service-instance-" + id).generation())
                .as("deployed again as it was")
                .isEqualTo(worker.newest(id).generation());
        assertThat(get("/instances/" + id).path("instance").path("planId").asText())
                .isEqualTo(FakeSpi.PLAN);
    }

    @Test
    void anInterventionThatCrossesAWorkerIsAConflict() throws Exception {
        provision(ID, Map.of());
        Operation operation = worker.newest(ID);
        ExecutorService operator = Executors.newSingleThreadExecutor();
        try {
            Future<Integer> failed = transaction.execute(status -> {
                // A worker stores what it did, after the operator's request has read the row.
                database.update("update operation set version = version + 1 where id = ?", operation.id());
                Future<Integer> crossing = operator.submit(() -> post("/operations/" + operation.id() + "/fail")
                        .getStatusCode()
                        .value());
                Awaitility.await()
                        .until(() -> database.queryForObject(
                                        "select count(*) from pg_locks where not granted", Integer.class)
                                > 0);
                return crossing;
            });
            assertThat(failed.get()).isEqualTo(409);
        } finally {
            operator.shutdown();
        }
        assertThat(worker.newest(ID).isInProgress()).isTrue();
    }

    @Test
    void whatWaitsIsCancelledAtOnceAndWhatIsStuckCanBeFailed() {
        provision(ID, Map.of());
        assertThat(post("/operations/" + worker.newest(ID).id() + "/cancel")
                        .getStatusCode()
                        .value())
                .isEqualTo(200);
        assertThat(lastOperation(ID).path("state").asText()).isEqualTo("failed");

        String id = readyInstance();
        deprovision(id);
        worker.run(id);
        Operation stuck = worker.newest(id);
        assertThat(post("/operations/" + stuck.id() + "/cancel").getStatusCode().value())
                .isEqualTo(409);
        assertThat(post("/operations/" + stuck.id() + "/fail").getStatusCode().value())
                .isEqualTo(200);
        assertThat(lastOperation(id).path("state").asText()).isEqualTo("failed");
        assertThat(post("/operations/" + stuck.id() + "/fail").getStatusCode().value())
                .isEqualTo(409);
        assertThat(deprovision(id).getStatusCode().value())
                .as("and deleted again")
                .isEqualTo(202);
    }

    @Test
    void anInstanceIsPurgedWithItsBindingsAndItsDeploymentStays() {
        String id = readyInstance();
        bind(id, "b1");
        update(id, Map.of("plan_id", FakeSpi.LARGER_PLAN));
        worker.run(id);

        ResponseEntity<String> purged = call(HttpMethod.DELETE, "/operator/v1/instances/" + id, null);

        assertThat(purged.getStatusCode().value()).isEqualTo(200);
        assertThat(body(purged).path("message").asText()).contains("service-instance-" + id);
        assertThat(DEPLOYER.deployments).hasSize(1);
        assertThat(database.queryForObject("select count(*) from service_binding", Integer.class))
                .isZero();
        assertThat(deprovision(id).getStatusCode().value()).isEqualTo(410);
        DEPLOYER.end(State.DONE);
        assertThat(worker.run(worker.newest(id))).isEmpty();
    }

    @Test
    void aBindingWhoseDatabaseIsLostIsForgotten() {
        String id = readyInstance();
        bind(id, "b1");
        SPI.away = true;

        assertThat(delete("/bindings/b1")).isEqualTo(200);

        assertThat(delete("/bindings/b1")).isEqualTo(404);
        assertThat(call(HttpMethod.DELETE, "/v2/service_instances/" + id + "/service_bindings/b1" + offering(), null)
                        .getStatusCode()
                        .value())
                .isEqualTo(410);
        assertThat(get("/audit?instance=" + id).get(1).path("path").asText()).endsWith("/bindings/b1");
    }

    @Test
    void aComparisonPutsTheBrokersCountAboveWhatWasDeployedBeforeARestore() {
        String id = readyInstance();
        Operation create = worker.newest(id);
        DeployRequest deployed = DEPLOYER.deployments.get(create.deployment());
        DEPLOYER.deployments.put(
                create.deployment(),
                new DeployRequest(
                        deployed.template(),
                        deployed.attributes(),
                        deployed.context(),
                        create.generation() + 1_000_000,
                        deployed.notAfter()));

        post("/reconciliation");

        deprovision(id);
        assertThat(worker.newest(id).generation()).isGreaterThan(create.generation() + 1_000_000);
    }

    @Test
    void whatWasPurgedIsNotCleanedUpAfterAll() {
        provision(ID, Map.of());
        ends(State.FAILED);
        worker.run(worker.newest(ID));
        Operation cleanUp = worker.newest(ID);
        assertThat(cleanUp.type()).isEqualTo(Operation.Type.DELETE);
        worker.run(cleanUp);

        assertThat(delete("/instances/" + ID)).isEqualTo(200);
        DEPLOYER.end(State.FAILED);

        assertThat(worker.run(cleanUp)).isEmpty();
        assertThat(worker.newest(ID).id()).isEqualTo(cleanUp.id());
        assertThat(DEPLOYER.deployments).hasSize(1);
    }

    @Test
    void aDeletionIsNotBegunAgainOnceSomethingElseWasDoneWithTheInstance() {
        provision(ID, Map.of());
        ends(State.DONE);
        deprovision(ID);
        worker.run(ID);
        Operation failed = worker.newest(ID);
        assertThat(post("/operations/" + failed.id() + "/fail").getStatusCode().value())
                .isEqualTo(200);
        assertThat(call(HttpMethod.POST, "/operator/v1/reconciliation/instances/" + ID + "/deployment", null)
                        .getStatusCode()
                        .value())
                .isEqualTo(200);

        assertThat(post("/operations/" + failed.id() + "/retry").getStatusCode().value())
                .isEqualTo(409);
    }

    @Test
    void whateverChangesSomethingIsInTheAuditLogWithItsResult() {
        call(
                HttpMethod.PUT,
                "/v2/service_instances/" + ID + "?accepts_incomplete=true",
                provisionBody(Map.of()),
                Map.of(
                        "X-Broker-API-Version", "2.17",
                        "X-Broker-API-Request-Identity", "r-1",
                        "X-Broker-API-Originating-Identity", "cloudfoundry eyJ1c2VyX2lkIjoiYW5uIn0="),
                "secret");
        call(HttpMethod.GET, "/v2/service_instances/" + ID, null);
        call(
                HttpMethod.POST,
                "/operator/v1/operations/" + worker.newest(ID).id() + "/cancel",
                null,
                Map.of("X-Paddock-Reason", "ticket 7"),
                "secret");
        deprovision("unknown");

        JsonNode entries = get("/audit");
        assertThat(entries).hasSize(3);
        assertThat(entries.path(2).path("originatingIdentity").asText())
                .isEqualTo("cloudfoundry {\"user_id\":\"ann\"}");
        assertThat(entries.path(2).path("requestId").asText()).isEqualTo("r-1");
        assertThat(entries.path(2).path("status").asInt()).isEqualTo(202);
        assertThat(entries.path(2).path("instanceId").asText()).isEqualTo(ID);
        assertThat(entries.path(1).path("caller").asText()).isEqualTo("operator");
        assertThat(entries.path(1).path("reason").asText()).isEqualTo("ticket 7");
        assertThat(entries.path(0).path("status").asInt()).isEqualTo(410);
        assertThat(get("/audit?instance=" + ID)).as("the cancellation as well").hasSize(2);
        assertThat(get("/audit?before=" + entries.path(1).path("id").asLong())).hasSize(1);
    }

    @Test
    void allIsAsItShouldBe() {
        String id = readyInstance();
        bind(id, "b1");
        provision(ID, Map.of());

        JsonNode report = body(post("/reconciliation"));

        assertThat(report.path("clean").asBoolean()).as(report.toString()).isTrue();
        assertThat(get("/reconciliation").path("clean").asBoolean()).isTrue();
    }

    @Test
    void whatIsMissingDriftedOrLeftOverIsReportedAndChangedOnlyWhenTold() {
        String missing = readyInstance();
        String drifted = readyInstance();
        DEPLOYER.deployments.remove("service-instance-" + missing);
        DEPLOYER.deployments.put("service-instance-" + drifted, deployment(7, Map.of("ducks", 1)));
        DEPLOYER.deployments.put(ORPHAN, deployment(900_000, Map.of()));
        DEPLOYER.deployments.put("something-else", deployment(1, Map.of()));
        DEPLOYER.variables.add("service-instance-gone");
        SPI.accounts.add("left-over");
        SPI.remaining = List.of(new RemainingAccount("revoked", "a transaction of two hours"));

        JsonNode report = body(post("/reconciliation"));

        assertThat(report.path("clean").asBoolean()).isFalse();
        assertThat(report.path("orphanDeployments").toString()).isEqualTo("[\"" + ORPHAN + "\"]");
        assertThat(report.path("missingDeployments").toString()).isEqualTo("[\"" + missing + "\"]");
        assertThat(report.path("driftedDeployments").toString())
                .isEqualTo("[{\"instanceId\":\"" + drifted + "\",\"differences\":[\"/instance_groups/0\"]}]");
        assertThat(report.path("leftoverVariables").toString()).isEqualTo("[\"service-instance-gone\"]");
        assertThat(report.path("leftoverAccounts").path(0).path("account").asText())
                .isEqualTo("left-over");
        assertThat(report.path("remainingAccounts").path(0).path("inTheWay").asText())
                .isEqualTo("a transaction of two hours");
        assertThat(DEPLOYER.deployments).hasSize(3);

        assertThat(post("/reconciliation/instances/" + missing + "/deployment")
                        .getStatusCode()
                        .value())
                .isEqualTo(200);
        assertThat(post("/reconciliation/instances/" + drifted + "/deployment")
                        .getStatusCode()
                        .value())
                .isEqualTo(200);
        for (String id : new String[] {missing, drifted}) {
            worker.run(id);
            DEPLOYER.end(State.DONE);
            worker.run(id);
        }
        assertThat(delete("/reconciliation/deployments/" + ORPHAN)).isEqualTo(200);
        assertThat(delete("/reconciliation/deployments/service-instance-gone")).isEqualTo(200);
        assertThat(delete("/reconciliation/instances/" + drifted + "/accounts/left-over"))
                .isEqualTo(200);
        SPI.remaining = List.of();
        for (Operation deletion : worker.all()) {
            if (deletion.type() == Operation.Type.DELETE) {
                worker.run(deletion);
                if (deletion.deployment().equals(ORPHAN)) {
                    assertThat(deletion.generation()).isGreaterThan(900_000);
                    DEPLOYER.end(State.DONE);
                    worker.run(deletion);
                }
            }
        }

        assertThat(body(post("/reconciliation")).path("clean").asBoolean()).isTrue();
        assertThat(DEPLOYER.deployments).containsKey("something-else");
    }

    @Test
    void nothingThatAnInstanceHasIsDeletedAsAnOrphan() {
        String id = readyInstance();

        assertThat(delete("/reconciliation/deployments/service-instance-" + id)).isEqualTo(409);
        assertThat(delete("/reconciliation/deployments/cf")).isEqualTo(404);
    }

    @Test
    void aDeploymentOfALostStateDatabaseIsAdopted() {
        DEPLOYER.deployments.put(ORPHAN, deployment(500_000, Map.of("ducks", 7)));
        Map<String, Object> adoption = new HashMap<>(Map.of(
                "serviceId",
                FakeSpi.SERVICE,
                "organizationId",
                "org",
                "spaceId",
                "space",
                "parameters",
                Map.of("ducks", 7)));
        String path = "/operator/v1/reconciliation/deployments/" + ORPHAN + "/adoption";
        assertThat(call(HttpMethod.POST, path, adoption).getStatusCode().value())
                .isEqualTo(400);

        adoption.put("planId", FakeSpi.LARGER_PLAN);
        assertThat(call(HttpMethod.POST, path, adoption).getStatusCode().value())
                .as("it is something else")
                .isEqualTo(409);
        adoption.put("planId", FakeSpi.PLAN);
        adoption.put("force", true);
        assertThat(call(HttpMethod.POST, path, adoption).getStatusCode().value())
                .isEqualTo(200);
        String id = ORPHAN.substring("service-instance-".length());
        worker.run(id);
        DEPLOYER.end(State.DONE);
        worker.run(id);

        assertThat(worker.newest(id).state()).isEqualTo(Operation.State.SUCCEEDED);
        assertThat(DEPLOYER.deployments.get(ORPHAN).generation()).isGreaterThan(500_000);
        assertThat(bind(id, "b9").getStatusCode().value()).isEqualTo(201);
        assertThat(call(HttpMethod.POST, path, adoption).getStatusCode().value())
                .isEqualTo(409);
    }

    @Test
    void whenNothingCouldBeLookedAtThatIsTheLastReport() {
        assertThat(body(post("/reconciliation")).path("clean").asBoolean()).isTrue();
        DEPLOYER.away = true;

        assertThatThrownBy(() -> reconciliation.compareUnasked(() -> false)).isInstanceOf(RemoteException.class);

        JsonNode last = get("/reconciliation");
        assertThat(last.path("clean").asBoolean()).isFalse();
        assertThat(last.path("unchecked").path(0).asText()).isEqualTo("nothing could be looked at: refused");
    }

    @Test
    void controlCharactersAreRefused() {
        for (String path : List.of("/instances?organization=%00", "/operations?instance=a%0a", "/audit?instance=%00")) {
            assertThat(call(HttpMethod.GET, "/operator/v1" + path, null)
                            .getStatusCode()
                            .value())
                    .as(path)
                    .isEqualTo(400);
        }
    }

    @Test
    void whatCouldNotBeLookedAtIsSaid() {
        readyInstance();
        SPI.away = true;

        JsonNode report = body(post("/reconciliation"));

        assertThat(report.path("clean").asBoolean()).isFalse();
        assertThat(report.path("unchecked")).hasSize(1);
    }

    @Test
    void whatAllNeedIsNotWaitedForAgainAndAgain() {
        for (int i = 0; i < 12; i++) {
            readyInstance();
        }
        SPI.away = true;
        SPI.catalogAway = true;

        JsonNode unchecked = body(post("/reconciliation")).path("unchecked");

        assertThat(unchecked).hasSize(12);
        assertThat(unchecked.get(9).asText()).doesNotContain("not looked at");
        assertThat(unchecked.get(10).asText()).contains("not looked at");
    }

    @Test
    void whatIsWrongWithSomeInstancesDoesNotHideTheOthers() {
        for (int i = 0; i < 12; i++) {
            readyInstance();
        }
        SPI.away = true;

        JsonNode unchecked = body(post("/reconciliation")).path("unchecked");

        assertThat(unchecked)
                .hasSize(12)
                .allSatisfy(one -> assertThat(one.asText()).contains("refused"));
    }

    @Test
    void looksThatFailTakeFiveMinutesAtMostThoughOthersSucceed() {
        for (int i = 0; i < 22; i++) {
            readyInstance();
        }
        AtomicInteger looks = new AtomicInteger();
        DEPLOYER.beforeCompare = () -> {
            if (looks.incrementAndGet() % 2 == 0) {
                CLOCK.forward(Duration.ofSeconds(31));
                throw silence();
            }
        };

        JsonNode unchecked = body(post("/reconciliation")).path("unchecked");

        assertThat(unchecked).hasSize(12);
        assertThat(unchecked.get(9).asText()).endsWith("silence");
        assertThat(unchecked.get(10).asText()).contains("not looked at", "five minutes");
    }

    @Test
    void aComparisonMayTakeLongBecauseThereIsMuchToCompare() {
        for (int i = 0; i < 20; i++) {
            readyInstance();
        }
        AtomicInteger looks = new AtomicInteger();
        DEPLOYER.beforeCompare = () -> {
            if (looks.incrementAndGet() <= 6) {
                CLOCK.forward(Duration.ofMinutes(1));
            } else if (looks.get() <= 16) {
                throw silence();
            }
        };

        JsonNode unchecked = body(post("/reconciliation")).path("unchecked");

        assertThat(looks).hasValue(20);
        assertThat(unchecked)
                .hasSize(10)
                .allSatisfy(one -> assertThat(one.asText()).endsWith("silence"));
    }

    private static RemoteException silence() {
        return new RemoteException(Kind.UNAVAILABLE, "A part of the platform does not answer now", "silence", null);
    }

    @Test
    void theCatalogOfABrokerThatHasJustStartedIsTheLastKnownOneWhileTheServiceProviderIsAway() {
        call(HttpMethod.GET, "/v2/catalog", null);
        forgetCatalog();
        SPI.catalogAway = true;

        assertThat(body(call(HttpMethod.GET, "/v2/catalog", null))
                        .path("services")
                        .path(0)
                        .path("name")
                        .asText())
                .isEqualTo("ducks");
    }

    private void ends(State state) {
        worker.run(ID);
        DEPLOYER.end(state);
        worker.run(ID);
    }

    private static DeployRequest deployment(long generation, Map<String, Object> attributes) {
        return new DeployRequest("pond", attributes, "c", generation, Instant.now());
    }

    private JsonNode get(String path) {
        ResponseEntity<String> answer = call(HttpMethod.GET, "/operator/v1" + path, null);
        assertThat(answer.getStatusCode().value()).as(answer.toString()).isEqualTo(200);
        return body(answer);
    }

    private ResponseEntity<String> post(String path) {
        return call(HttpMethod.POST, "/operator/v1" + path, null);
    }

    private int delete(String path) {
        return call(HttpMethod.DELETE, "/operator/v1" + path, null)
                .getStatusCode()
                .value();
    }
}
