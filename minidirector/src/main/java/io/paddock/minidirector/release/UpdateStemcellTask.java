package io.paddock.minidirector.release;

import io.paddock.minidirector.lock.Locks;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Tar;
import io.paddock.minidirector.system.Yaml;
import io.paddock.minidirector.task.EventLog;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Carries "create stemcell": takes its names from the tarball; the image in it is not kept, see {@link Stemcells}. */
@Component
public class UpdateStemcellTask implements TaskRunner {

    public static final String TYPE = "update_stemcell";

    private final Stemcells stemcells;
    private final Uploads uploads;
    private final Locks locks;

    UpdateStemcellTask(Stemcells stemcells, Uploads uploads, Locks locks) {
        this.locks = locks;
        this.stemcells = stemcells;
        this.uploads = uploads;
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public String run(Task task, TaskLog log) {
        try (Upload upload = uploads.of(task)) {
            EventLog stage = log.stage("Update stemcell", upload.isRemote() ? 6 : 5);
            if (upload.isRemote()) {
                stage.step("Downloading remote stemcell", upload::fetch);
            }
            stage.step("Extracting stemcell archive", () -> extract(upload));
            Stemcells.Stemcell[] given = new Stemcells.Stemcell[1];
            stage.step("Verifying stemcell manifest", () -> given[0] = read(upload.unpacked()));
            Stemcells.Stemcell found = given[0];
            try (Locks.Lock lock = locks.acquire(task, log, Locks.Kind.STEMCELL, found.name(), found.version())) {
                stage.step("Checking if this stemcell already exists", () -> {});
                if (stemcells.byName(found.name(), found.version()).isEmpty()) {
                    stage.step("Uploading stemcell " + found.label() + " to the cloud", () -> {});
                    stage.step("Save stemcell " + found.label(), () -> stemcells.add(found));
                }
            }
            return "/stemcells/" + found.label();
        }
    }

    private static void extract(Upload upload) {
        upload.verifyDigest(50007, "Stemcell");
        if (!Tar.unpack(upload.archive(), upload.unpacked())
                || !Files.isRegularFile(upload.unpacked().resolve("stemcell.MF"))) {
            throw new DirectorException(50000, "Extracting stemcell archive failed. Check task debug log for details.");
        }
    }

    private static Stemcells.Stemcell read(Path unpacked) {
        try {
            Map<String, Object> manifest = Yaml.map(Yaml.parse(Files.readString(unpacked.resolve("stemcell.MF"))));
            return new Stemcells.Stemcell(
                    0,
                    required(manifest, "name"),
                    required(manifest, "operating_system"),
                    required(manifest, "version"),
                    "",
                    manifest.get("api_version") instanceof Integer version ? version : null);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static String required(Map<String, Object> manifest, String key) {
        return Optional.ofNullable(manifest.get(key))
                .map(String::valueOf)
                .orElseThrow(() -> new DirectorException(
                        40001, "Required property '" + key + "' was not specified in object (stemcell manifest)"));
    }
}
