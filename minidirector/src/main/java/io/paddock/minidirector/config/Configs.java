package io.paddock.minidirector.config;

import io.paddock.minidirector.system.JsonFile;
import io.paddock.minidirector.system.MinidirectorProperties;
import io.paddock.minidirector.system.Yaml;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** All versions of all configs; the newest of a type and name is the current one. */
@Component
public class Configs {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC);

    /** The file's content. */
    record Content(long lastId, List<Config> configs) {}

    private final JsonFile<Content> file;
    private final Clock clock;
    private Content content;

    Configs(MinidirectorProperties properties, Clock clock) {
        this.file = new JsonFile<>(properties.stateDirectory().resolve("configs.json"), Content.class);
        this.clock = clock;
        this.content = file.read().orElse(new Content(0, List.of()));
    }

    /** Newest first. */
    public synchronized List<Config> all() {
        return content.configs().stream()
                .sorted(Comparator.comparing(Config::id).reversed())
                .toList();
    }

    /** The newest version of each name, newest first. */
    public List<Config> current(@Nullable String type) {
        Map<String, Config> newest = new LinkedHashMap<>();
        all().stream()
                .filter(config -> type == null || config.type().equals(type))
                .forEach(config -> newest.putIfAbsent(config.type() + "/" + config.name(), config));
        return List.copyOf(newest.values());
    }

    /** Those that still exist. */
    public List<Config> withIds(List<Long> ids) {
        return all().stream().filter(config -> ids.contains(config.id())).toList();
    }

    public Optional<Config> current(String type, String name) {
        return current(type).stream()
                .filter(config -> config.name().equals(name))
                .findFirst();
    }

    /** Those that hold for a deployment: everybody's and those of its teams. */
    public List<Config> currentFor(String type, List<String> teams) {
        return current(type).stream()
                .filter(config -> config.team() == null || teams.contains(config.team()))
                .toList();
    }

    /** The sections of all current configs of a type that hold for these teams; lists are put together. */
    public Map<String, Object> merged(String type, List<String> teams) {
        Map<String, Object> sections = new LinkedHashMap<>();
        for (Config config : currentFor(type, teams)) {
            Yaml.map(Yaml.parse(config.content()))
                    .forEach((name, section) -> sections.merge(name, section, (one, two) -> {
                        if (one instanceof List<?> first && two instanceof List<?> second) {
                            List<Object> both = new ArrayList<>(first);
                            both.addAll(second);
                            return both;
                        }
                        return two;
                    }));
        }
        return sections;
    }

    /** Adds a version, unless the current one has the same content: then that is the answer. */
    public synchronized Config put(String type, String name, String text, @Nullable String team) {
        Optional<Config> current = current(type, name);
        if (current.isPresent() && current.get().content().equals(text)) {
            return current.get();
        }
        Config added = new Config(content.lastId() + 1, type, name, text, team, TIME.format(clock.instant()));
        List<Config> configs = new ArrayList<>(content.configs());
        configs.add(added);
        save(new Content(added.id(), configs));
        return added;
    }

    /** Removes the versions that match; whether there were any. */
    public synchronized boolean remove(java.util.function.Predicate<Config> matching) {
        List<Config> configs = new ArrayList<>(content.configs());
        boolean found = configs.removeIf(matching);
        if (found) {
            save(new Content(content.lastId(), configs));
        }
        return found;
    }

    private void save(Content next) {
        file.write(next);
        content = next;
    }
}
