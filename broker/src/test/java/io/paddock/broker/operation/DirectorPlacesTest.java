package io.paddock.broker.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paddock.broker.BrokerTest;
import io.paddock.broker.FakeSpi;
import io.paddock.broker.instance.DeploymentName;
import io.paddock.broker.remote.RemoteException;
import io.paddock.contracts.deployer.DirectorTask.State;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpMethod;

/** Two operations at a time have a task at the director; the others wait for their turn. */
class DirectorPlacesTest extends BrokerTest {

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    @Autowired
    private DirectorPlaces places;

    @Test
    void whoFindsNoPlaceWaitsAndIsToldItsPlaceInTheQueue() {
        List<String> ids = creations(4);
        ids.forEach(worker::run);

        assertThat(DEPLOYER.tasks).hasSize(2);
        assertThat(description(ids.get(2))).isEqualTo("waiting for its turn, place 1 in the queue");
        assertThat(description(ids.get(3))).isEqualTo("waiting for its turn, place 2 in the queue");
    }

    @Test
    void whoseTurnItIsIsWokenWhenAPlaceIsFree() {
        List<String> ids = creations(3);
        ids.forEach(worker::run);
        Operation waiting = worker.newest(ids.get(2));
        database.update("update scheduled_tasks set execution_time = now() + interval '1 hour'");

        DEPLOYER.end(1, State.DONE);
        worker.run(ids.get(0));

        assertThat(worker.dueAt(waiting)).isBefore(CLOCK.instant().plusSeconds(1));
        worker.run(ids.get(2));
        assertThat(DEPLOYER.tasks).hasSize(3);
    }

    @Test
    void nobodyIsOvertakenByWhoCameLater() {
        List<String> ids = creations(4);
        ids.forEach(worker::run);
        DEPLOYER.end(1, State.DONE);
        worker.run(ids.get(0));

        worker.run(ids.get(3));
        assertThat(description(ids.get(3))).isEqualTo("waiting for its turn, place 1 in the queue");
        worker.run(ids.get(2));
        assertThat(DEPLOYER.deployments).containsKey("service-instance-" + ids.get(2));
    }

    @Test
    void creationsGoBeforeUpdates() {
        String existing = readyInstance();
        List<String> running = creations(2);
        running.forEach(worker::run);
        update(existing, Map.of("plan_id", FakeSpi.LARGER_PLAN));
        worker.run(existing);
        String later = creations(1).get(0);
        worker.run(later);

        DEPLOYER.end(2, State.DONE);
        worker.run(running.get(0));
        worker.run(existing);
        assertThat(description(existing)).contains("place 1 in the queue");
        worker.run(later);
        assertThat(DEPLOYER.deployments).containsKey("service-instance-" + later);
    }

    @Test
    void whatNeedsNoDirectorDoesNotWait() {
        String existing = readyInstance();
        creations(2).forEach(worker::run);

        update(existing, Map.of("parameters", Map.of("depth", "3m")));
        worker.run(existing);

        assertThat(lastOperation(existing).path("state").asText()).isEqualTo("succeeded");
    }

    @Test
    void theDeletionOfWhatIsBeingCreatedHasItsPlaceAtOnce() {
        List<String> ids = creations(3);
        ids.forEach(worker::run);

        assertThat(deprovision(ids.get(1)).getStatusCode().value()).isEqualTo(202);
        worker.run(ids.get(1));

        assertThat(DEPLOYER.tasks.get(2L).state()).isEqualTo(State.CANCELLED);
        worker.run(ids.get(2));
        assertThat(description(ids.get(2))).contains("place 1 in the queue");
    }

    @Test
    void theDeletionOfWhatWaitsTakesNobodysPlace() {
        List<String> ids = creations(3);
        ids.forEach(worker::run);

        deprovision(ids.get(2));
        worker.run(ids.get(2));

        assertThat(description(ids.get(2))).contains("place 1 in the queue");
    }

