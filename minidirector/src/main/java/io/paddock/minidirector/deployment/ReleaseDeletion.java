package io.paddock.minidirector.deployment;

import io.paddock.minidirector.release.Package;
import io.paddock.minidirector.release.Release;
import io.paddock.minidirector.release.Releases;
import io.paddock.minidirector.task.EventLog;
import io.paddock.minidirector.task.TaskLog;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Removes releases with the stages that a director shows: packages and jobs first, then the versions themselves. */
@Component
class ReleaseDeletion {

    private final Releases releases;

    ReleaseDeletion(Releases releases) {
        this.releases = releases;
    }

    /** One version with what no other version of the release has; the director shows no stage for the version itself. */
    void version(Release release, TaskLog log) {
        List<Release> others = releases.versions(release.name()).stream()
                .filter(other -> !other.label().equals(release.label()))
                .toList();
        showParts(List.of(release), others, log);
        releases.remove(release);
    }

    /** A release as a whole. */
    void all(List<Release> versions, TaskLog log) {
        showParts(versions, List.of(), log);
        EventLog stage = log.stage("Deleting release versions", versions.size());
        versions.forEach(release -> stage.step(release.label(), () -> releases.remove(release)));
    }

    /** They lie in the version's directory and go with it. */
    private static void showParts(List<Release> versions, List<Release> others, TaskLog log) {
        show("Deleting packages", packages(versions), packages(others), log);
        show("Deleting jobs", jobs(versions), jobs(others), log);
    }

    private static Set<String> packages(List<Release> versions) {
        return versions.stream()
                .flatMap(release -> release.packages().stream())
                .map(Package::label)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static Set<String> jobs(List<Release> versions) {
        return versions.stream()
                .flatMap(release -> release.jobs().stream())
                .map(Release.Job::label)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static void show(String name, Set<String> parts, Set<String> kept, TaskLog log) {
        parts.removeAll(kept);
        EventLog stage = log.stage(name, parts.size());
        parts.forEach(part -> stage.step(part, () -> {}));
    }
}
