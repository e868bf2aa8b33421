package io.paddock.minidirector.release;

import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Directories;
import io.paddock.minidirector.system.MinidirectorProperties;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Compiled packages: those that stand ready on this machine by the operator's word, and those that were compiled from an upload. */
@Component
public class Packages {

    private final Map<String, Path> ofThisMachine;
    private final Path compiled;
    /** Whether other directors take packages from there as well. */
    private final boolean isShared;

    Packages(MinidirectorProperties properties) {
        this.ofThisMachine = properties.packages();
        this.isShared = properties.compiledPackagesDirectory() != null;
        this.compiled = Directories.create(
                Objects.requireNonNullElseGet(
                        properties.compiledPackagesDirectory(),
                        () -> properties.stateDirectory().resolve("compiled_packages")),
                "rwxr-xr-x");
    }

    /**
     * A package with what it is compiled from.
     *
     * @param directory of its sources, with the script {@code packaging}
     * @param dependencies are in place while it is compiled
     */
    public record Source(Package compiled, @Nullable Path directory, List<Package> dependencies) {}

    /** A package and all that it depends on, each after what it needs. */
    public static List<Source> sources(Release release, Package wanted) {
        Map<String, Source> found = new LinkedHashMap<>();
        collect(release, wanted, found);
        return List.copyOf(found.values());
    }

    private static void collect(Release release, Package wanted, Map<String, Source> found) {
        List<Package> dependencies = release.packages().stream()
                .filter(candidate -> wanted.dependencies().contains(candidate.name()))
                .toList();
        dependencies.forEach(dependency -> collect(release, dependency, found));
        found.putIfAbsent(
                wanted.label(),
                new Source(
                        wanted,
                        release.directory() == null
                                ? null
                                : release.directory().resolve("packages").resolve(wanted.name()),
                        dependencies));
    }

    /** Whether there is something to install. */
    public boolean isReady(Package wanted) {
        return !wanted.isCompiledHere() || Files.isDirectory(directory(wanted));
    }

    /** @throws DirectorException uncoded for a package that nothing stands in for */
    public Path directory(Package wanted) {
        if (wanted.isCompiledHere()) {
            return compiled.resolve(wanted.name() + "-" + wanted.fingerprint());
        }
        Path standIn = ofThisMachine.get(wanted.name());
        if (standIn == null) {
            throw DirectorException.uncoded("Package '" + wanted.name()
                    + "' is not known here: set minidirector.packages." + wanted.name()
                    + " to the directory that stands in for it");
        }
        return standIn;
    }

    /** Removes what was compiled, but for these, unless other directors may use it. */
    public synchronized void removeAllBut(Set<Package> used) {
        if (isShared) {
            return;
        }
        Set<Path> kept = used.stream()
                .filter(Package::isCompiledHere)
                .map(this::directory)
                .collect(Collectors.toSet());
        ReleaseReader.list(compiled).stream()
                .filter(found -> !kept.contains(found))
                .forEach(Directories::delete);
    }

    /** Keeps what a compilation made. */
    public synchronized void keep(Package made, Path content) {
        Directories.create(content, "rwxr-xr-x");
        Path target = directory(made);
        if (Files.exists(target)) {
            // The same fingerprint is the same content, which somebody may be copying at this moment.
            return;
        }
        Path complete = target.resolveSibling(target.getFileName() + ".next");
        try {
            // The machine and what is kept may be on different file systems.
            Directories.delete(complete);
            Directories.copy(content, complete);
            Files.move(complete, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot keep package " + made.label(), failure);
        }
    }
}
