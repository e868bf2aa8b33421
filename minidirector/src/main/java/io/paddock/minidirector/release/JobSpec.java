package io.paddock.minidirector.release;

import io.paddock.minidirector.system.Yaml;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A job of a release as its {@code spec} file describes it.
 *
 * @param directory null for a job that the director provides itself
 * @param templates source file to destination below the job's directory
 * @param properties dotted name to default, null without one
 */
public record JobSpec(
        String name,
        @Nullable Path directory,
        Map<String, String> templates,
        List<Package> packages,
        Map<String, @Nullable Object> properties,
        List<Provided> provides,
        List<Consumed> consumes) {

    /** @param properties dotted names that the link carries */
    public record Provided(String name, String type, List<String> properties) {}

    public record Consumed(String name, String type, boolean optional) {}

    /** Whether the job can be run as an errand. */
    public boolean isErrand() {
        return templates.containsValue("bin/run");
    }

    /** Reads {@code spec}, or {@code job.MF}, as that file is called in a release's tarball. */
    static JobSpec read(Path directory, List<Package> packagesOfRelease) {
        Path packed = directory.resolve("job.MF");
        Map<String, Object> spec =
                Yaml.map(Yaml.parse(text(Files.exists(packed) ? packed : directory.resolve("spec"))));
        Map<String, String> templates = new LinkedHashMap<>();
        Yaml.map(spec.get("templates")).forEach((source, target) -> templates.put(source, String.valueOf(target)));
        Map<String, @Nullable Object> properties = new LinkedHashMap<>();
        Yaml.map(spec.get("properties"))
                .forEach((name, description) ->
                        properties.put(name, Yaml.map(description).get("default")));
        return new JobSpec(
                String.valueOf(spec.get("name")),
                directory,
                templates,
                packages(spec, packagesOfRelease),
                properties,
                Yaml.maps(spec.get("provides")).stream()
                        .map(link -> new Provided(
                                String.valueOf(link.get("name")),
                                String.valueOf(link.get("type")),
                                Yaml.strings(link.get("properties"))))
                        .toList(),
                Yaml.maps(spec.get("consumes")).stream()
                        .map(link -> new Consumed(
                                String.valueOf(link.get("name")),
                                String.valueOf(link.get("type")),
                                Boolean.TRUE.equals(link.get("optional"))))
                        .toList());
    }

    private static List<Package> packages(Map<String, Object> spec, List<Package> known) {
        return Yaml.strings(spec.get("packages")).stream()
                .map(name -> known.stream()
                        .filter(candidate -> candidate.name().equals(name))
                        .findFirst()
                        .orElseGet(() -> Package.ofThisMachine(name)))
                .toList();
    }

    String template(String source) {
        return text(templatesRoot().resolve("templates").resolve(source));
    }

    String monit() {
        return directory == null ? "" : text(directory.resolve("monit"));
    }

    private Path templatesRoot() {
        if (directory == null) {
            throw new IllegalStateException(name + " has no templates");
        }
        return directory;
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot read " + file, failure);
        }
    }
}
