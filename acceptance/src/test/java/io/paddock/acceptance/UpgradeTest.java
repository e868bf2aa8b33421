package io.paddock.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The operator brings a new stemcell; each instance gets it when its user says so, as {@code cf upgrade-service} does. */
@Tag("update")
class UpgradeTest {

    private static final Map<String, String> NEW_STEMCELL = Map.of("SPI_OFFERING_VERSIONS_STEMCELLVERSION", "1.1");

    private static final JsonMapper JSON = new JsonMapper();

    private final Platform platform = Platform.shared();
    private final Broker broker = platform.broker();

    @AfterEach
    void asBefore() {
        platform.restart(Map.of(), "spi", "broker");
    }

    @Test
    @Tag("sample")
    void anInstanceIsUpgradedWhenItsUserWantsItAndKeepsItsRowsAndBindings() throws SQLException {
        String id = broker.create(Map.of());
        broker.awaitReady(id);
        JsonNode credentials = broker.bind(id, "app").body().path("credentials");
        Database.execute(credentials, "create table t (id int)", "insert into t values (42)");
        String old = offered();
        assertThat(stemcell(id)).isEqualTo("1.0");
        List<String> machines = platform.below("machines");

        uploadStemcell("1.1");
        platform.restart(NEW_STEMCELL, "spi", "broker");
        String upgraded = offered();
        assertThat(upgraded).isNotEqualTo(old).endsWith("ubuntu-jammy.1.1");

        broker.updated(id, Map.of("parameters", Map.of("work_mem", "7MB")));
        assertThat(stemcell(id)).as("nobody upgrades unasked").isEqualTo("1.0");
        assertThat(platform.below("machines")).isEqualTo(machines);

        Broker.Answer refused = broker.update(id, Map.of("maintenance_info", Map.of("version", old)));
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.body().path("error").asString()).isEqualTo("MaintenanceInfoConflict");

        broker.updated(id, Map.of("maintenance_info", Map.of("version", upgraded)));

        assertThat(stemcell(id)).isEqualTo("1.1");
        assertThat(platform.below("machines")).as("a new machine").isNotEqualTo(machines);
        assertThat(Database.query(credentials, "select id from t")).isEqualTo("42");
        assertThat(Database.query(credentials, "show work_mem")).isEqualTo("7MB");
        broker.delete(id);
        broker.awaitGone(id);
    }

    private String offered() {
        return broker.send("GET", "/v2/catalog", null)
                .body()
                .at("/services/0/plans/0/maintenance_info/version")
                .asString("");
    }

    /** Of what is deployed. */
    private String stemcell(String id) {
        String manifest = JSON.readTree(platform.director("/deployments/service-instance-" + id))
                .path("manifest")
                .asString();
        Map<String, Object> deployed = new Yaml().load(manifest);
        Map<?, ?> stemcell = (Map<?, ?>) ((List<?>) deployed.get("stemcells")).get(0);
        return String.valueOf(stemcell.get("version"));
    }

    private void uploadStemcell(String version) {
        Platform.Result made = Platform.bash("""
                mkdir -p %1$s/stemcell && cd %1$s/stemcell && : >image && cat >stemcell.MF <<EOF
                name: this-machine-again
                operating_system: ubuntu-jammy
                version: "%2$s"
                api_version: 3
                sha1: da39a3ee5e6b4b0d3255bfef95601890afd80709
                bosh_protocol: 1
                cloud_properties: {}
                EOF
                tar -czf ../stemcell.tgz stemcell.MF image""".formatted(platform.home(), version));
        assertThat(made.exitCode()).as(made.output()).isZero();
        assertThat(platform.task("/stemcells -H 'Content-Type: application/x-compressed' --data-binary @"
                        + platform.home() + "/stemcell.tgz"))
                .isEqualTo("done");
    }
}
