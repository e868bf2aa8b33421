package io.paddock.minidirector.machine;

import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Yaml;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * One process of a job's bpm.yml, as bpm-release documents it. bpm overlooks keys that it does not know; here they are errors, because a process
 * would lack what the author of an overlooked key meant to give it.
 *
 * @param shutdownSignal TERM or INT
 * @param additionalVolumes below /var/vcap/data, /var/vcap/store or /var/vcap/sys/run
 * @param capabilities without the prefix {@code CAP_}
 */
record BpmConfig(
        String name,
        String executable,
        List<String> arguments,
        Map<String, String> environment,
        Optional<String> workingDirectory,
        Limits limits,
        Optional<String> preStart,
        String shutdownSignal,
        boolean persistentDisk,
        boolean ephemeralDisk,
        List<Volume> additionalVolumes,
        List<String> capabilities,
        Unsafe unsafe) {

    private static final Set<String> SIGNALS = Set.of("TERM", "INT");
    private static final Pattern SIZE = Pattern.compile("(\\d+)([KMGT]?)B?");
    private static final List<String> VOLUME_ROOTS =
            List.of("/var/vcap/data/", "/var/vcap/store/", "/var/vcap/sys/run/");

    /** Upper limits of a process. */
    record Limits(Optional<Long> memoryBytes, Optional<Integer> openFiles, Optional<Integer> processes) {}

    /** @param mountOnly whether bpm leaves the directory's owner and permissions alone, and does not create it */
    record Volume(String path, boolean writable, boolean allowsExecutions, boolean mountOnly) {}

    /** @param unrestrictedVolumes any paths, which may be globs */
    record Unsafe(boolean privileged, boolean hostPidNamespace, List<Volume> unrestrictedVolumes) {}

    /** @throws DirectorException uncoded for a file that bpm would refuse or that has a key which it would overlook */
    static BpmConfig read(Path bpmYml, String process) {
        Map<String, Object> content;
        try {
            content = Yaml.map(Yaml.parse(Files.readString(bpmYml)));
        } catch (IOException | YAMLException unreadable) {
            throw refused("cannot read " + bpmYml.getFileName() + ": " + unreadable.getMessage());
        }
        only(content, "bpm.yml", Set.of("processes"));
        return Yaml.maps(content.get("processes")).stream()
                .filter(entry -> process.equals(entry.get("name")))
                .findFirst()
                .map(BpmConfig::of)
                .orElseThrow(() -> refused("process '" + process + "' is not in bpm.yml"));
    }

    /** The signal that stops a process, also if the file has what {@link #read} refuses: what runs must be stopped. */
    static String shutdownSignal(Path bpmYml, String process) {
        try {
            return Yaml.maps(Yaml.map(Yaml.parse(Files.readString(bpmYml))).get("processes")).stream()
                    .filter(entry -> process.equals(entry.get("name")))
                    .map(entry -> String.valueOf(entry.getOrDefault("shutdown_signal", "TERM")))
                    .filter(SIGNALS::contains)
                    .findFirst()
                    .orElse("TERM");
        } catch (IOException | YAMLException unreadable) {
            return "TERM";
        }
    }

    private static BpmConfig of(Map<String, Object> entry) {
        String name = String.valueOf(entry.get("name"));
        only(
                entry,
                "process " + name,
                Set.of(
                        "name",
                        "executable",
                        "args",
                        "env",
                        "workdir",
                        "limits",
                        "hooks",
                        "shutdown_signal",
                        "persistent_disk",
                        "ephemeral_disk",
                        "additional_volumes",
                        "capabilities",
                        "unsafe"));
        Map<String, String> environment = new LinkedHashMap<>();
        Yaml.map(entry.get("env")).forEach((key, value) -> environment.put(key, String.valueOf(value)));
        Map<String, Object> hooks = Yaml.map(entry.get("hooks"));
        only(hooks, "hooks of " + name, Set.of("pre_start"));
        String shutdownSignal = String.valueOf(entry.getOrDefault("shutdown_signal", "TERM"));
        if (!SIGNALS.contains(shutdownSignal)) {
            throw refused(
                    "invalid shutdown_signal '" + shutdownSignal + "' of process " + name + ", expected TERM or INT");
        }
        if (entry.get("executable") == null) {
            throw refused("invalid config: executable of process " + name);
        }
        return new BpmConfig(
                name,
                String.valueOf(entry.get("executable")),
                Yaml.strings(entry.get("args")),
                environment,
                Optional.ofNullable(entry.get("workdir")).map(String::valueOf),
                limits(Yaml.map(entry.get("limits")), name),
                Optional.ofNullable(hooks.get("pre_start")).map(String::valueOf),
                shutdownSignal,
                flag(entry, "persistent_disk"),
                flag(entry, "ephemeral_disk"),
                Yaml.maps(entry.get("additional_volumes")).stream()
                        .map(volume -> additionalVolume(volume, name))
                        .toList(),
                Yaml.strings(entry.get("capabilities")),
                unsafe(Yaml.map(entry.get("unsafe")), name));
    }

    private static Limits limits(Map<String, Object> entry, String process) {
        only(entry, "limits of " + process, Set.of("memory", "open_files", "processes"));
        return new Limits(
                Optional.ofNullable(entry.get("memory")).map(size -> bytes(String.valueOf(size), process)),
                number(entry, "open_files"),
                number(entry, "processes"));
    }

    private static Optional<Integer> number(Map<String, Object> entry, String key) {
        return Optional.ofNullable(entry.get(key)).map(value -> {
            if (value instanceof Integer number && number > 0) {
                return number;
            }
            throw refused("invalid limit " + key + ": " + value);
        });
    }

    private static long bytes(String size, String process) {
        Matcher matcher = SIZE.matcher(size);
        if (!matcher.matches()) {
            throw refused("invalid memory limit '" + size + "' of process " + process
                    + ", expected a number with K, M, G or T");
        }
        return Long.parseLong(matcher.group(1))
                << (10 * " KMGT".indexOf(matcher.group(2).isEmpty() ? " " : matcher.group(2)));
    }

    private static Unsafe unsafe(Map<String, Object> entry, String process) {
        only(entry, "unsafe of " + process, Set.of("privileged", "host_pid_namespace", "unrestricted_volumes"));
        return new Unsafe(
                flag(entry, "privileged"),
                flag(entry, "host_pid_namespace"),
                Yaml.maps(entry.get("unrestricted_volumes")).stream()
                        .map(volume -> volume(volume, process))
                        .toList());
    }

    private static Volume additionalVolume(Map<String, Object> entry, String process) {
        Volume volume = volume(entry, process);
        if (!Path.of(volume.path()).normalize().toString().equals(volume.path())) {
            throw refused("volume path must be canonical, expected "
                    + Path.of(volume.path()).normalize() + " but got " + volume.path());
        }
        if (VOLUME_ROOTS.stream().noneMatch(volume.path()::startsWith)) {
            throw refused("invalid volume path: " + volume.path() + " must be within " + VOLUME_ROOTS);
        }
        return volume;
    }

    private static Volume volume(Map<String, Object> entry, String process) {
        only(entry, "volumes of " + process, Set.of("path", "writable", "allow_executions", "mount_only"));
        return new Volume(
                String.valueOf(entry.get("path")),
                flag(entry, "writable"),
                flag(entry, "allow_executions"),
                flag(entry, "mount_only"));
    }

    /** Reads a truth value as Go's YAML does: a text is refused. */
    private static boolean flag(Map<String, Object> entry, String key) {
        Object value = entry.get(key);
        if (value == null || value instanceof Boolean) {
            return Boolean.TRUE.equals(value);
        }
        throw refused(key + " is '" + value + "', expected true or false");
    }

    private static void only(Map<String, Object> entry, String what, Set<String> known) {
        Set<String> unknown = new TreeSet<>(entry.keySet());
        unknown.removeAll(known);
        if (!unknown.isEmpty()) {
            throw refused("unknown keys in " + what + ": " + String.join(", ", unknown));
        }
    }

    private static DirectorException refused(String message) {
        return DirectorException.uncoded("bpm: " + message);
    }
}
