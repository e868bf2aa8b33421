package io.paddock.minidirector.api;

import io.paddock.minidirector.access.Caller;
import io.paddock.minidirector.access.Permissions;
import io.paddock.minidirector.config.Config;
import io.paddock.minidirector.config.Configs;
import io.paddock.minidirector.deployment.Deployment;
import io.paddock.minidirector.deployment.Deployments;
import io.paddock.minidirector.event.Events;
import io.paddock.minidirector.manifest.ManifestDiff;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Yaml;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.yaml.snakeyaml.error.YAMLException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Cloud configs and their like. */
@RestController
class ConfigsController {

    private static final JsonMapper MAPPER = new JsonMapper();
    private static final int BAD_CONFIG = 440011;
    /** Sorts by type; the default config of each type comes first, and the newest of each config. */
    private static final Comparator<Config> LISTED = Comparator.comparing(Config::type)
            .thenComparing(config -> !config.name().equals("default"))
            .thenComparing(Config::name)
            .thenComparing(Config::id, Comparator.reverseOrder());

    private static final Pattern A_DIGIT = Pattern.compile("\\d");

    private final Configs configs;
    private final Deployments deployments;
    private final Events events;
    private final Permissions permissions;

    ConfigsController(Configs configs, Deployments deployments, Events events, Permissions permissions) {
        this.permissions = permissions;
        this.configs = configs;
        this.deployments = deployments;
        this.events = events;
    }

    @GetMapping("/configs")
    ResponseEntity<String> list(
            @RequestParam(required = false) @Nullable String type,
            @RequestParam(required = false) @Nullable String name,
            @RequestParam(required = false) @Nullable Boolean latest,
            @RequestParam(required = false) @Nullable Integer limit,
            @RequestAttribute(AuthenticationFilter.CALLER) Caller caller) {
        // A number of versions of each config: the current one, unless the request asks for more.
        int versions = limit != null ? limit : Boolean.FALSE.equals(latest) ? Integer.MAX_VALUE : 1;
        Map<String, Integer> counted = new HashMap<>();
        return Answers.html(configs.all().stream()
                .filter(config -> type == null || config.type().equals(type))
                .filter(config -> name == null || config.name().equals(name))
                .filter(config -> counted.merge(config.type() + "/" + config.name(), 1, Integer::sum) <= versions)
                .filter(config -> caller.mayRead(teams(config)))
                .sorted(LISTED)
                .map(this::shown)
                .toList());
    }

    @GetMapping("/configs/{id}")
    ResponseEntity<String> get(@PathVariable String id, @RequestAttribute(AuthenticationFilter.CALLER) Caller caller) {
        Config found = find(id);
        if (!caller.mayRead(teams(found))) {
            permissions.read(caller);
        }
        return Answers.html(shown(found));
    }

    @PostMapping(path = "/configs", consumes = "application/json")
    ResponseEntity<String> put(@RequestBody String body, @RequestAttribute(AuthenticationFilter.CALLER) Caller caller) {
        Map<String, Object> request = parse(body);
        String type = required(request, "type");
        String name = required(request, "name");
        refuseForeign(caller, configs.current(type, name));
        String content = content(request.get("content"));
        if (type.equals("runtime")) {
            content = ofRuntime(Yaml.map(Yaml.parse(content)));
        }
        return put(type, name, content, request.get("expected_latest_id"), caller);
    }

    /** The director keeps what it understood of a runtime config, not what was written; a release's version becomes a text. */
    static String ofRuntime(Map<String, Object> tree) {
        Map<String, Object> kept = new LinkedHashMap<>(tree);
        if (tree.get("releases") instanceof List) {
            kept.put(
                    "releases",
                    Yaml.maps(tree.get("releases")).stream()
                            .map(ConfigsController::withTextVersion)
                            .toList());
        }
        return "---\n" + Yaml.write(kept);
    }

    private static Map<String, Object> withTextVersion(Map<String, Object> release) {
        Map<String, Object> kept = new LinkedHashMap<>(release);
        kept.computeIfPresent("version", (key, version) -> version.toString());
        return kept;
    }

    /** One at a time: of two that expect the same, one is too late. */
    private synchronized ResponseEntity<String> put(
            String type, String name, String content, @Nullable Object expected, Caller caller) {
        String latest = configs.current(type, name).map(Config::id).orElse(0L).toString();
        if (expected != null && !latest.equals(expected.toString())) {
            Map<String, Object> missed = new LinkedHashMap<>();
            missed.put("latest_id", latest);
            missed.put("expected_latest_id", expected.toString());
            missed.put("description", "Latest Id: '" + latest + "' does not match expected latest id");
            return Answers.html(412, missed);
        }
        Config stored = configs.put(
                type, name, content, caller.adminTeams().stream().findFirst().orElse(null));
        if (!latest.equals(Long.toString(stored.id()))) {
            // Also for a version that replaces another one.
            events.add(caller.user(), "create", "config/" + type, name, null);
        }
        return Answers.html(201, shown(stored));
    }

    @DeleteMapping("/configs/{id}")
    ResponseEntity<String> delete(
            @PathVariable String id, @RequestAttribute(AuthenticationFilter.CALLER) Caller caller) {
        Config found = find(id);
        refuseForeign(caller, Optional.of(found));
        configs.remove(config -> config.id() == found.id());
        return ResponseEntity.noContent().build();
    }

    @DeleteMapping("/configs")
    ResponseEntity<String> delete(
            @RequestParam String type,
            @RequestParam String name,
            @RequestAttribute(AuthenticationFilter.CALLER) Caller caller) {
        refuseForeign(caller, configs.current(type, name));
        boolean found = configs.remove(
                config -> config.type().equals(type) && config.name().equals(name));
        return found
                ? ResponseEntity.noContent().build()
                : Answers.text(404, Answers.HTML, "Endpoint '/configs' not found.");
    }

