package io.paddock.minidirector.variable;

import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.JsonFile;
import io.paddock.minidirector.system.MinidirectorProperties;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Keeps variables under absolute names, one version each, in a file that only the director's owner may read. */
@Component
public class ConfigServer {

    /** The director's code for what needs a config server while there is none. */
    public static final int IS_DISABLED = 540009;

    private static final String DISABLED = "Director is not configured with a config server";

    /** The file's content. */
    record Content(List<Variable> variables) {}

    private final JsonFile<Content> file;
    private final Clock clock;
    private final boolean enabled;
    private final List<Variable> variables;

    ConfigServer(MinidirectorProperties properties, Clock clock) {
        this.file = new JsonFile<>(properties.stateDirectory().resolve("variables.json"), Content.class);
        this.clock = clock;
        this.enabled = properties.configServer();
        this.variables = new ArrayList<>(file.read().map(Content::variables).orElse(List.of()));
    }

    public synchronized Optional<Variable> find(String name) {
        return variables.stream()
                .filter(variable -> variable.name().equals(name))
                .findFirst();
    }

    /** All variables below a path such as {@code /paddock/db-1}. */
    public synchronized List<Variable> below(String path) {
        String prefix = path.endsWith("/") ? path : path + "/";
        return variables.stream()
                .filter(variable -> variable.name().startsWith(prefix))
                .toList();
    }

    /** What becomes of a variable that exists when a deploy asks for it. */
    public enum UpdateMode {
        NO_OVERWRITE,
        OVERWRITE,
        /** Made anew if its type or options are others. */
        CONVERGE;

        /** @throws DirectorException 540005 for a mode that does not exist */
        public static UpdateMode named(String name) {
            return Arrays.stream(values())
                    .filter(mode -> mode.name()
                            .toLowerCase(Locale.ROOT)
                            .replace('_', '-')
                            .equals(name))
                    .findFirst()
                    .orElseThrow(() -> new DirectorException(540005, "Unknown update_mode '" + name + "'"));
        }
    }

    /**
     * Generates the variable unless it exists, or unless the mode keeps what is there; a value made anew has an id of its own.
     *
     * @throws DirectorException 540009 if the director has no config server
     */
    public synchronized Variable ensure(String name, String type, Map<String, Object> options, UpdateMode mode) {
        if (!enabled) {
            throw new DirectorException(
                    IS_DISABLED, "Failed to generate variable '" + name + "' from config server: " + DISABLED);
        }
        Optional<Variable> kept = find(name).filter(variable -> switch (mode) {
            case NO_OVERWRITE -> true;
            case OVERWRITE -> false;
            case CONVERGE -> variable.type().equals(type) && variable.options().equals(options);
        });
        if (kept.isPresent()) {
            return kept.get();
        }
        Object value = VariableGenerator.generate(name, type, options, this::certificate, clock.instant());
        Variable made = new Variable(
                UUID.randomUUID().toString(),
                name,
                type,
                value,
                options,
                clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
        variables.removeIf(variable -> variable.name().equals(name));
        variables.add(made);
        save();
        return made;
    }

    /**
     * The variable of a reference in a manifest.
     *
     * @throws DirectorException uncoded, if there is none; 540009 if the director has no config server
     */
    Variable fetch(String name) {
        if (!enabled) {
            throw new DirectorException(
                    IS_DISABLED, "Failed to fetch variable '" + name + "' from config server: " + DISABLED);
        }
        return find(name)
                .orElseThrow(() -> DirectorException.uncoded("Failed to find variable '" + name
                        + "' from config server: HTTP Code '404', Error: 'The request could"
                        + " not be completed because the credential does not exist'"));
    }

    public boolean isEnabled() {
        return enabled;
    }

    /** Whether there was such a variable. */
    public synchronized boolean delete(String name) {
        boolean found = variables.removeIf(variable -> variable.name().equals(name));
        if (found) {
            save();
        }
        return found;
    }

    @SuppressWarnings("unchecked")
    private Map<String, Object> certificate(String name) {
        return find(name)
                .filter(variable -> variable.type().equals("certificate"))
                .map(variable -> (Map<String, Object>) variable.value())
                .orElseThrow(() -> new DirectorException(
                        540009, "Failed to generate a certificate: its CA '" + name + "' does not exist"));
    }

    private void save() {
        file.write(new Content(List.copyOf(variables)));
    }
}
