package io.paddock.minidirector.api;

import io.paddock.minidirector.config.Config;
import io.paddock.minidirector.config.Configs;
import io.paddock.minidirector.event.Events;
import io.paddock.minidirector.manifest.ManifestDiff;
import io.paddock.minidirector.manifest.ManifestParser;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.RubyText;
import io.paddock.minidirector.system.Yaml;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Cloud, runtime and CPI configs by their older routes, which {@code bosh update-runtime-config} and its like still use. */
@RestController
class EarlierConfigsController {

    static final String PATH = "/{type:cloud|runtime|cpi}_configs";

    private static final String DEFAULT = "default";
    private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

    private final Configs configs;
    private final Events events;

    EarlierConfigsController(Configs configs, Events events) {
        this.configs = configs;
        this.events = events;
    }

    /** From the newest to the oldest; a limit must be given. */
    @GetMapping(PATH)
    ResponseEntity<String> list(
            @PathVariable String type,
            @RequestParam(defaultValue = "") String name,
            @RequestParam(defaultValue = "") String limit) {
        if (limit.isEmpty()) {
            return Answers.text(400, Answers.HTML, "limit is required");
        }
        if (!NUMBER.matcher(limit).matches()) {
            return Answers.text(400, Answers.HTML, "limit is invalid: '" + limit + "' is not an integer");
        }
        return Answers.html(configs.all().stream()
                .filter(config -> config.type().equals(type) && config.name().equals(named(type, name)))
                .limit(Long.parseLong(limit))
                .map(config -> Map.of("properties", config.content(), "created_at", config.createdAt()))
                .toList());
    }

    /**
     * A new version, unless the current one has the same content.
     *
     * @throws DirectorException 440001 for what is no YAML hash, 40001 for a CPI config without CPIs
     */
    @PostMapping(path = PATH, consumes = "text/yaml")
    ResponseEntity<String> put(
            @PathVariable String type,
            @RequestParam(defaultValue = "") String name,
            @RequestBody(required = false) @Nullable String content,
            @RequestAttribute(AuthenticationFilter.USER) String user) {
        // A CPI config's event names no config.
        String shown = type.equals("cpi") ? null : named(type, name);
        try {
            String checked = checked(type, content == null ? "" : content);
            Optional<Long> before = configs.current(type, named(type, name)).map(Config::id);
            Config stored = configs.put(type, named(type, name), checked, null);
            if (!before.equals(Optional.of(stored.id()))) {
                events.add(user, "update", type + "-config", shown, null);
            }
        } catch (DirectorException refusal) {
            events.add(user, "update", type + "-config", shown, refusal.getMessage());
            throw refusal;
        }
        return ResponseEntity.status(201).contentType(Answers.HTML).build();
    }

    /** Compares the current config with what is given. */
    @PostMapping(path = PATH + "/diff", consumes = "text/yaml")
    ResponseEntity<String> diff(
            @PathVariable String type,
            @RequestParam(defaultValue = "") String name,
            @RequestParam(defaultValue = "true") String redact,
            @RequestBody(required = false) @Nullable String content) {
        Map<String, Object> before = configs.current(type, named(type, name))
                .map(config -> Yaml.map(Yaml.parse(config.content())))
                .orElse(Map.of());
        // A cloud config is never redacted.
        boolean redacted = !type.equals("cloud") && !redact.equals("false");
        return Answers.html(Map.of(
                "diff", ManifestDiff.between(before, ManifestParser.hash(content == null ? "" : content), redacted)));
    }

    private static String named(String type, String name) {
        return name.isEmpty() || type.equals("cpi") ? DEFAULT : name;
    }

    private static String checked(String type, String content) {
        Map<String, Object> tree = ManifestParser.hash(content);
        if (type.equals("cpi") && !(tree.get("cpis") instanceof List)) {
            throw new DirectorException(
                    40001, "Required property 'cpis' was not specified in object (" + RubyText.inspect(tree) + ")");
        }
        return type.equals("runtime") ? ConfigsController.ofRuntime(tree) : content;
    }
}
