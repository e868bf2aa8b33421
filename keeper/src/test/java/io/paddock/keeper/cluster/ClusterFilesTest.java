package io.paddock.keeper.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.keeper.decision.Members;
import io.paddock.keeper.system.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterFilesTest {

    private static final Settings SETTINGS =
            new Settings("postgres-0", "id", 0, true, "db-1", "postgres", "10.0.0.4", 8008, 5432, 2, 600, 120);

    @TempDir
    private Path directory;

    @Test
    void nodesAreThoseOfTheOwnDeploymentAndInstanceGroup() throws IOException {
        Path records = directory.resolve("records.json");
        Files.writeString(records, """
                {"version": 3, "records": [], "record_keys": ["id", "instance_group", "deployment", "ip", "instance_index"],
                 "record_infos": [["a", "postgres", "db-1", "10.0.0.4", 0], ["b", "postgres", "db-1", "10.0.0.5", 1],
                                  ["c", "postgres", "db-2", "10.0.0.6", 1], ["d", "other", "db-1", "10.0.0.7", 2]]}
                """);

        assertThat(new Records(records, SETTINGS).nodes())
                .isEqualTo(Map.of("postgres-0", "10.0.0.4", "postgres-1", "10.0.0.5"));
    }

    @Test
    void aMembershipIsKeptAndOnlyANewerOneReplacesIt() throws IOException {
        Path file = directory.resolve("members.json");
        Membership membership = new Membership(file);
        assertThat(membership.members()).isEmpty();

        assertThat(membership.learn(new Members(2, Set.of("a", "b", "c")))).isTrue();
        assertThat(membership.learn(new Members(2, Set.of("a")))).isFalse();
        assertThat(membership.learn(new Members(1, Set.of("a")))).isFalse();

        assertThat(new Membership(file).members()).contains(new Members(2, Set.of("a", "b", "c")));
    }
}
