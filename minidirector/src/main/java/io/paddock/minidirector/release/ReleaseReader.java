package io.paddock.minidirector.release;

import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Yaml;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads releases from their directories: those of an operator, and tarballs that were unpacked. */
final class ReleaseReader {

    /** The manifest of a tarball. */
    static final String MANIFEST = "release.MF";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.+-]*");
    private static final String NOT_FROM_GIT = "non-git";

    private ReleaseReader() {}

    /**
     * A directory as {@code bosh create-release} takes it, with a file VERSION. What it holds also goes by the versions in its file REPLACES, one
     * a line: deployments of those versions, whose content is no longer there, can still be repaired and rolled back to.
     */
    static List<Release> directory(String name, Path directory) {
        Path replaces = directory.resolve("REPLACES");
        return Stream.concat(
                        Files.exists(replaces) ? text(replaces).lines() : Stream.of(),
                        Stream.of(text(directory.resolve("VERSION"))))
                .map(version -> directory(name, version.strip(), directory))
                .toList();
    }

    private static Release directory(String name, String version, Path directory) {
        return new Release(
                name,
                version,
                NOT_FROM_GIT,
                false,
                list(directory.resolve("jobs")).stream()
                        .map(job -> new Release.Job(job.getFileName().toString(), fingerprint(job), ""))
                        .toList(),
                packagesOfJobs(directory),
                directory,
                false);
    }

    /** Those that jobs name: what only other packages need is in the directories that stand in for those. */
    private static List<Package> packagesOfJobs(Path directory) {
        return list(directory.resolve("jobs")).stream()
                .map(job -> Yaml.map(Yaml.parse(text(job.resolve("spec")))))
                .flatMap(spec -> Yaml.strings(spec.get("packages")).stream())
                .distinct()
                .sorted()
                .map(Package::ofThisMachine)
                .toList();
    }

    /** An unpacked tarball, as its manifest describes it. */
    static Release unpacked(Path directory) {
        Map<String, Object> manifest = Yaml.map(Yaml.parse(text(directory.resolve(MANIFEST))));
        refuseStrangeNames(manifest);
        Object packages = manifest.getOrDefault("packages", manifest.get("compiled_packages"));
        return new Release(
                String.valueOf(manifest.get("name")),
                String.valueOf(manifest.get("version")),
                String.valueOf(manifest.getOrDefault("commit_hash", NOT_FROM_GIT)),
                Boolean.TRUE.equals(manifest.get("uncommitted_changes")),
                Yaml.maps(manifest.get("jobs")).stream()
                        .map(job -> new Release.Job(text(job, "name"), text(job, "fingerprint"), text(job, "sha1")))
                        .toList(),
                Yaml.maps(packages).stream()
                        .map(found -> new Package(
                                text(found, "name"),
                                text(found, "fingerprint"),
                                text(found, "sha1"),
                                Yaml.strings(found.get("dependencies"))))
                        .toList(),
                directory,
                true);
    }

    /** Names and fingerprints become names of directories. */
    private static void refuseStrangeNames(Map<String, Object> manifest) {
        Stream.of("jobs", "packages", "compiled_packages")
                .flatMap(kind -> Yaml.maps(manifest.get(kind)).stream())
                .flatMap(part -> Stream.of(text(part, "name"), text(part, "fingerprint")))
                .filter(name -> !NAME.matcher(name).matches())
                .findFirst()
                .ifPresent(name -> {
                    throw new DirectorException(
                            30003, "Release manifest has a name or fingerprint that is none: '" + name + "'");
                });
    }

    /** A digest over all files below a directory: their paths and contents. */
    private static String fingerprint(Path directory) {
        try (Stream<Path> found = Files.walk(directory)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path file : found.filter(Files::isRegularFile).sorted().toList()) {
                digest.update(directory.relativize(file).toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
                digest.update(Files.readAllBytes(file));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot read " + directory, failure);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static List<Path> list(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> found = Files.list(directory)) {
            return found.filter(Files::isDirectory).sorted().toList();
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot read " + directory, failure);
        }
    }

    private static String text(Map<String, Object> entry, String key) {
        return String.valueOf(entry.getOrDefault(key, ""));
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot read " + file, failure);
        }
    }
}
