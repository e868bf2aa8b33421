package io.paddock.minidirector.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paddock.minidirector.system.DirectorException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a manifest may not say, with the codes that were observed on a real director. */
class ManifestParserTest {

    private static final CloudConfig CLOUD = CloudConfig.parse(List.of("""
            azs: [{name: z1}]
            vm_types: [{name: default}]
            disk_types: [{name: default, disk_size: 1024}]
            networks: [{name: default, type: manual, subnets: [{range: 127.9.0.0/24, gateway: 127.9.0.1, azs: [z1]}]}]
            """));

    private static final String MANIFEST = """
            name: shop
            releases: [{name: demo, version: "1"}]
            stemcells: [{alias: default, os: toronto-os, version: latest}]
            update: {canaries: 1, max_in_flight: 1, canary_watch_time: 1000-20000, update_watch_time: 30000}
            instance_groups:
            - name: web
              instances: 2
              azs: [z1]
              jobs: [{name: web, release: demo}]
              vm_type: default
              stemcell: default
              persistent_disk_type: default
              networks: [{name: default}]
            """;

    @Test
    void aGoodManifestIsRead() {
        Manifest.InstanceGroup group = parse(MANIFEST).instanceGroups().get(0);

        assertThat(group.instances()).isEqualTo(2);
        assertThat(group.persistentDiskMb()).isEqualTo(1024);
        assertThat(group.update().canaryWatchTime().minimum()).isEqualTo(1000);
        assertThat(group.update().canaryWatchTime().step()).isEqualTo(2111);
        assertThat(group.update().updateWatchTime().maximum()).isEqualTo(30000);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    vm_type: default              | vm_type: gigantic              | 140004 | Instance group 'web' references an unknown vm type 'gigantic'
                    persistent_disk_type: default | persistent_disk_type: gigantic | 140012 | Instance group 'web' references an unknown disk type 'gigantic'
                    networks: [{name: default}]   | networks: [{name: other}]      | 150001 | Instance group 'web' references an unknown network 'other'
                    azs: [z1]                     | azs: [z9]                      | 150006 | Instance group 'web' must specify availability zone that matches availability zones of network 'default'
                    stemcell: default             | stemcell: other                | 140005 | Instance group 'web' references an unknown stemcell 'other'
                    release: demo                 | release: other                 | 140002 | Instance group 'web' references an unknown release 'other'
                    releases: [{                  | vm_types: [{                   | 190014 | Deployment manifest contains 'vm_types' section, but this can only be set in a cloud-config.
                    1000-20000                    | 30000-20000                    | 180001 | Min watch time cannot be greater than max watch time
                    """)
    void whatIsWrongHasTheDirectorsCode(String correct, String wrong, int code, String message) {
        assertThatThrownBy(() -> parse(MANIFEST.replace(correct, wrong)))
                .isInstanceOfSatisfying(
                        DirectorException.class,
                        failure -> assertThat(failure.code()).isEqualTo(code))
                .hasMessage(message);
    }

    @Test
    void aMissingSectionIsNamed() {
        assertThatThrownBy(() -> parse("name: shop"))
                .isInstanceOfSatisfying(
                        DirectorException.class,
                        failure -> assertThat(failure.code()).isEqualTo(40001))
                .hasMessageContaining("Required property 'releases'");
    }

    private static Manifest parse(String text) {
        return ManifestParser.parse(ManifestParser.tree(text), CLOUD);
    }
}
