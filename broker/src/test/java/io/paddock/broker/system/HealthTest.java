package io.paddock.broker.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.paddock.broker.BrokerTest;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpMethod;
import org.springframework.http.ResponseEntity;

/** What the broker says of itself, and to whom. */
class HealthTest extends BrokerTest {

    private static final String LIVENESS = "/actuator/health/liveness";
    private static final String READINESS = "/actuator/health/readiness";

    @Test
    void theOperatorReadsWhetherAllPartsAnswer() {
        ResponseEntity<String> health = call(HttpMethod.GET, "/actuator/health", null);

        assertThat(health.getStatusCode().value()).isEqualTo(200);
        JsonNode parts = body(health).path("components");
        assertThat(parts.path("db").path("status").asText()).isEqualTo("UP");
        assertThat(parts.path("serviceProvider").path("details").path("plans").asInt())
                .isEqualTo(2);
        assertThat(parts.path("deployer").path("status").asText()).isEqualTo("UP");
        assertThat(parts.path("director").path("details").path("version").asText())
                .isEqualTo("282.1.2");
    }

    @Test
    void aPartThatIsAwayIsNamedAndTheBrokerStaysReady() {
        SPI.catalogAway = true;
        DEPLOYER.away = true;

        ResponseEntity<String> health = call(HttpMethod.GET, "/actuator/health", null);

        assertThat(health.getStatusCode().value()).isEqualTo(503);
        JsonNode parts = body(health).path("components");
        for (String away : new String[] {"serviceProvider", "deployer", "director"}) {
            assertThat(parts.path(away).path("status").asText()).as(away).isEqualTo("DOWN");
            assertThat(parts.path(away).path("details").path("reason").asText())
                    .as(away)
                    .isEqualTo("refused");
        }
        assertThat(parts.path("db").path("status").asText()).isEqualTo("UP");
        assertThat(call(HttpMethod.GET, READINESS, null).getStatusCode().value())
                .isEqualTo(200);
        assertThat(call(HttpMethod.GET, LIVENESS, null).getStatusCode().value()).isEqualTo(200);
    }

    @Test
    void aDirectorThatIsAwayIsToldFromItsDeployer() {
        DEPLOYER.directorAway = true;

        JsonNode parts = body(call(HttpMethod.GET, "/actuator/health", null)).path("components");

        assertThat(parts.path("deployer").path("status").asText()).isEqualTo("UP");
        assertThat(parts.path("director").path("status").asText()).isEqualTo("DOWN");
        assertThat(parts.path("director").path("details").path("reason").asText())
                .isEqualTo("silence");
    }

    @Test
    void strangersReadOnlyWhetherItLivesAndIsReady() {
        assertThat(callAs("nobody", HttpMethod.GET, "/actuator/health", Map.of()))
                .isEqualTo(401);
        assertThat(callAs("platform", HttpMethod.GET, "/actuator/health", Map.of()))
                .isEqualTo(403);
        for (String probe : new String[] {LIVENESS, READINESS}) {
            assertThat(body(callAnonymously(probe)).toString()).isEqualTo("{\"status\":\"UP\"}");
        }
    }
}
