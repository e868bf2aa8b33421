package io.paddock.keeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.keeper.peer.KeeperServer.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class HealthTest {

    @Test
    void scriptsReadFieldsAndPeopleTheMessage() {
        assertThat(Health.PRIMARY.because("primary").body())
                .containsEntry("state", "primary")
                .containsEntry("reason", "primary");
        Answer away = Health.LOCK_SERVERS_AWAY.because("the lock's servers are away");
        assertThat(away.status()).isEqualTo(503);
        assertThat(away.body())
                .containsEntry("state", "standby")
                .containsEntry("reason", "lock_servers_away")
                .containsEntry("message", "the lock's servers are away");
        assertThat(Health.NO_MAJORITY.because("").body()).containsEntry("state", "waiting");
    }

    @Test
    void operatorsFindEveryReasonInTheDocument() throws IOException {
        String document = Files.readString(Path.of("../docs/operating.md"));
        assertThat(Arrays.stream(Health.values())
                        .map(one -> one.because("").body().get("reason")))
                .allSatisfy(reason -> assertThat(document).contains("`" + reason + "`"));
    }
}
