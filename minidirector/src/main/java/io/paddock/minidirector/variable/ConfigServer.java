package io.paddock.minidirector.variable;

import io.paddock.minidirector.system.JsonFile;
import io.paddock.minidirector.system.MinidirectorProperties;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Keeps variables under absolute names, one version each, in a file that only the director's owner may read. */
@Component
public class ConfigServer {

    /** The file's content. */
    record Content(List<Variable> variables) {}

    private final JsonFile<Content> file;
    private final Clock clock;
    private final List<Variable> variables;

    ConfigServer(MinidirectorProperties properties, Clock clock) {
        this.file = new JsonFile<>(properties.stateDirectory().resolve("variables.json"), Content.class);
        this.clock = clock;
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

    /** Generates the variable unless it exists. */
    public synchronized Variable ensure(String name, String type, Map<String, Object> options) {
        return find(name).orElseGet(() -> {
            Object value = VariableGenerator.generate(name, type, options, this::certificate, clock.instant());
            Variable made = new Variable(
                    UUID.randomUUID().toString(),
                    name,
                    type,
                    value,
                    options,
                    clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
            variables.add(made);
            save();
            return made;
        });
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
                .orElseThrow(() -> new io.paddock.minidirector.system.DirectorException(
                        540009, "Failed to generate a certificate: its CA '" + name + "' does not exist"));
    }

    private void save() {
        file.write(new Content(List.copyOf(variables)));
    }
}
