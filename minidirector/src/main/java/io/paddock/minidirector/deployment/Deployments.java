package io.paddock.minidirector.deployment;

import io.paddock.minidirector.release.Release;
import io.paddock.minidirector.release.Stemcells;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Directories;
import io.paddock.minidirector.system.JsonFile;
import io.paddock.minidirector.system.MinidirectorProperties;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** All deployments, a file each. */
@Component
public class Deployments {

    private final Path directory;
    private final ConcurrentSkipListMap<String, Deployment> deployments = new ConcurrentSkipListMap<>();

    Deployments(MinidirectorProperties properties) {
        directory = Directories.create(properties.stateDirectory().resolve("deployments"), "rwx------");
        try (Stream<Path> files = Files.list(directory)) {
            files.filter(file -> file.toString().endsWith(".json"))
                    .flatMap(file -> new JsonFile<>(file, Deployment.class).read().stream())
                    .forEach(deployment -> deployments.put(deployment.name(), deployment));
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot read the deployments in " + directory, failure);
        }
    }

    /** By name. */
    public List<Deployment> all() {
        return List.copyOf(deployments.values());
    }

    /** Those that use a release, by name. */
    public List<Deployment> using(Release release) {
        return all().stream()
                .filter(deployment -> deployment.releases().contains(release.label()))
                .toList();
    }

    /** Those that use a stemcell, by name. */
    public List<Deployment> using(Stemcells.Stemcell stemcell) {
        return all().stream()
                .filter(deployment -> deployment.stemcells().contains(stemcell.label()))
                .toList();
    }

    /** The one of whose instances one has a disk. */
    public Optional<Deployment> withDisk(String cid) {
        return all().stream()
                .filter(deployment -> deployment.withDisk(cid).isPresent())
                .findFirst();
    }

    /** The one of whose instances one has a machine. */
    Optional<Deployment> withMachine(String cid) {
        return all().stream()
                .filter(deployment -> deployment.withMachine(cid).isPresent())
                .findFirst();
    }

    public Optional<Deployment> find(String name) {
        return Optional.ofNullable(deployments.get(name));
    }

    /** @throws DirectorException 70000, HTTP status 404 */
    public Deployment get(String name) {
        return find(name).orElseThrow(() -> DirectorException.deploymentNotFound(name));
    }

    /**
     * Lists a deployment from its first deploy on, whether that gets through or not.
     *
     * @param teams own it, if it is new
     */
    public synchronized void ensure(String name, List<String> teams) {
        if (!deployments.containsKey(name)) {
            save(Deployment.fresh(name, teams));
        }
    }

    /** Sets an instance aside, or takes it back. */
    public void ignore(String name, Instance instance, boolean ignore) {
        change(name, before -> before.with(before.byId(instance.id()).ignored(ignore)));
    }

    synchronized Deployment change(String name, UnaryOperator<Deployment> change) {
        Deployment changed = change.apply(get(name));
        save(changed);
        return changed;
    }

    synchronized void remove(String name) {
        try {
            Files.deleteIfExists(file(name));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        deployments.remove(name);
    }

    private void save(Deployment deployment) {
        new JsonFile<>(file(deployment.name()), Deployment.class).write(deployment);
        deployments.put(deployment.name(), deployment);
    }

    private Path file(String name) {
        return directory.resolve(URLEncoder.encode(name, StandardCharsets.UTF_8) + ".json");
    }
}
