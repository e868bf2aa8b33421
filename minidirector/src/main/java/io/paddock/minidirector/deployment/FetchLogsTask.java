package io.paddock.minidirector.deployment;

import io.paddock.minidirector.blob.Blobs;
import io.paddock.minidirector.machine.Machine;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Directories;
import io.paddock.minidirector.system.MinidirectorProperties;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** Carries "fetch logs": packs log files of one machine, or of several, each in a directory of its own. The result is the blob's id. */
@Component
public class FetchLogsTask implements TaskRunner {

    public static final String TYPE = "fetch_logs";
    /** Ids of instances, between commas. */
    public static final String INSTANCES = "instances";
    /** What to fetch: {@code job}, {@code agent} or {@code system}. */
    public static final String KIND = "kind";
    /** Patterns of paths, between commas; empty for all that end with .log. */
    public static final String FILTERS = "filters";

    private static final String ALL_LOGS = "**.log";

    private final Deployments deployments;
    private final InstanceUpdater updater;
    private final Blobs blobs;
    private final Path work;

    FetchLogsTask(Deployments deployments, InstanceUpdater updater, Blobs blobs, MinidirectorProperties properties) {
        this.deployments = deployments;
        this.updater = updater;
        this.blobs = blobs;
        this.work = properties.stateDirectory().resolve("logs");
        Directories.delete(work);
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public boolean isUrgent() {
        return true;
    }

    @Override
    public String run(Task task, TaskLog log) {
        Deployment deployment = deployments.get(Objects.requireNonNull(task.deployment()));
        List<Instance> instances = Arrays.stream(task.input().get(INSTANCES).split(","))
                .map(deployment::byId)
                .toList();
        Path directory = Directories.create(work.resolve(Long.toString(task.id())), "rwx------");
        try {
            for (Instance instance : instances) {
                if (instance.vm() == null) {
                    throw new DirectorException(70004, "'" + instance.name() + "' doesn't reference a VM");
                }
                Path target =
                        instances.size() == 1 ? directory : directory.resolve(instance.group() + "." + instance.id());
                log.stage("Fetching logs for " + instance.label(), 1)
                        .step("Finding and packing log files", () -> collect(updater.machine(instance), task, target));
            }
            return blobs.pack(directory, List.of(".")).id();
        } finally {
            Directories.delete(directory);
        }
    }

    /** System logs are those of the machine that all machines share, and stay there. */
    private static void collect(Machine machine, Task task, Path target) {
        Directories.create(target, "rwx------");
        switch (task.input().get(KIND)) {
            case "agent" ->
                copy(machine.agentLog(), target.resolve(machine.agentLog().getFileName()));
            case "system" -> {}
            default -> collectJobs(machine, task.input().getOrDefault(FILTERS, ""), target);
        }
    }

    private static void collectJobs(Machine machine, String filters, Path target) {
        List<PathMatcher> wanted = Arrays.stream((filters.isBlank() ? ALL_LOGS : filters).split("[\\s,]+"))
                .map(filter -> FileSystems.getDefault().getPathMatcher("glob:" + filter))
                .toList();
        try (Stream<Path> found = Files.walk(machine.logs())) {
            // A link may be another user's work, and lead anywhere.
            found.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .forEach(file -> {
                        Path path = machine.logs().relativize(file);
                        if (wanted.stream().anyMatch(filter -> filter.matches(path))) {
                            copy(file, target.resolve(path.toString()));
                        }
                    });
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot read " + machine.logs(), failure);
        }
    }

    private static void copy(Path file, Path target) {
        try {
            Directories.create(target.getParent(), "rwx------");
            try (InputStream content = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
                Files.copy(content, target);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot copy " + file, failure);
        }
    }
}
