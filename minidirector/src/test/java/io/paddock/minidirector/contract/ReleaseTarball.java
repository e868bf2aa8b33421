package io.paddock.minidirector.contract;

import io.paddock.minidirector.system.Digests;
import io.paddock.minidirector.system.Tar;
import io.paddock.minidirector.system.Yaml;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes tarballs of the release "cellar": the job "cask" with the package "greeting", which is compiled with the package "words". */
final class ReleaseTarball {

    private final Path directory;
    private String name = "cellar";
    private String version = "1";
    private String commit = "0123456";
    private String words = "hello";
    private String packaging = """
            set -e
            mkdir -p ${BOSH_INSTALL_TARGET}/bin
            cp /var/vcap/packages/words/words ${BOSH_INSTALL_TARGET}/words
            echo "$BOSH_PACKAGE_NAME $BOSH_PACKAGE_VERSION $(pwd) $BOSH_COMPILE_TARGET" >${BOSH_INSTALL_TARGET}/told
            cp speak ${BOSH_INSTALL_TARGET}/bin/speak
            """;
    private boolean withPackages = true;
    private boolean meeting;
    private String fingerprint = "";

    private ReleaseTarball(Path directory) {
        this.directory = directory;
    }

    static ReleaseTarball in(Path directory) {
        return new ReleaseTarball(directory);
    }

    ReleaseTarball name(String of) {
        name = of;
        return this;
    }

    ReleaseTarball version(String number) {
        version = number;
        return this;
    }

    ReleaseTarball commit(String hash) {
        commit = hash;
        return this;
    }

    ReleaseTarball words(String text) {
        words = text;
        return this;
    }

    ReleaseTarball packaging(String script) {
        packaging = script;
        return this;
    }

    /** With two more jobs whose scripts wait for each other: they only succeed if they run at the same time. */
    ReleaseTarball withJobsThatMeet() {
        meeting = true;
        return this;
    }

    ReleaseTarball takingSeconds(int seconds) {
        packaging = "sleep " + seconds + "\n" + packaging;
        return this;
    }

    ReleaseTarball fingerprint(String of) {
        fingerprint = of;
        return this;
    }

    /** As a client uploads it that was told that the director has the packages. */
    ReleaseTarball withoutPackages() {
        withPackages = false;
        return this;
    }

    String fingerprintOfGreeting() {
        return fingerprint.isEmpty() ? fingerprint("greeting", words + packaging) : fingerprint;
    }

    Path make() {
        try {
            Path content = Files.createTempDirectory(directory, "release");
            Map<String, Object> manifest = new LinkedHashMap<>();
            manifest.put("name", name);
            manifest.put("version", version);
            manifest.put("commit_hash", commit);
            manifest.put("uncommitted_changes", false);
            manifest.put(
                    "jobs",
                    meeting
                            ? List.of(job(content), meeting(content, "one", "other"), meeting(content, "other", "one"))
                            : List.of(job(content)));
            manifest.put(
                    "packages",
                    List.of(
                            part(
                                    content,
                                    "greeting",
                                    fingerprintOfGreeting(),
                                    List.of("words"),
                                    Map.of(
                                            "packaging",
                                            packaging,
                                            "speak",
                                            "#!/bin/sh\ncat /var/vcap/packages/greeting/words\n")),
                            part(
                                    content,
                                    "words",
                                    fingerprint("words", words),
                                    List.of(),
                                    Map.of("packaging", "cp words ${BOSH_INSTALL_TARGET}/\n", "words", words + "\n"))));
            Files.writeString(content.resolve("release.MF"), Yaml.write(manifest));
            Path archive = Files.createTempFile(directory, "release", ".tgz");
            List<String> entries = new ArrayList<>(List.of("release.MF", "jobs"));
            if (withPackages) {
                entries.add("packages");
            }
            Tar.pack(archive, content, entries);
            return archive;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static Map<String, Object> job(Path content) throws IOException {
        Map<String, String> files = Map.of(
                "job.MF",
                "name: cask\ntemplates: {pre-start.erb: bin/pre-start, drain.erb: bin/drain}\npackages: [greeting]\n"
                        + "properties: {}\n",
                "monit",
                "",
                "templates/pre-start.erb",
                "#!/bin/sh\necho $PATH >/var/vcap/store/path\nsh /var/vcap/packages/greeting/bin/speak >>/var/vcap/store/said\n"
                        + "cp /var/vcap/packages/greeting/told /var/vcap/store/told\n",
                "templates/drain.erb",
                "#!/bin/sh\necho \"$*\" >>/var/vcap/store/drains\necho 0\n");
        return archive(content.resolve("jobs"), "cask", fingerprint("cask", files.toString()), files);
    }

    private static Map<String, Object> meeting(Path content, String name, String other) throws IOException {
        String script = "#!/bin/sh\n"
                + "touch /var/vcap/store/$(basename $0)-" + name + "\n"
                + "for i in $(seq 100); do [ -e /var/vcap/store/$(basename $0)-" + other
                + " ] && break; sleep 0.1; done\n"
                + "[ -e /var/vcap/store/$(basename $0)-" + other + " ] || exit 1\n"
                + "[ $(basename $0) != drain ] || echo 0\n";
        Map<String, String> files = Map.of(
                "job.MF",
                "name: " + name
                        + "\ntemplates: {script.erb: bin/pre-start, stop.erb: bin/pre-stop, drain.erb: bin/drain}\n"
                        + "packages: []\nproperties: {}\n",
                "monit",
                "",
                "templates/script.erb",
                script,
                "templates/stop.erb",
                script,
                "templates/drain.erb",
                script);
        return archive(content.resolve("jobs"), name, fingerprint(name, files.toString()), files);
    }

    private static Map<String, Object> part(
            Path content, String name, String fingerprint, List<String> dependencies, Map<String, String> files)
            throws IOException {
        Map<String, Object> entry = archive(content.resolve("packages"), name, fingerprint, files);
        entry.put("dependencies", dependencies);
        return entry;
    }

    private static Map<String, Object> archive(
            Path directory, String name, String fingerprint, Map<String, String> files) throws IOException {
        Path unpacked = directory.resolveSibling("unpacked-" + name);
        for (Map.Entry<String, String> file : files.entrySet()) {
            Path target = unpacked.resolve(file.getKey());
            Files.createDirectories(target.getParent());
            Files.writeString(target, file.getValue());
        }
        Files.createDirectories(directory);
        Path archive = directory.resolve(name + ".tgz");
        Tar.pack(archive, unpacked, List.of("."));
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("name", name);
        entry.put("version", fingerprint);
        entry.put("fingerprint", fingerprint);
        entry.put("sha1", Digests.sha1(archive));
        return entry;
    }

    private static String fingerprint(String name, String content) {
        return name + "-" + Integer.toHexString(content.hashCode());
    }
}
