package io.paddock.minidirector.deployment;

import io.paddock.minidirector.lock.Locks;
import io.paddock.minidirector.release.Release;
import io.paddock.minidirector.release.Releases;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.task.EventLog;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import java.util.List;
import java.util.stream.Collectors;
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

    DeleteReleaseTask(Releases releases, Deployments deployments, Locks locks) {
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
        List<Release> wanted = version.isEmpty() ? releases.versions(name) : List.of(releases.find(name, version));
        wanted.forEach(release -> refuseUsed(release, version.isEmpty()));
        EventLog stage = log.stage("Deleting " + (version.isEmpty() ? "release" : "release version"), wanted.size());
        wanted.forEach(release -> stage.step(release.label(), () -> releases.remove(release)));
    }

    private void refuseUsed(Release release, boolean whole) {
        String users = deployments.using(release).stream().map(Deployment::name).collect(Collectors.joining(", "));
        if (!users.isEmpty()) {
            throw whole
                    ? new DirectorException(30007, "Release '" + release.name() + "' is still in use")
                    : new DirectorException(
                            30008, "ReleaseVersion '" + release.label() + "' is still in use, by: " + users);
        }
    }
}
