package io.paddock.minidirector.deployment;

import io.paddock.minidirector.lock.Locks;
import io.paddock.minidirector.release.Release;
import io.paddock.minidirector.release.Releases;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Carries "delete release": one version or all of them, unless a deployment uses them; not even {@code force} takes those away. */
@Component
public class DeleteReleaseTask implements TaskRunner {

    public static final String TYPE = "delete_release";
    public static final String NAME = "name";
    /** Empty for all versions. */
    public static final String VERSION = "version";

    private final Releases releases;
    private final Deployments deployments;
    private final Locks locks;
    private final ReleaseDeletion deletion;

    DeleteReleaseTask(Releases releases, Deployments deployments, Locks locks, ReleaseDeletion deletion) {
        this.deletion = deletion;
        this.locks = locks;
        this.releases = releases;
        this.deployments = deployments;
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public String run(Task task, TaskLog log) {
        String name = task.input().get(NAME);
        String version = task.input().get(VERSION);
        try (Locks.Lock lock = locks.acquire(task, log, Locks.Kind.RELEASE, name)) {
            delete(name, version, log);
        }
        return "/release/" + name;
    }

    private void delete(String name, String version, TaskLog log) {
        if (version.isEmpty()) {
            List<Release> versions = releases.versions(name);
            users(versions).ifPresent(users -> {
                throw new DirectorException(30007, "Release '" + name + "' is still in use by: " + users);
            });
            deletion.all(versions, log);
        } else {
            Release release = releases.find(name, version);
            users(List.of(release)).ifPresent(users -> {
                throw new DirectorException(
                        30008, "ReleaseVersion '" + release.label() + "' is still in use by: " + users);
            });
            deletion.version(release, log);
        }
    }

    private Optional<String> users(List<Release> versions) {
        List<String> names = versions.stream()
                .flatMap(release -> deployments.using(release).stream())
                .map(Deployment::name)
                .distinct()
                .toList();
        return names.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", names));
    }
}
