package io.paddock.minidirector.release;

import io.paddock.minidirector.lock.Locks;
import io.paddock.minidirector.system.Digests;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Directories;
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
    /** Name of the upload, or {@link #LOCATION}. */
    public static final String FILE = "file";
    /** Address of a web server's file. */
    public static final String LOCATION = "location";
    /** Expected digest, empty for none. */
    public static final String SHA1 = "sha1";

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
        Path unpacked = uploads.directory();
        String[] file = {task.input().get(FILE)};
        EventLog stage = log.stage("Update stemcell", file[0] == null ? 6 : 5);
        try {
            if (file[0] == null) {
                stage.step(
                        "Downloading remote stemcell",
                        () -> file[0] = uploads.fetch(task.input().get(LOCATION)));
            }
            stage.step("Extracting stemcell archive", () -> extract(uploads.file(file[0]), unpacked, task));
            Stemcells.Stemcell[] given = new Stemcells.Stemcell[1];
            stage.step("Verifying stemcell manifest", () -> given[0] = read(unpacked));
            Stemcells.Stemcell found = given[0];
            try (Locks.Lock lock = locks.acquire(task, log, Locks.Kind.STEMCELL, found.name(), found.version())) {
                stage.step("Checking if this stemcell already exists", () -> {});
                if (stemcells.byName(found.name(), found.version()).isEmpty()) {
                    stage.step("Uploading stemcell " + found.label() + " to the cloud", () -> {});
                    stage.step(
                            "Save stemcell " + found.label(),
                            () -> stemcells.add(found.name(), found.os(), found.version()));
                }
            }
            return "/stemcells/" + found.label();
        } finally {
            Directories.delete(unpacked);
            if (file[0] != null) {
                Directories.delete(uploads.file(file[0]));
            }
        }
    }

    private static void extract(Path archive, Path target, Task task) {
        String expected = task.input().getOrDefault(SHA1, "");
        if (!expected.isEmpty() && !Digests.matches(archive, expected)) {
            throw new DirectorException(
                    50007,
                    "Stemcell SHA1 '" + Digests.sha1(archive) + "' does not match the expected SHA1 '" + expected
                            + "'");
        }
        if (!Tar.unpack(archive, target) || !Files.isRegularFile(target.resolve("stemcell.MF"))) {
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
                    "");
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
