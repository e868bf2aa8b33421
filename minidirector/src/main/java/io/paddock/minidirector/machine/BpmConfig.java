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

/**
 * One process of a job's bpm.yml, as bpm-release documents it. Of the limits only open_files has an effect here.
 *
 * @param shutdownSignal TERM or INT
 */
record BpmConfig(
        String name,
        String executable,
        List<String> arguments,
        Map<String, String> environment,
        Optional<String> workingDirectory,
        Optional<Integer> openFiles,
        Optional<String> preStart,
        String shutdownSignal,
        boolean persistentDisk) {

    static BpmConfig read(Path bpmYml, String process) {
        Map<String, Object> content;
        try {
            content = Yaml.map(Yaml.parse(Files.readString(bpmYml)));
        } catch (IOException unreadable) {
            throw DirectorException.uncoded(
                    "bpm: cannot read " + bpmYml.getFileName() + ": " + unreadable.getMessage());
        }
        return Yaml.maps(content.get("processes")).stream()
                .filter(entry -> process.equals(entry.get("name")))
                .findFirst()
                .map(BpmConfig::of)
                .orElseThrow(() -> DirectorException.uncoded("bpm: process '" + process + "' is not in bpm.yml"));
    }

    private static BpmConfig of(Map<String, Object> entry) {
        Map<String, String> environment = new LinkedHashMap<>();
        Yaml.map(entry.get("env")).forEach((name, value) -> environment.put(name, String.valueOf(value)));
        Map<String, Object> limits = Yaml.map(entry.get("limits"));
        Map<String, Object> hooks = Yaml.map(entry.get("hooks"));
        return new BpmConfig(
                String.valueOf(entry.get("name")),
                String.valueOf(entry.get("executable")),
                Yaml.strings(entry.get("args")),
                environment,
                Optional.ofNullable(entry.get("workdir")).map(String::valueOf),
                Optional.ofNullable(limits.get("open_files")).map(value -> ((Number) value).intValue()),
                Optional.ofNullable(hooks.get("pre_start")).map(String::valueOf),
                String.valueOf(entry.getOrDefault("shutdown_signal", "TERM")),
                Boolean.TRUE.equals(entry.get("persistent_disk")));
    }
}