    @Test
    void theDeadlineCountsFromItsTurn() {
        List<String> ids = creations(3);
        ids.forEach(worker::run);
        CLOCK.forward(Duration.ofMinutes(59));
        DEPLOYER.end(1, State.DONE);
        worker.run(ids.get(0));
        worker.run(ids.get(2));
        CLOCK.forward(Duration.ofMinutes(59));

        worker.run(ids.get(2));
        assertThat(lastOperation(ids.get(2)).path("state").asText()).isEqualTo("in progress");
        CLOCK.forward(Duration.ofMinutes(2));
        worker.run(ids.get(2));
        assertThat(lastOperation(ids.get(2)).path("state").asText()).isEqualTo("failed");
    }

    @Test
    void aTaskIsLookedAtOftenWhileItIsYoungHoweverLongItsOperationHasWaited() {
        List<String> ids = creations(3);
        ids.forEach(worker::run);
        CLOCK.forward(Duration.ofMinutes(10));
        DEPLOYER.end(1, State.DONE);
        worker.run(ids.get(0));

        assertThat(worker.run(ids.get(2))).hasValue(CLOCK.instant().plusMillis(250));
        CLOCK.forward(Duration.ofMinutes(1));
        assertThat(worker.run(ids.get(2))).hasValue(CLOCK.instant().plusSeconds(1));
        CLOCK.forward(Duration.ofMinutes(2));
        assertThat(worker.run(ids.get(2))).hasValue(CLOCK.instant().plusSeconds(5));
    }

    @Test
    void queuingAgainAfterOtherWorkDoesNotCountEither() {
        List<String> ids = creations(3);
        deployingIs(RemoteException.Kind.BUSY);
        worker.run(ids.get(0));
        DEPLOYER.beforeDeploy.clear();
        Instant deadline = worker.newest(ids.get(0)).deadline();
        worker.run(ids.get(1));
        worker.run(ids.get(2));

        CLOCK.forward(Duration.ofMinutes(50));
        worker.run(ids.get(0));
        assertThat(description(ids.get(0))).contains("place 1 in the queue");
        CLOCK.forward(Duration.ofMinutes(50));
        worker.run(ids.get(0));

        assertThat(lastOperation(ids.get(0)).path("state").asText()).isEqualTo("in progress");
        assertThat(worker.newest(ids.get(0)).deadline()).isEqualTo(deadline.plus(Duration.ofMinutes(100)));
    }

    @Test
    void aTaskThatOutlivesItsOperationKeepsThePlace() {
        String existing = readyInstance();
        List<String> ids = creations(2);
        worker.run(ids.get(0));
        update(existing, Map.of("parameters", Map.of("ducks", 11)));
        worker.run(existing);
        Operation update = worker.newest(existing);
        CLOCK.forward(Duration.ofMinutes(61));

        assertThat(worker.run(existing)).hasValue(CLOCK.instant().plusSeconds(5));
        assertThat(lastOperation(existing).path("state").asText()).isEqualTo("failed");
        worker.run(ids.get(1));
        assertThat(description(ids.get(1))).contains("place 1 in the queue");

        DEPLOYER.end(update.taskId().orElseThrow(), State.DONE);
        assertThat(worker.run(existing)).isEmpty();
        worker.run(ids.get(1));
        assertThat(description(ids.get(1))).isEqualTo("digging");
    }

    @Test
    void soDoesOneThatItsOperatorFails() {
        List<String> ids = creations(3);
        worker.run(ids.get(0));
        worker.run(ids.get(1));

        worker.fail(ids.get(0));

        worker.run(ids.get(2));
        assertThat(description(ids.get(2))).contains("place 1 in the queue");
        DEPLOYER.end(1, State.FAILED);
        worker.run(ids.get(0));
        worker.run(ids.get(2));
        assertThat(description(ids.get(2))).isEqualTo("digging");
    }

    @Test
    void aDeletionHasThePlaceOfTheTaskThatItEnds() {
        List<String> ids = creations(3);
        worker.run(ids.get(0));
        worker.run(ids.get(1));
        CLOCK.forward(Duration.ofMinutes(61));
        worker.run(ids.get(0));
        assertThat(lastOperation(ids.get(0)).path("state").asText()).isEqualTo("failed");

        deprovision(ids.get(0));
        worker.run(ids.get(0));

        assertThat(DEPLOYER.tasks.get(1L).state()).isEqualTo(State.CANCELLED);
        worker.run(ids.get(2));
        assertThat(description(ids.get(2))).contains("place 1 in the queue");
    }

