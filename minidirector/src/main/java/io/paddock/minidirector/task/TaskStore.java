package io.paddock.minidirector.task;

import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Directories;
import io.paddock.minidirector.system.JsonFile;
import io.paddock.minidirector.system.MinidirectorProperties;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** All tasks, newest last, each in a directory of its own; the oldest of a type are forgotten. */
@Component
public class TaskStore {

    private final Path directory;
    private final ConcurrentSkipListMap<Long, Task> tasks = new ConcurrentSkipListMap<>();

    TaskStore(MinidirectorProperties properties) {
        directory = Directories.create(properties.stateDirectory().resolve("tasks"), "rwx------");
        load();
    }

    public Task find(long id) {
        return Optional.ofNullable(tasks.get(id)).orElseThrow(() -> DirectorException.taskNotFound(id));
    }

    public List<Task> newestFirst() {
        return List.copyOf(tasks.descendingMap().values());
    }

    public Path output(long id, String kind) {
        return directory(id).resolve(kind);
    }

    /** @param draft a task whose id is not given yet */
    synchronized Task add(Task draft) {
        long id = tasks.isEmpty() ? 1 : tasks.lastKey() + 1;
        Task task = new Task(
                id,
                draft.type(),
                draft.state(),
                draft.description(),
                draft.timestamp(),
                draft.startedAt(),
                draft.result(),
                draft.user(),
                draft.deployment(),
                draft.contextId(),
                draft.createdAt(),
                Map.copyOf(draft.input()));
        Directories.create(directory(id), "rwx------");
        save(task);
        return task;
    }

    /** Changes a task under the store's lock and returns it as it is then. */
    synchronized Task change(long id, UnaryOperator<Task> change) {
        Task before = find(id);
        Task after = change.apply(before);
        if (after != before) {
            save(after);
        }
        return after;
    }

    /** Drops the oldest ended tasks of a type beyond what is kept. */
    synchronized void forgetOldest(String type, int kept) {
        tasks.descendingMap().values().stream()
                .filter(task -> task.type().equals(type) && !task.state().isRunning())
                .skip(kept)
                .map(Task::id)
                .toList()
                .forEach(id -> {
                    tasks.remove(id);
                    Directories.delete(directory(id));
                });
    }

    private void save(Task task) {
        new JsonFile<>(directory(task.id()).resolve("task.json"), Task.class).write(task);
        tasks.put(task.id(), task);
    }

    private void load() {
        try (Stream<Path> directories = Files.list(directory)) {
            directories
                    .sorted(Comparator.naturalOrder())
                    .flatMap(found -> new JsonFile<>(found.resolve("task.json"), Task.class).read().stream())
                    .forEach(task -> tasks.put(task.id(), task));
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot read the tasks in " + directory, failure);
        }
    }

    private Path directory(long id) {
        return directory.resolve(Long.toString(id));
    }
}