    /** Compares what is given, or the current config, with what is given. */
    @PostMapping(path = "/configs/diff", consumes = "application/json")
    ResponseEntity<String> diff(
            @RequestBody String body, @RequestAttribute(AuthenticationFilter.CALLER) Caller caller) {
        Map<String, Object> request = parse(body);
        if (Stream.of("type", "name", "content").allMatch(key -> request.get(key) instanceof String)) {
            return diffToCurrent(request, caller);
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        try {
            answer.put(
                    "diff",
                    ManifestDiff.between(side(request.get("from"), caller), side(request.get("to"), caller), true));
        } catch (DirectorException broken) {
            return undiffable(broken);
        }
        return Answers.html(answer);
    }

    private ResponseEntity<String> diffToCurrent(Map<String, Object> request, Caller caller) {
        Optional<Config> current = configs.current(required(request, "type"), required(request, "name"));
        refuseForeign(caller, current);
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put(
                "from",
                Map.of("id", current.map(config -> Long.toString(config.id())).orElse("0")));
        try {
            answer.put(
                    "diff",
                    ManifestDiff.between(
                            current.map(config -> Yaml.map(Yaml.parse(config.content())))
                                    .orElse(Map.of()),
                            Yaml.map(Yaml.parse(content(request.get("content")))),
                            true));
        } catch (DirectorException broken) {
            return undiffable(broken);
        }
        return Answers.html(answer);
    }

    /** Invalid content has its own error response; everything else is an error like others. */
    private static ResponseEntity<String> undiffable(DirectorException broken) {
        if (broken.code() != BAD_CONFIG) {
            throw broken;
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("diff", List.of());
        answer.put("error", "Unable to diff config content: #<Bosh::Director::BadConfig: " + broken.getMessage() + ">");
        return Answers.html(400, answer);
    }

    /** Clients send both keys, one of them empty: an id is one that has a digit. */
    private Map<String, Object> side(@Nullable Object side, Caller caller) {
        Map<String, Object> given = Yaml.map(side);
        if (given.get("id") instanceof String id && A_DIGIT.matcher(id).find()) {
            Config config = find(id);
            refuseForeign(caller, Optional.of(config));
            return Yaml.map(Yaml.parse(config.content()));
        }
        if (given.get("content") instanceof String text) {
            return Yaml.map(Yaml.parse(content(text)));
        }
        throw new DirectorException(
                440010,
                "The following request formats are allowed:\n"
                        + "1. {\"from\":<config>,\"to\":<config>} where <config> is either {\"id\":\"<id>\"} or"
                        + " {\"content\":\"<content>\"}\n"
                        + "2. {\"type\":\"<type>\",\"name\":\"<name>\",\"content\":\"<content>\"}");
    }

    @GetMapping("/deployment_configs")
    ResponseEntity<String> ofDeployments(
            @RequestParam("deployment[]") List<String> names,
            @RequestAttribute(AuthenticationFilter.CALLER) Caller caller) {
        List<Map<String, Object>> shown = new ArrayList<>();
        for (String name : names) {
            Deployment deployment = deployments.get(name);
            if (deployment.manifest() == null || !caller.mayRead(deployment.teams())) {
                continue;
            }
            for (Config config : configs.withIds(deployment.cloudConfigs())) {
                Map<String, Object> entry = new LinkedHashMap<>();
                entry.put("id", shown.size() + 1);
                entry.put("deployment", name);
                entry.put("config", Map.of("id", config.id(), "type", config.type(), "name", config.name()));
                shown.add(entry);
            }
        }
        return Answers.html(shown);
    }

    /** A team changes its own configs only. */
    private void refuseForeign(Caller caller, Optional<Config> config) {
        if (config.filter(found -> !caller.mayChange(teams(found))).isPresent()) {
            permissions.admin(caller);
        }
    }

    private static List<String> teams(Config config) {
        return config.team() == null ? List.of() : List.of(config.team());
    }

    private Config find(String id) {
        return configs.all().stream()
                .filter(config -> Long.toString(config.id()).equals(id))
                .findFirst()
                .orElseThrow(() -> new DirectorException(440012, 404, "Config " + id + " not found"));
    }

    private static Map<String, Object> parse(String body) {
        try {
            return Yaml.map(MAPPER.readValue(body, Map.class));
        } catch (JacksonException broken) {
            throw new DirectorException(710001, "Invalid JSON request body: " + broken.getOriginalMessage());
        }
    }

    private static String required(Map<String, Object> request, String key) {
        return Optional.ofNullable(request.get(key))
                .map(String::valueOf)
                .filter(value -> !value.isEmpty())
                .orElseThrow(() -> new DirectorException(440010, "'" + key + "' is required"));
    }

    private static String content(@Nullable Object content) {
        if (!(content instanceof String text)) {
            throw new DirectorException(
                    BAD_CONFIG, "Config must be valid YAML: no implicit conversion of nil into String");
        }
        try {
            if (Yaml.parse(text) instanceof Map) {
                return text;
            }
        } catch (YAMLException broken) {
            throw new DirectorException(BAD_CONFIG, "Config must be valid YAML: " + broken.getMessage());
        }
        throw new DirectorException(BAD_CONFIG, "YAML hash expected");
    }

    private Map<String, Object> shown(Config config) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("content", config.content());
        shown.put("id", Long.toString(config.id()));
        shown.put("type", config.type());
        shown.put("name", config.name());
        shown.put("team", config.team());
        shown.put("created_at", config.createdAt());
        shown.put(
                "current",
                configs.current(config.type(), config.name())
                        .filter(current -> current.id() == config.id())
                        .isPresent());
        return shown;
    }
}
