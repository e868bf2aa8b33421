package io.paddock.minidirector.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MonitFileTest {

    @Test
    void theReleasesOwnJobIsRunByBpm() throws IOException {
        assertThat(MonitFile.parse(Files.readString(Path.of("../release/jobs/postgres/monit"))))
                .singleElement()
                .satisfies(process -> {
                    assertThat(process.name()).isEqualTo("postgres");
                    assertThat(process.pidFile()).isEqualTo("/var/vcap/sys/run/bpm/postgres/postgres.pid");
                    assertThat(process.isBpm()).isTrue();
                    assertThat(process.bpmProcess()).isEqualTo("postgres");
                });
    }

    @Test
    void severalProcessesAndCommentsAndConditionsAreRead() {
        assertThat(MonitFile.parse("""
                        # check process old with pidfile /x start program "a" stop program "b"
                        check process one
                          with pidfile /var/vcap/sys/run/job/one.pid
                          start program "/var/vcap/jobs/job/bin/ctl start" with timeout 60 seconds
                          stop program "/var/vcap/jobs/job/bin/ctl stop"
                          if failed port 80 then restart
                          group vcap
                        check process two with pidfile /var/vcap/sys/run/bpm/job/two.pid
                          start program "/var/vcap/jobs/bpm/bin/bpm start job -p two"
                          stop program "/var/vcap/jobs/bpm/bin/bpm stop job -p two"
                        """))
                .satisfiesExactly(
                        one -> assertThat(one.isBpm()).isFalse(),
                        two -> assertThat(two.bpmProcess()).isEqualTo("two"));
    }

    @Test
    void aJobWithoutProcessesHasNone() {
        assertThat(MonitFile.parse("")).isEmpty();
    }
}
