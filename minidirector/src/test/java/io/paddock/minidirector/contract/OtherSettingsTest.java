package io.paddock.minidirector.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/**
 * A director without a config server, as some recordings had it, that looks after its machines, but not after those with a disk:
 * reference/bosh-director.md, B.4 (scan_and_fix) and D.3 (monit).
 */
class OtherSettingsTest extends RecordedExchanges {

    private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");

    @DynamicPropertySource
    static void otherSettings(DynamicPropertyRegistry registry) {
        registry.add("director.suffix", () -> "-other-settings");
        registry.add("minidirector.config-server", () -> "false");
        registry.add("minidirector.auto-fix-stateful-nodes", () -> "false");
        registry.add("director.supervise-interval", () -> "100ms");
        registry.add("director.disk-retention", () -> "1s");
    }

    @Override
    Map<String, Consumer<RecordedExchanges>> files() {
        return Map.of("fail-variable-in-property", test -> {}, "fail-variables-block", test -> {});
    }

    @Test
    void aDeadProcessIsStartedAgain() throws IOException {
        director.done(director.deploy(Manifests.deployment("d").toString()));
        Path pidFile = machine("d", "web/0").resolve("vcap/sys/run/bpm/web/web.pid");
        String before = read(pidFile);

        killProcess(machine("d", "web/0"), "web");

        Director.until(
                "it runs again",
                () -> director.instances("d")
                                .get("web/0")
                                .path("job_state")
                                .asString()
                                .equals("running")
                        && !read(pidFile).equals(before));
    }

    @Test
    void aDeadMachineWithoutADiskIsResurrectedUnasked() throws IOException {
        director.done(director.deploy(withoutDisk()));
        String before = cid("d", "web/0");

        killMachine("d", "web/0");

        Director.until(
                "it has another machine",
                () -> !cid("d", "web/0").equals(before)
                        && director.instances("d")
                                .get("web/0")
                                .path("job_state")
                                .asString()
                                .equals("running"));
        assertThat(director.json("/tasks?deployment=d&verbose=2").findValuesAsString("user"))
                .contains("hm");
    }

    @Test
    void aDeadMachineWithADiskIsLeftToItsOperator() throws IOException {
        director.done(director.deploy(Manifests.deployment("stateful").toString()));
        killMachine("stateful", "web/0");

        director.done(Director.task(
                director.send("PUT", "/deployments/stateful/scan_and_fix", "{\"jobs\": {\"web\": [\"0\"]}}", JSON)));

        JsonNode instance = director.instances("stateful").get("web/0");
        assertThat(instance.path("job_state").asString()).isEqualTo("unresponsive agent");
        assertThat(director.json("/tasks?deployment=stateful&verbose=2").findValuesAsString("user"))
                .doesNotContain("hm");
    }

    @Test
    void anOrphanedDiskIsRemovedWhenItsTimeIsOver() {
        director.done(director.deploy(Manifests.deployment("d").toString()));
        String disk = director.instances("d").get("web/0").path("disk_cid").asString();
        director.done(Director.task(director.send("DELETE", "/deployments/d", "", Map.of())));

        Director.until(
                "it is removed",
                () -> !director.json("/orphan_disks")
                        .findValuesAsString("disk_cid")
                        .contains(disk));

        assertThat(directory().resolve("disks").resolve(disk)).doesNotExist();
    }

    @Override
    Path directory() {
        return Path.of(state() + "-other-settings");
    }

    private static String withoutDisk() {
        return Manifests.deployment("d").toString().replace("  persistent_disk_type: default\n", "");
    }

    private String cid(String deployment, String instance) {
        return director.instances(deployment).get(instance).path("vm_cid").asString();
    }
}