    /** Its task may have ended unseen. */
    @Test
    void whoFailsKeepsItsPlaceUntilItsTaskHasBeenLookedAt() {
        List<String> ids = creations(3);
        ids.forEach(worker::run);
        DEPLOYER.away = true;
        CLOCK.forward(Duration.ofMinutes(61));
        assertThat(worker.run(ids.get(0))).hasValue(CLOCK.instant().plus(LONGEST_PAUSE));
        assertThat(places(ids.get(0))).isEqualTo(1);

        DEPLOYER.away = false;
        DEPLOYER.tasks.remove(1L);
        worker.run(worker.newest(ids.get(0)));
        assertThat(places(ids.get(0))).isZero();
    }

    /** A replica of an older version takes it for done and does not look again. */
    @Test
    void aPlaceThatNobodyLooksAfterIsGivenAway() {
        List<String> ids = creations(3);
        ids.forEach(worker::run);
        worker.fail(ids.get(0));
        database.update(
                "delete from scheduled_tasks where task_instance = ?",
                worker.newest(ids.get(0)).id().toString());

        worker.run(ids.get(2));

        assertThat(description(ids.get(2))).isEqualTo("digging");
    }

    @Test
    void aDeletionThatIsRefusedHoldsNobodyUp() {
        List<String> gone = List.of(readyInstance(), readyInstance());
        gone.forEach(this::deprovision);
        String id = creations(1).get(0);
        DEPLOYER.refusesDeletions = true;
        gone.forEach(worker::run);

        worker.run(id);

        assertThat(description(id)).isEqualTo("digging");
        assertThat(description(gone.get(0))).isEqualTo("the platform failed to delete; trying again");
        DEPLOYER.refusesDeletions = false;
        worker.run(gone.get(0));
        assertThat(DEPLOYER.tasks.lastEntry().getValue().progress()).isEqualTo("filling up");
    }

    @Test
    void aDeletionThatFailsBeforeItBeginsKeepsThePlaceOfTheTaskThatItWasToEnd() {
        List<String> ids = creations(3);
        worker.run(ids.get(0));
        worker.run(ids.get(1));
        deprovision(ids.get(0));
        DEPLOYER.away = true;
        worker.run(ids.get(0));
        worker.fail(ids.get(0));
        DEPLOYER.away = false;

        worker.run(ids.get(2));
        assertThat(description(ids.get(2))).contains("place 1 in the queue");
        DEPLOYER.end(1, State.FAILED);
        worker.run(ids.get(0));
        worker.run(ids.get(2));
        assertThat(description(ids.get(2))).isEqualTo("digging");
    }

    @Test
    void anUpdateThatIsInItsOwnWayKeepsItsPlace() {
        String existing = readyInstance();
        List<String> ids = creations(2);
        update(existing, Map.of("plan_id", FakeSpi.LARGER_PLAN));
        worker.run(ids.get(0));
        deployingIs(RemoteException.Kind.UNAVAILABLE);
        worker.run(existing);
        assertThat(call(
                                HttpMethod.POST,
                                "/operator/v1/operations/"
                                        + worker.newest(existing).id() + "/cancel",
                                null)
                        .getStatusCode()
                        .value())
                .isEqualTo(200);
        deployingIs(RemoteException.Kind.BUSY);

        worker.run(existing);

        assertThat(worker.newest(existing).step()).isEqualTo("TAKE_BACK");
        assertThat(places(existing)).isEqualTo(1);
    }

    @Test
    void anOrphansDeletionHasThePlaceOfItsTask() {
        // Its deployment's name does not tell the id.
        provision("no-uuid", Map.of());
        worker.run("no-uuid");
        List<String> ids = creations(2);
        worker.run(ids.get(0));
        String deployment = worker.newest("no-uuid").deployment();
        call(HttpMethod.DELETE, "/operator/v1/instances/no-uuid", null);
        assertThat(call(HttpMethod.DELETE, "/operator/v1/reconciliation/deployments/" + deployment, null)
                        .getStatusCode()
                        .value())
                .isEqualTo(200);

        worker.run(DeploymentName.instanceOf(deployment));

        assertThat(DEPLOYER.tasks.get(1L).state()).isEqualTo(State.CANCELLED);
        worker.run(ids.get(1));
        assertThat(description(ids.get(1))).contains("place 1 in the queue");
    }

