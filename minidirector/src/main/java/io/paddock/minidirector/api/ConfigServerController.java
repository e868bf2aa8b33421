package io.paddock.minidirector.api;

import io.paddock.minidirector.variable.ConfigServer;
import io.paddock.minidirector.variable.Variable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The part of CredHub's API that reads and deletes credentials. */
@RestController
class ConfigServerController {

    private static final String ABSENT =
            "The request could not be completed because the credential does not exist or you do not have sufficient authorization.";

    private final ConfigServer configServer;

    ConfigServerController(ConfigServer configServer) {
        this.configServer = configServer;
    }

    @GetMapping(path = "/api/v1/data", params = "name")
    ResponseEntity<String> byName(@RequestParam String name) {
        return configServer
                .find(name)
                .map(variable -> Answers.json(Map.of("data", List.of(shown(variable)))))
                .orElseGet(ConfigServerController::absent);
    }

    @GetMapping(path = "/api/v1/data", params = "path")
    ResponseEntity<String> byPath(@RequestParam String path) {
        return Answers.json(Map.of(
                "credentials",
                configServer.below(path).stream()
                        .map(variable -> Map.of("name", variable.name(), "version_created_at", variable.createdAt()))
                        .toList()));
    }

    @DeleteMapping("/api/v1/data")
    ResponseEntity<String> delete(@RequestParam String name) {
        return configServer.delete(name) ? ResponseEntity.noContent().build() : absent();
    }

    private static ResponseEntity<String> absent() {
        return Answers.text(404, org.springframework.http.MediaType.APPLICATION_JSON, "{\"error\":\"" + ABSENT + "\"}");
    }

    private static Map<String, Object> shown(Variable variable) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("type", variable.type());
        shown.put("version_created_at", variable.createdAt());
        shown.put("id", variable.id());
        shown.put("name", variable.name());
        shown.put("value", variable.value());
        return shown;
    }
}
