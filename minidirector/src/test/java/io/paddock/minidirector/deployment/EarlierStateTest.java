package io.paddock.minidirector.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.minidirector.system.JsonFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** State that an earlier version of the minidirector wrote. */
class EarlierStateTest {

    @TempDir
    private Path directory;

    @Test
    void aDeploymentOfTheFirstVersionIsRead() throws IOException {
        Path file = Files.writeString(directory.resolve("db.json"), """
                {"name": "db", "manifest": "name: db", "releases": ["demo/1"], "stemcells": ["s/1"], "variables": [],
                 "instances": [{"id": "i", "group": "web", "index": 0, "az": "z1", "bootstrap": true,
                   "addresses": {"default": "127.0.0.2"}, "vm": {"cid": "c", "agentId": "a", "createdAt": "t", "vmType": "small"},
                   "disk": null, "configuration": "hash", "dirty": false}]}
                """);

        Deployment deployment = new JsonFile<>(file, Deployment.class).read().orElseThrow();

        assertThat(deployment.errandRuns()).isEmpty();
        Instance instance = deployment.instances().get(0);
        assertThat(instance.state()).isEqualTo(Instance.State.STARTED);
        assertThat(instance.ignored()).isFalse();
        assertThat(instance.vm()).isNotNull();
        assertThat(instance.vm().stemcell()).isNull();
    }
}
