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
                    canaries: 1                   | canaries: some                 | 40005  | Expected a number of instances or a share of them, not 'some'
                    max_in_flight: 1              | vm_strategy: x, max_in_flight: 1 | 40005 | Invalid vm_strategy 'x', valid strategies are: create-swap-delete, delete-create
                    [{name: default}]             | [{name: default, static_ips: [127.9.0.5]}] | 150002 | Instance group 'web' has 2 instances but 1 static IP(s) in network 'default'
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
    void namesThatAreGivenTwiceAreRefused() {
        assertThatThrownBy(
                        () -> parse(MANIFEST + "variables: [{name: v, type: password}, {name: v, type: password}]\n"))
                .isInstanceOfSatisfying(
                        DirectorException.class,
                        failure -> assertThat(failure.code()).isEqualTo(190022));
        assertThatThrownBy(() -> parse(MANIFEST + MANIFEST.substring(MANIFEST.indexOf("- name: web"))))
                .isInstanceOfSatisfying(
                        DirectorException.class,
                        failure -> assertThat(failure.code()).isEqualTo(190006));
    }

    @ParameterizedTest
    @CsvSource({"1-9001, 1000", "1000-20000, 2111", "0-900000, 15000", "30000, 3333"})
    void betweenTwoLooksIsANinthOfTheWatchTimeFromOneSecondToFifteen(String watchTime, long step) {
        assertThat(parse(MANIFEST.replace("1000-20000", watchTime))
                        .instanceGroups()
                        .get(0)
                        .update()
                        .canaryWatchTime()
                        .step())
                .isEqualTo(step);
    }

    @ParameterizedTest
    @CsvSource({"2, 2", "50%, 1", "100%, 2", "10%, 1"})
    void ofThePartInFlightWhatIsLessThanOneIsOne(String share, int count) {
        assertThat(parse(MANIFEST.replace("max_in_flight: 1", "max_in_flight: " + share))
                        .instanceGroups()
                        .get(0)
                        .update()
                        .maxInFlight())
                .isEqualTo(count);
    }

    @Test
    void staticAddressesAreGivenInTheOrderOfTheIndexes() {
        assertThat(parse(MANIFEST.replace(
                                "[{name: default}]", "[{name: default, static_ips: [127.9.0.9, 127.9.0.5-127.9.0.6]}]"))
                        .instanceGroups()
                        .get(0)
                        .staticIps())
                .containsEntry("default", List.of("127.9.0.9", "127.9.0.5", "127.9.0.6"));
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
