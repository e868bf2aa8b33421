package io.paddock.minidirector.event;

import io.paddock.minidirector.system.Directories;
import io.paddock.minidirector.system.MinidirectorProperties;
import io.paddock.minidirector.task.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** The newest ten thousand events; on disk a line each, so that a crash loses at most the last one. */
@Component
public class Events {

    private static final int KEPT = 10_000;
    private static final JsonMapper MAPPER = new JsonMapper();

    private final Path file;
    private final Clock clock;
    private final Deque<Event> newestFirst = new ArrayDeque<>();
    private long lastId;

    Events(MinidirectorProperties properties, Clock clock) {
        this.file = Directories.create(properties.stateDirectory(), "rwx------").resolve("events.jsonl");
        this.clock = clock;
        load();
    }

    public synchronized List<Event> newestFirst() {
        return List.copyOf(newestFirst);
    }

    /** What a task does. */
    public Recorder of(Task task) {
        return of(task, task.deployment());
    }

    /** Records what a task that is not a deployment's does to one. */
    public Recorder of(Task task, @Nullable String deployment) {
        return new Recorder(task.user(), task.id(), deployment);
    }

    /** Records what a user does without a task, or why it was refused. */
    public void add(
            String user, String action, String objectType, @Nullable String objectName, @Nullable String error) {
        add(new Event(0, null, now(), user, action, objectType, objectName, null, null, null, error, Map.of()));
    }

    /** Writes what one task does. */
    public final class Recorder {

        private final String user;
        private final long task;
        private final @Nullable String deployment;

        private Recorder(String user, long task, @Nullable String deployment) {
            this.user = user;
            this.task = task;
            this.deployment = deployment;
        }

        /** One event. */
        public void note(String action, String objectType, String objectName) {
            record(null, action, objectType, objectName, null, null, Map.of());
        }

        /** An event before and one after, which says how it ended. */
        public void around(
                String action, String objectType, String objectName, @Nullable String instance, Runnable work) {
            long begun = record(null, action, objectType, objectName, instance, null, Map.of());
            try {
                work.run();
            } catch (RuntimeException failure) {
                record(begun, action, objectType, objectName, instance, String.valueOf(failure.getMessage()), Map.of());
                throw failure;
            }
            record(begun, action, objectType, objectName, instance, null, Map.of());
        }

        /** Two events at the end of something, as the director writes them for a deployment. */
        public void ended(
                String action,
                String objectType,
                String objectName,
                @Nullable String error,
                Map<String, Object> context) {
            long begun = record(null, action, objectType, objectName, null, null, Map.of());
            record(begun, action, objectType, objectName, null, error, context);
        }

        private long record(
                @Nullable Long parent,
                String action,
                String objectType,
                String objectName,
                @Nullable String instance,
                @Nullable String error,
                Map<String, Object> context) {
            return add(new Event(
                    0,
                    parent,
                    now(),
                    user,
                    action,
                    objectType,
                    objectName,
                    task,
                    deployment,
                    instance,
                    error,
                    context));
        }
    }

    /** @param draft an event whose id is not given yet */
    public synchronized long add(Event draft) {
        Event event = new Event(
                ++lastId,
                draft.parentId(),
                draft.timestamp(),
                draft.user(),
                draft.action(),
                draft.objectType(),
                draft.objectName(),
                draft.task(),
                draft.deployment(),
                draft.instance(),
                draft.error(),
                draft.context());
        newestFirst.addFirst(event);
        if (newestFirst.size() > KEPT) {
            newestFirst.removeLast();
        }
        try {
            Files.writeString(
                    file,
                    MAPPER.writeValueAsString(event) + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot write " + file, failure);
        }
        return event.id();
    }

    private void load() {
        try {
            for (String line : Files.readAllLines(file)) {
                read(line);
            }
            while (newestFirst.size() > KEPT) {
                newestFirst.removeLast();
            }
            // Without what is too old, and without a line that a crash cut off.
            List<String> kept = new ArrayList<>();
            newestFirst.descendingIterator().forEachRemaining(event -> kept.add(MAPPER.writeValueAsString(event)));
            Path next = file.resolveSibling("events.jsonl.next");
            Files.write(next, kept);
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (NoSuchFileException none) {
            // The first start.
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot read " + file, failure);
        }
    }

    private void read(String line) {
        try {
            Event event = MAPPER.readValue(line, Event.class);
            newestFirst.addFirst(event);
            lastId = event.id();
        } catch (JacksonException cutOff) {
            // A crash in the middle of a line.
        }
    }

    /** Seconds since the epoch. */
    public long now() {
        return clock.instant().getEpochSecond();
    }
}
