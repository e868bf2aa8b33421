package io.paddock.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The names that the user gave, with the ids that the broker knows them by: what Cloud Controller keeps for cf. A file that is
 * replaced as a whole, under a lock, since commands may run side by side.
 */
class Names {

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final Path file;

    Names(Path directory) {
        this.file = directory.resolve("names.json");
    }

    /** @param services by name, sorted */
    record Content(TreeMap<String, Service> services) {}

    /**
     * @param operation the broker's last operation on it
     * @param lastType "create", "update" or "delete"
     * @param bindings by name, of an app or a key, sorted
     * @param target the plan that an update leads to, null without one
     */
    record Service(
            String id,
            String serviceId,
            String planId,
            String offering,
            String plan,
            String operation,
            String lastType,
            TreeMap<String, Binding> bindings,
            @Nullable Plan target) {

        static Service requested(String id, String serviceId, String offering, Plan plan) {
            return new Service(id, serviceId, plan.id(), offering, plan.name(), "", "create", new TreeMap<>(), null);
        }

        Service creating(String createOperation) {
            return new Service(id, serviceId, planId, offering, plan, createOperation, "create", bindings, null);
        }

        Service updating(String updateOperation, @Nullable Plan to) {
            return new Service(id, serviceId, planId, offering, plan, updateOperation, "update", bindings, to);
        }

        Service is(@Nullable Plan now) {
            return now == null
                    ? this
                    : new Service(id, serviceId, now.id(), offering, now.name(), operation, lastType, bindings, null);
        }

        /** As it is once its last operation has ended. */
        Service settled(boolean succeeded) {
            Plan now = succeeded && target != null ? target : new Plan(planId, plan);
            return new Service(id, serviceId, now.id(), offering, now.name(), operation, lastType, bindings, null);
        }

        Service deleting(String deleteOperation) {
            return new Service(id, serviceId, planId, offering, plan, deleteOperation, "delete", bindings, null);
        }
    }

    record Plan(String id, String name) {}

    /** @param key whether it is a service key, not an app's binding */
    record Binding(String id, boolean key) {}

    /** Refuses a name that nobody could say, or that would lead out of the directory of names. */
    static void check(String what, String name) {
        if (name.isBlank()) {
            throw new CliException("The name of the " + what + " is empty");
        }
        if (name.chars().anyMatch(character -> character == '/' || Character.isISOControl(character))) {
            throw new CliException("The name of the " + what + " must not have slashes or control characters in it");
        }
    }

    /** Where files that belong to a name lie as well. */
    Path directory() {
        return file.getParent();
    }

    Map<String, Service> all() {
        return read().services();
    }

    Optional<Service> find(String name) {
        return Optional.ofNullable(read().services().get(name));
    }

    Service get(String name) {
        return find(name).orElseThrow(() -> new CliException("Service instance '" + name + "' not found"));
    }

    void put(String name, Service service) {
        change(services -> services.put(name, service));
    }

    /** Changes a service, if it is still there. */
    void update(String name, UnaryOperator<Service> change) {
        change(services -> services.computeIfPresent(name, (key, service) -> change.apply(service)));
    }

    void remove(String name) {
        change(services -> services.remove(name));
    }

    void putBinding(String name, String binding, Binding value) {
        change(services -> services.get(name).bindings().put(binding, value));
    }

    void removeBinding(String name, String binding) {
        change(services -> services.get(name).bindings().remove(binding));
    }

    private void change(Function<TreeMap<String, Service>, ?> change) {
        try {
            Files.createDirectories(file.getParent());
            try (FileChannel lock = FileChannel.open(
                    file.resolveSibling("names.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                lock.lock();
                Content content = read();
                change.apply(content.services());
                Path next = file.resolveSibling("names.json.next");
                Files.write(next, JSON.writeValueAsBytes(content));
                Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot keep names in " + file, failure);
        }
    }

    private Content read() {
        try {
            return JSON.readValue(Files.readAllBytes(file), Content.class);
        } catch (NoSuchFileException none) {
            return new Content(new TreeMap<>());
        } catch (IOException unreadable) {
            throw new UncheckedIOException("cannot read " + file, unreadable);
        }
    }
}