    @Test
    void theDeadlineOfADeletionCountsFromThePlaceThatItInherits() {
        List<String> ids = creations(1);
        worker.run(ids.get(0));
        deprovision(ids.get(0));
        worker.run(ids.get(0));
        DEPLOYER.away = true;
        CLOCK.forward(Duration.ofMinutes(61));

        worker.run(ids.get(0));

        assertThat(lastOperation(ids.get(0)).path("state").asText()).isEqualTo("failed");
    }

    @Test
    void anOperatorSeesWhoHasAPlace() {
        List<String> ids = creations(3);
        ids.forEach(worker::run);
        worker.fail(ids.get(0));

        assertThat(body(call(HttpMethod.GET, "/operator/v1/operations", null)).findValuesAsText("hasPlace"))
                .containsExactly("false", "true", "true");
    }

    @Test
    void whoseTurnNeverComesFailsInTheEnd() {
        List<String> ids = creations(3);
        ids.forEach(worker::run);
        CLOCK.forward(Duration.ofHours(25));

        worker.run(ids.get(2));

        assertThat(lastOperation(ids.get(2)).path("state").asText()).isEqualTo("failed");
    }

    /** Such as one whose machine was lost while it asked for a place. */
    @Test
    void aReplicaThatHoldsTheLockDoesNotHoldUpTheOthersForEver() throws Exception {
        String id = creations(1).get(0);
        try (Connection lost = DriverManager.getConnection(stateDatabase(), "postgres", "");
                Statement statement = lost.createStatement()) {
            lost.setAutoCommit(false);
            statement.execute("select pg_advisory_xact_lock(" + DirectorPlaces.LOCK + ")");

            assertThatThrownBy(() -> worker.run(id))
                    .as("its scheduler runs it again")
                    .isInstanceOf(DataAccessException.class);
        }
        worker.run(id);
        assertThat(description(id)).isEqualTo("digging");
    }

    @Test
    void aConnectionThatIsIdleWithinATransactionIsGivenUp() {
        assertThat(database.queryForObject("show idle_in_transaction_session_timeout", String.class))
                .isEqualTo("10s");
    }

    @Test
    void whoeverAsksAtTheSameTimeTwoGoOn() throws Exception {
        List<String> ids = creations(20);
        ExecutorService pool = Executors.newFixedThreadPool(20);
        try {
            List<Future<Boolean>> entered = ids.stream()
                    .map(id -> pool.submit(() -> places.enter(worker.newest(id)).isEmpty()))
                    .toList();
            long count = 0;
            for (Future<Boolean> one : entered) {
                count += one.get() ? 1 : 0;
            }
            assertThat(count).isBetween(0L, 2L);
        } finally {
            pool.shutdown();
        }
        assertThat(ids.stream().filter(id -> places.enter(worker.newest(id)).isEmpty()))
                .hasSize(2);
    }

    private static void deployingIs(RemoteException.Kind kind) {
        DEPLOYER.beforeDeploy.clear();
        DEPLOYER.beforeDeploy.add(() -> {
            throw new RemoteException(kind, "not now", String.valueOf(kind), null);
        });
    }

    private List<String> creations(int count) {
        List<String> ids = IntStream.range(0, count)
                .mapToObj(i -> UUID.randomUUID().toString())
                .toList();
        ids.forEach(id ->
                assertThat(provision(id, Map.of()).getStatusCode().value()).isEqualTo(202));
        return ids;
    }

    private int places(String id) {
        return database.queryForObject(
                "select count(*) from director_place where entered_at is not null and operation_id in"
                        + " (select id from operation where instance_id = ?)",
                Integer.class,
                id);
    }

    private String description(String id) {
        return lastOperation(id).path("description").asText();
    }
}
