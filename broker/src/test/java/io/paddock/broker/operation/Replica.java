package io.paddock.broker.operation;

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
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/** A broker whose worker works, beside a service provider and a director in memory, whose tasks are done when they have been looked at once. */
final class Replica {

    /** At the director, of all replicas. */
    static final int PLACES = 4;

    private final FakeSpi spi;
    private final FakeDeployer director;
    private final AtomicInteger deploys = new AtomicInteger();
    private final AtomicInteger mostTasks = new AtomicInteger();
    private final CountDownLatch isDeploying = new CountDownLatch(1);
    private volatile CountDownLatch atDeploy = new CountDownLatch(0);
    private ConfigurableApplicationContext context;

    Replica(FakeSpi spi, FakeDeployer director) {
        this.spi = spi;
        this.director = director;
    }

    void start(EmbeddedPostgres postgres) {
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
                        "--broker.operation.director-tasks=" + PLACES,
                        "--db-scheduler.polling-interval=50ms");
    }

    void close() {
        release();
        if (context != null) {
            context.close();
        }
    }

    ConfigurableApplicationContext context() {
        return context;
    }

    OperationRepository operations() {
        return context.getBean(OperationRepository.class);
    }

    /** How often it has had something deployed. */
    AtomicInteger deploys() {
        return deploys;
    }

    /** How many tasks the director has had at a time when one was started here. */
    AtomicInteger mostTasks() {
        return mostTasks;
    }

    /** Whoever deploys is held up until he is released. */
    void holdDeployments() {
        atDeploy = new CountDownLatch(1);
    }

    boolean awaitDeployment() throws InterruptedException {
        return isDeploying.await(30, TimeUnit.SECONDS);
    }

    void release() {
        atDeploy.countDown();
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

    private int unfinished() {
        return (int) director.tasks.values().stream()
                .filter(task -> !task.state().isFinal())
                .count();
    }

    /** The one director; it is asked by one thread at a time. */
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
                                mostTasks.accumulateAndGet(unfinished(), Math::max);
                            } else if (method.getName().equals("task")) {
                                director.end((Long) arguments[0], State.DONE);
                            }
                            return answer;
                        } catch (InvocationTargetException failure) {
                            throw failure.getCause();
                        }
                    }
                });
    }
}
