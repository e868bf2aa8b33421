package io.paddock.minidirector.release;

import io.paddock.minidirector.manifest.Manifest;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.JsonFile;
import io.paddock.minidirector.system.MinidirectorProperties;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Stemcells. There is only this machine, which goes by the operating system and version that the operator gives it; an uploaded stemcell
 * is one more name for it, its image is not kept.
 */
@Component
public class Stemcells {

    private static final String NAME = "minidirector-this-machine";
    /** Version of the interface between director, cloud and agent that stemcells of today have. */
    private static final int API_VERSION = 3;

    private final Stemcell thisMachine;
    private final JsonFile<Content> file;
    private Content content;

    Stemcells(MinidirectorProperties properties) {
        this.thisMachine = new Stemcell(
                1,
                NAME,
                properties.stemcellOs(),
                properties.stemcellVersion(),
                UUID.nameUUIDFromBytes(NAME.getBytes(StandardCharsets.UTF_8)).toString(),
                API_VERSION);
        this.file = new JsonFile<>(properties.stateDirectory().resolve("stemcells.json"), Content.class);
        this.content = file.read().orElse(new Content(thisMachine.id(), List.of()));
    }

    /** The file's content. */
    record Content(long lastId, List<Stemcell> uploaded) {}

    /**
     * @param cid what the cloud calls it
     * @param apiVersion as its manifest says; null if that says nothing, and in files of an earlier director
     */
    public record Stemcell(
            long id,
            String name,
            String os,
            String version,
            String cid,
            @Nullable Integer apiVersion) {

        /** As the director names it: {@code name/version}. */
        public String label() {
            return name + "/" + version;
        }
    }

    public synchronized List<Stemcell> all() {
        List<Stemcell> all = new ArrayList<>();
        all.add(thisMachine);
        all.addAll(content.uploaded());
        return all;
    }

    /** From old to new, by version. */
    public synchronized List<Stemcell> uploaded() {
        return content.uploaded().stream()
                .sorted(Comparator.comparing(Stemcell::version, Versions.ORDER))
                .toList();
    }

    /** @throws DirectorException 50003 if a manifest asks for one that is not there */
    public Stemcell find(Manifest.Stemcell wanted) {
        List<Stemcell> candidates = all().stream()
                .filter(stemcell ->
                        wanted.os().equals(stemcell.os()) || wanted.os().equals(stemcell.name()))
                .sorted(Comparator.comparing(Stemcell::version, Versions.ORDER).reversed())
                .toList();
        if (candidates.isEmpty()) {
            throw new DirectorException(
                    50003, 404, "Stemcell with Operating System '" + wanted.os() + "' doesn't exist");
        }
        return candidates.stream()
                .filter(stemcell -> Versions.matches(wanted.version(), stemcell.version()))
                .findFirst()
                .orElseThrow(() -> new DirectorException(
                        50003,
                        404,
                        "Stemcell version '" + wanted.version() + "' for OS '" + wanted.os() + "' doesn't exist"));
    }

    /** By operating system and version. */
    public Optional<Stemcell> byOs(String os, String version) {
        return all().stream()
                .filter(stemcell ->
                        stemcell.os().equals(os) && stemcell.version().equals(version))
                .findFirst();
    }

    /** By name and version. */
    public Optional<Stemcell> byName(String name, String version) {
        return all().stream()
                .filter(stemcell ->
                        stemcell.name().equals(name) && stemcell.version().equals(version))
                .findFirst();
    }

    /** @param found as its manifest describes it, without id and cid */
    synchronized Stemcell add(Stemcell found) {
        Stemcell added = new Stemcell(
                content.lastId() + 1,
                found.name(),
                found.os(),
                found.version(),
                UUID.randomUUID().toString(),
                found.apiVersion());
        List<Stemcell> uploaded = new ArrayList<>(content.uploaded());
        uploaded.add(added);
        save(new Content(added.id(), uploaded));
        return added;
    }

    /** @throws DirectorException uncoded for this machine itself */
    public synchronized void remove(Stemcell stemcell) {
        if (stemcell.equals(thisMachine)) {
            throw DirectorException.uncoded("Stemcell '" + stemcell.label() + "' is the machine of this director");
        }
        save(new Content(
                content.lastId(),
                content.uploaded().stream()
                        .filter(other -> !other.equals(stemcell))
                        .toList()));
    }

    private void save(Content next) {
        file.write(next);
        content = next;
    }
}
