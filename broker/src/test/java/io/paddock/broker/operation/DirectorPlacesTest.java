package io.paddock.broker.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paddock.broker.BrokerTest;
import io.paddock.broker.FakeSpi;
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

/** Two operations at a time have a task at the director; the others wait for their turn. */
class DirectorPlacesTest extends BrokerTest {

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
        DEPLOYER.beforeDeploy.add(() -> {
            throw new RemoteException(RemoteException.Kind.BUSY, "other work goes on", "409", null);
        });
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

    private List<String> creations(int count) {
        List<String> ids = IntStream.range(0, count)
                .mapToObj(i -> UUID.randomUUID().toString())
                .toList();
        ids.forEach(id ->
                assertThat(provision(id, Map.of()).getStatusCode().value()).isEqualTo(202));
        return ids;
    }

    private String description(String id) {
        return lastOperation(id).path("description").asText();
    }
}
