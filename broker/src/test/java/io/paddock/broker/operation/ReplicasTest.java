package io.paddock.broker.operation;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.kagkarlsson.scheduler.Scheduler;
import io.paddock.broker.BrokerApplication;
import io.paddock.broker.FakeDeployer;
import io.paddock.broker.FakeSpi;
import io.paddock.broker.instance.ProvisionRequest;
import io.paddock.broker.instance.ProvisionServiceInstance;
import io.paddock.broker.remote.Interactive;
import io.paddock.broker.remote.Patient;
import io.paddock.broker.remote.RemoteException;
import io.paddock.contracts.deployer.DeployerApi;
import io.paddock.contracts.deployer.DirectorTask.State;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/** Two brokers with their own workers on one state database. */
class ReplicasTest {

    private static EmbeddedPostgres postgres;

    private final FakeSpi spi = new FakeSpi();
    private final FakeDeployer director = new FakeDeployer();
    private final Replica one = new Replica();
    private final Replica other = new Replica();

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
        one.start();
        other.start();

        List<String> ids = one.provision(20);

        awaitAllSucceeded(ids);
        assertThat(one.deploys.get() + other.deploys.get()).as("each step once").isEqualTo(20);
        assertThat(director.tasks).hasSize(20);
        assertThat(one.deploys).as("both work").hasPositiveValue();
        assertThat(other.deploys).hasPositiveValue();
    }

    @Test
    void aReplicaThatIsToldToStopEndsItsStepAndTheOtherGoesOn() throws InterruptedException {
        one.start();
        one.atDeploy = new CountDownLatch(1);
        List<String> ids = one.provision(3);
        assertThat(one.isDeploying.await(30, TimeUnit.SECONDS)).isTrue();
        other.start();

        Thread stopping = new Thread(one.context::close);
        stopping.start();
        Scheduler scheduler = one.context.getBean(Scheduler.class);
        Awaitility.await().until(() -> scheduler.getSchedulerState().isShuttingDown());
        one.atDeploy.countDown();
        stopping.join();
        assertThat(one.deploys).as("the step that it was at").hasPositiveValue();

        awaitAllSucceeded(ids);
        assertThat(one.deploys.get() + other.deploys.get()).as("each step once").isEqualTo(3);
    }

    @Test
    void aStepThatOutlastsTheGracePeriodIsBrokenOffAndDoneByTheOther() throws InterruptedException {
        one.start();
        one.atDeploy = new CountDownLatch(1);
        List<String> ids = one.provision(1);
        assertThat(one.isDeploying.await(30, TimeUnit.SECONDS)).isTrue();
        other.start();

        one.context.close();

        awaitAllSucceeded(ids);
        assertThat(one.deploys).as("broken off").hasValue(0);
        assertThat(other.deploys).hasValue(1);
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

    private final class Replica {

        private final AtomicInteger deploys = new AtomicInteger();
        private final CountDownLatch isDeploying = new CountDownLatch(1);
        private volatile CountDownLatch atDeploy = new CountDownLatch(0);
        private ConfigurableApplicationContext context;

        void start() {
            context = new SpringApplicationBuilder(BrokerApplication.class)
                    .initializers(this::fake)
                    .run(
                            "--server.port=0",
                            "--spring.datasource.url=" + postgres.getJdbcUrl("postgres", "postgres"),
                            "--spring.datasource.username=postgres",
                            "--spring.security.user.name=platform",
                            "--spring.security.user.password=secret",
                            "--broker.remote.spi.url=http://127.0.0.1:1",
                            "--broker.remote.spi.username=broker",
                            "--broker.remote.spi.password=secret",
                            "--broker.remote.deployer.url=http://127.0.0.1:1",
                            "--broker.remote.deployer.username=broker",
                            "--broker.remote.deployer.password=secret",
                            "--broker.encryption.active-key=test",
                            "--broker.encryption.keys.test=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
                            "--broker.operation.director-tasks=4",
                            "--db-scheduler.polling-interval=50ms");
        }

        void close() {
            atDeploy.countDown();
            if (context != null) {
                context.close();
            }
        }

        OperationRepository operations() {
            return context.getBean(OperationRepository.class);
        }

        List<String> provision(int count) {
            ProvisionServiceInstance provision = context.getBean(ProvisionServiceInstance.class);
            List<String> ids = IntStream.range(0, count)
                    .mapToObj(i -> UUID.randomUUID().toString())
                    .toList();
            ids.forEach(id -> provision.provision(new ProvisionRequest(
                    id, FakeSpi.SERVICE, FakeSpi.PLAN, "org", "space", Map.of(), Map.of(), Optional.empty())));
            return ids;
        }

        private void fake(ConfigurableApplicationContext starting) {
            DeployerApi deployer = deployer();
            GenericApplicationContext registry = (GenericApplicationContext) starting;
            registry.registerBean(
                    "fakeInteractive",
                    Interactive.class,
                    () -> new Interactive(spi, deployer),
                    bean -> bean.setPrimary(true));
            registry.registerBean(
                    "fakePatient", Patient.class, () -> new Patient(spi, deployer), bean -> bean.setPrimary(true));
        }

        /** An interruption is what a client of HTTP makes of it. */
        private void awaitRelease() {
            try {
                atDeploy.await();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new RemoteException(RemoteException.Kind.UNAVAILABLE, "does not answer", "interrupted", null);
            }
        }

        /** The one director, whose tasks are done at once; it is asked by one thread at a time. */
        private DeployerApi deployer() {
            return (DeployerApi) Proxy.newProxyInstance(
                    getClass().getClassLoader(), new Class<?>[] {DeployerApi.class}, (proxy, method, arguments) -> {
                        boolean deploys = method.getName().equals("deploy");
                        if (deploys) {
                            isDeploying.countDown();
                            awaitRelease();
                        }
                        synchronized (director) {
                            try {
                                Object answer = method.invoke(director, arguments);
                                if (deploys) {
                                    this.deploys.incrementAndGet();
                                    director.end(State.DONE);
                                }
                                return answer;
                            } catch (InvocationTargetException failure) {
                                throw failure.getCause();
                            }
                        }
                    });
        }
    }
}
