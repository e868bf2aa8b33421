package io.paddock.deployer.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paddock.contracts.service.ProblemException;
import io.paddock.deployer.DeployerApplication;
import io.paddock.deployer.task.DirectorTasks;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.yaml.snakeyaml.Yaml;

/**
 * What the deployer relies on in a director, whichever it is. Its deployments have an instance group without instances, so that nothing is
 * built on a director that bills for it; stemcell, network and the like are those that the director knows.
 */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        classes = DeployerApplication.class,
        properties = {
            "spring.security.user.name=broker",
            "spring.security.user.password=secret",
            "deployer.director.connect-timeout=5s",
            "deployer.director.read-timeout=30s"
        })
abstract class DirectorContract {

    private static final long PATIENCE = TimeUnit.MINUTES.toNanos(5);

    @Autowired
    private DirectorClient director;

    @Autowired
    private DirectorHttp http;

    @Autowired
    private DirectorTasks tasks;

    private final String name = "paddock-contract-" + UUID.randomUUID();
    private String manifest;

    @BeforeEach
    void manifest() {
        List<?> stemcells = read("/stemcells");
        Map<?, ?> stemcell = (Map<?, ?>) stemcells.get(0);
        List<?> configs = read("/configs?type=cloud&latest=true");
        Map<?, ?> cloud =
                new Yaml().load(((Map<?, ?>) configs.get(0)).get("content").toString());
        manifest = """
                name: %s
                releases: []
                stemcells: [{alias: default, os: %s, version: "%s"}]
                update: {canaries: 1, max_in_flight: 1, canary_watch_time: 1000-30000, update_watch_time: 1000-30000}
                instance_groups:
                - {name: none, instances: 0, azs: [%s], jobs: [], vm_type: %s, stemcell: default, networks: [{name: %s}]}
                """.formatted(
                        name,
                        stemcell.get("operating_system"),
                        stemcell.get("version"),
                        first(cloud, "azs"),
                        first(cloud, "vm_types"),
                        first(cloud, "networks"));
    }

    @AfterEach
    void leaveNothing() {
        director.delete(name, "clean-up-" + UUID.randomUUID()).ifPresent(this::ended);
    }

    @Test
    void whatIsNotThereIsEmptyAndNoError() {
        assertThat(director.deployment(name)).isEmpty();
        assertThat(director.instances(name)).isEmpty();
        assertThat(director.delete(name, "context")).isEmpty();
        assertThat(director.task(999_999_999)).isEmpty();
        assertThat(director.runningTask(name)).isEmpty();
        assertThat(director.taskOfContext(name)).isEmpty();
    }

    @Test
    void aDeployIsFoundByItsContextAndLeavesTheManifestAsItWasSent() {
        String context = UUID.randomUUID() + ".1";
        long task = director.deploy(manifest, context);

        assertThat(director.taskOfContext(context)).map(BoshTask::id).hasValue(task);
        BoshTask ended = ended(task);
        assertThat(ended.state()).as(director.events(task)).isEqualTo("done");
        assertThat(ended.deployment()).isEqualTo(name);
        assertThat(ended.contextId()).isEqualTo(context);
        assertThat(director.deployment(name).orElseThrow().manifest()).isEqualTo(manifest);
        assertThat(director.runningTask(name)).isEmpty();
        assertThat(director.events(task)).contains("Preparing deployment");
        assertThat(tasks.get(task).state()).hasToString("DONE");
    }

    @Test
    void aManifestThatTheDirectorCanNotReadIsRefusedAtOnce() {
        assertThatThrownBy(() -> director.deploy("just a text", "context"))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        refusal -> assertThat(refusal.getMessage()).contains("440001"));
    }

    @Test
    void aManifestThatNamesTheUnknownFailsItsTaskWithACodeAndTheDeploymentIsListed() {
        long task = director.deploy(
                manifest.replace("vm_type: ", "vm_type: no-"), UUID.randomUUID().toString());

        assertThat(ended(task).state()).isEqualTo("error");
        assertThat(director.events(task)).contains("\"code\":140004");
        assertThat(tasks.get(task).error()).contains("unknown vm type");
        assertThat(director.deployment(name).orElseThrow().manifest()).isNull();
    }

    @Test
    void aContextThatIsTooLongIsRefused() {
        assertThatThrownBy(() -> director.deploy(manifest, "x".repeat(65)))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        refusal -> assertThat(refusal.getMessage()).contains("70010"));
    }

    @Test
    void aDeploymentIsDeletedByATaskAndIsThenGone() {
        ended(director.deploy(manifest, UUID.randomUUID().toString()));
        String context = UUID.randomUUID().toString();

        long task = director.delete(name, context).orElseThrow();

        assertThat(ended(task).state()).isEqualTo("done");
        assertThat(director.taskOfContext(context)).map(BoshTask::id).hasValue(task);
        assertThat(director.deployment(name)).isEmpty();
        assertThat(director.delete(name, context)).isEmpty();
    }

    @Test
    void cancellingWhatHasEndedIsFine() {
        long task = director.deploy(manifest, UUID.randomUUID().toString());
        ended(task);

        director.cancel(task);

        assertThat(director.task(task).orElseThrow().state()).isEqualTo("done");
    }

    private BoshTask ended(long task) {
        long deadline = System.nanoTime() + PATIENCE;
        BoshTask read = director.task(task).orElseThrow();
        while (read.isRunning()) {
            assertThat(System.nanoTime())
                    .as("task " + task + " is still " + read)
                    .isLessThan(deadline);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
            read = director.task(task).orElseThrow();
        }
        return read;
    }

    /** The director calls most of its JSON HTML. */
    private List<?> read(String uri) {
        return new Yaml().load(http.director().get().uri(uri).retrieve().body(String.class));
    }

    private static Object first(Map<?, ?> cloud, String section) {
        return ((Map<?, ?>) ((List<?>) cloud.get(section)).get(0)).get("name");
    }
}
