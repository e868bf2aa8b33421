package io.paddock.broker.operation;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.kagkarlsson.scheduler.Scheduler;
import io.paddock.broker.FakeDeployer;
import io.paddock.broker.FakeSpi;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Two brokers with their own workers on one state database. */
class ReplicasTest {

    private static EmbeddedPostgres postgres;

    private final FakeSpi spi = new FakeSpi();
    private final FakeDeployer director = new FakeDeployer();
    private final Replica one = new Replica(spi, director);
    private final Replica other = new Replica(spi, director);

    @BeforeAll
    static void start() throws IOException {
        postgres = EmbeddedPostgres.start();
    }

    @AfterAll
    static void stop() throws IOException {
        postgres.close();
    }

    @AfterEach
    void close() {
        one.close();
        other.close();
    }

    @Test
    void replicasShareTheWorkAndDoNothingTwice() {
        one.start(postgres);
        other.start(postgres);

        List<String> ids = one.provision(20);

        awaitAllSucceeded(ids);
        assertThat(one.deploys().get() + other.deploys().get())
                .as("each step once")
                .isEqualTo(20);
        assertThat(director.tasks).hasSize(20);
        assertThat(Math.max(one.mostTasks().get(), other.mostTasks().get()))
                .as("tasks at a time, of both together")
                .isBetween(2, Replica.PLACES);
        assertThat(one.deploys()).as("both work").hasPositiveValue();
        assertThat(other.deploys()).hasPositiveValue();
    }

    @Test
    void aReplicaThatIsToldToStopEndsItsStepAndTheOtherGoesOn() throws InterruptedException {
        one.start(postgres);
        one.holdDeployments();
        List<String> ids = one.provision(3);
        assertThat(one.awaitDeployment()).isTrue();
        other.start(postgres);

        Thread stopping = new Thread(one.context()::close);
        stopping.start();
        Scheduler scheduler = one.context().getBean(Scheduler.class);
        Awaitility.await().until(() -> scheduler.getSchedulerState().isShuttingDown());
        one.release();
        stopping.join();
        assertThat(one.deploys()).as("the step that it was at").hasPositiveValue();

        awaitAllSucceeded(ids);
        assertThat(one.deploys().get() + other.deploys().get())
                .as("each step once")
                .isEqualTo(3);
    }

    @Test
    void aStepThatOutlastsTheGracePeriodIsBrokenOffAndDoneByTheOther() throws InterruptedException {
        one.start(postgres);
        one.holdDeployments();
        List<String> ids = one.provision(1);
        assertThat(one.awaitDeployment()).isTrue();
        other.start(postgres);

        one.context().close();

        awaitAllSucceeded(ids);
        assertThat(one.deploys()).as("broken off").hasValue(0);
        assertThat(other.deploys()).hasValue(1);
    }

    private void awaitAllSucceeded(List<String> ids) {
        Replica alive = other;
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(() -> ids.stream()
                        .allMatch(id -> alive.operations()
                                        .findFirstByInstanceIdOrderByGenerationDesc(id)
                                        .orElseThrow()
                                        .state()
                                == Operation.State.SUCCEEDED));
    }
}
