package io.paddock.minidirector.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.paddock.minidirector.system.Digests;
import io.paddock.minidirector.system.Tar;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Releases and stemcells that are uploaded, compiled, exported and deleted: reference/bosh-director.md, B.5 and D.1. */
class ReleasesAndStemcellsTest extends DirectorTest {

    private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");

    @TempDir
    private Path directory;

    @BeforeEach
    void nothingIsCompiled() throws IOException {
        forgetCompiled();
    }

    @AfterEach
    void leaveNothing() {
        director.empty();
        delete("/releases/cellar");
        delete("/stemcells/cellar-stemcell/2");
    }

    @Test
    void anUploadedReleaseIsListedWithItsJobsAndPackages() {
        upload(release());

        JsonNode listed = director.json("/releases")
                .valueStream()
                .filter(release -> release.path("name").asString().equals("cellar"))
                .findFirst()
                .orElseThrow();
        assertThat(listed.path("release_versions").get(0).path("job_names").toString())
                .isEqualTo("[\"cask\"]");
        assertThat(listed.path("release_versions").get(0).path("commit_hash").asString())
                .isEqualTo("0123456");
        JsonNode release = director.json("/releases/cellar");
        assertThat(release.path("versions").toString()).isEqualTo("[\"1\"]");
        assertThat(release.path("packages").findValuesAsString("name")).containsExactly("greeting", "words");
        assertThat(release.path("jobs").get(0).path("packages").toString()).isEqualTo("[\"greeting\"]");
        assertThat(director.json("/releases/cellar?version=1")
                        .path("packages")
                        .get(0)
                        .path("fingerprint")
                        .asString())
                .isEqualTo(release().fingerprintOfGreeting());
        assertThat(director.json("/releases/cellar?version=1").findValuesAsString("blobstore_id"))
                .hasSize(3)
                .doesNotHaveDuplicates()
                .allMatch(id -> id.matches("[0-9a-f-]{36}"));
        assertThat(director.get("/releases/cellar?version=7").body()).contains("30006");
        assertThat(director.get("/releases/nothing").body()).contains("30005");
    }

    @Test
    void aReleaseShowsForWhichStemcellsItsPackagesAreCompiled() {
        upload(release());
        assertThat(compiledPackages()).isEmpty();

        deploy("1");

        assertThat(compiledPackages()).containsExactly("toronto-os/1", "toronto-os/1");
    }

    private List<String> compiledPackages() {
        return director.json("/releases/cellar?version=1").path("packages").findValuesAsString("stemcell");
    }

    @Test
    void theSameUploadAgainCreatesNothingNew() {
        upload(release());

        long again = upload(release());

        assertThat(stages(again)).contains("Processing 2 existing packages", "Processing 1 existing job");
        assertThat(director.json("/releases/cellar").path("versions").size()).isEqualTo(1);
    }

    @Test
    void aVersionOfAnotherCommitIsRefused() {
        upload(release());

        long other = Director.task(send("/releases", release().commit("abcdefg").make()));

        assertThat(director.error(other).path("code").asInt()).isEqualTo(30014);
    }

    @Test
    void aRebasedReleaseGetsTheNextDevelopmentVersion() {
        upload(release());

        director.done(Director.task(
                send("/releases?rebase=true", release().words("hi").make())));
        director.done(Director.task(
                send("/releases?rebase=true", release().words("hey").make())));

        assertThat(director.json("/releases/cellar").path("versions").toString())
                .isEqualTo("[\"1\",\"1+dev.1\",\"1+dev.2\"]");
    }

    @Test
    void aFixedReleaseIsReplaced() {
        upload(release());

        long fixed = Director.task(
                send("/releases?fix=true", release().words("fixed").make()));
        director.done(fixed);

        assertThat(stages(fixed)).contains("Creating new packages", "Processing 1 existing job");
        assertThat(director.json("/releases/cellar?version=1")
                        .path("packages")
                        .get(0)
                        .path("fingerprint")
                        .asString())
                .isEqualTo(release().words("fixed").fingerprintOfGreeting());
    }

    @Test
    void aClientLeavesOutThePackagesThatTheDirectorKnows() {
        upload(release());
        String manifest = "packages: [{name: greeting, fingerprint: "
                + release().fingerprintOfGreeting() + "}, {name: other, fingerprint: unknown}]";

        assertThat(director.send("POST", "/packages/matches", manifest, Map.of("Content-Type", "text/yaml"))
                        .body())
                .isEqualTo("[\"" + release().fingerprintOfGreeting() + "\"]");
        upload(release().version("2").withoutPackages());
        deploy("2");

        assertThat(disk("said")).isEqualTo("hello\n");
    }

    @Test
    void aReleaseIsFetchedFromAWebServerIfItsDigestIsTheExpectedOne() throws IOException {
        Path tarball = release().make();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/cellar.tgz", exchange -> {
            exchange.sendResponseHeaders(200, Files.size(tarball));
            try (var body = exchange.getResponseBody()) {
                Files.copy(tarball, body);
            }
        });
        server.start();
        try {
            String url = "http://127.0.0.1:" + server.getAddress().getPort();

            long wrong = fetch(url + "/cellar.tgz", "0000");
            assertThat(director.error(wrong).path("code").asInt()).isEqualTo(30015);
            long absent = fetch(url + "/nothing", "");
            assertThat(director.error(absent).path("message").asString()).contains("404");
            long right = fetch(url + "/cellar.tgz", Digests.sha1(tarball));

            assertThat(director.await(right).path("result").asString()).isEqualTo("Created release 'cellar/1'");
            assertThat(stages(right)).first().isEqualTo("Downloading remote release");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void packagesAreCompiledOnAMachineOfTheirOwnBeforeAnInstanceIsTouched() {
        upload(release());

        long task = deploy("1");

        List<String> stages = stages(task);
        assertThat(stages)
                .containsSubsequence("Preparing package compilation", "Compiling packages", "Creating missing vms");
        assertThat(tasks(task, "Compiling packages"))
                .as("what it depends on first")
                .element(0)
                .asString()
                .startsWith("words/");
        assertThat(disk("said")).isEqualTo("hello\n");
        assertThat(disk("told"))
                .isEqualTo("greeting " + release().fingerprintOfGreeting()
                        + " /var/vcap/data/compile/greeting /var/vcap/data/compile/greeting\n");
        assertThat(disk("path")).isEqualTo("/usr/sbin:/usr/bin:/sbin:/bin\n");
        assertThat(director.get("/tasks/" + task + "/output?type=debug").body()).contains("+ cp speak");
        Path machine = state().resolve("machines")
                .resolve(director.instances("cellar")
                        .get("cask/0")
                        .path("vm_cid")
                        .asString());
        assertThat(machine.resolve("vcap/data/jobs/cask/packages/greeting")).isSymbolicLink();
        assertThat(stages(deploy("1"))).as("once is enough").doesNotContain("Compiling packages");
    }

    @Test
    void whilePackagesAreCompiledTheirMachineIsListed() {
        upload(release().version("slow").packaging("sleep 2\n"));
        long task = director.deploy(manifest("slow"));

        Director.until("its machine is listed", () -> !compiling().isEmpty());

        JsonNode locks = director.json("/locks");
        assertThat(locks.findValuesAsString("type")).contains("deployment");
        assertThat(compiling()).singleElement().asString().matches("compilation-[0-9a-f-]{36}");
        director.await(task);
        assertThat(director.json("/deployments/cellar/instances").findValuesAsString("job"))
                .containsExactly("cask");
    }

    @Test
    void aPackageThatDoesNotCompileIsAnErrorAndLeavesNoMachine() {
        upload(release().version("bad").packaging("echo no such compiler >&2\nexit 7\n"));

        long task = director.deploy(manifest("bad"));

        assertThat(director.error(task).path("code").asInt()).isEqualTo(450001);
        assertThat(director.error(task).path("message").asString()).contains("greeting", "exited with 7");
        assertThat(director.get("/tasks/" + task + "/output?type=debug").body()).contains("no such compiler");
        assertThat(director.json("/deployments/cellar/vms").size()).isZero();
    }

    @Test
    void aChangedPackageRestartsItsJobsWhoseDrainIsToldItsName() {
        upload(release());
        deploy("1");
        upload(release().version("2").words("good evening"));

        deploy("2");

        assertThat(disk("drains")).isEqualTo("job_changed hash_changed greeting\n");
        assertThat(disk("said")).isEqualTo("hello\ngood evening\n");
    }

    @Test
    void aReleaseInUseIsNotDeletedOneOutOfUseIs() {
        upload(release());
        upload(release().version("2").words("hi"));
        deploy("1");

        assertThat(director.error(delete("/releases/cellar?version=1")).toString())
                .contains("30008", "\"ReleaseVersion 'cellar/1' is still in use by: cellar\"");
        assertThat(director.error(delete("/releases/cellar")).toString())
                .contains("30007", "\"Release 'cellar' is still in use by: cellar\"");
        long deleted = delete("/releases/cellar?version=2");
        director.done(deleted);

        assertThat(stages(deleted)).containsExactly("Deleting packages");
        assertThat(director.json("/releases/cellar").path("versions").toString())
                .isEqualTo("[\"1\"]");
        assertThat(director.send("DELETE", "/releases/nothing", "", Map.of()).statusCode())
                .isEqualTo(404);
        assertThat(director.error(delete("/releases/demo")).path("message").asString())
                .contains("was not uploaded");
    }

    @Test
    void anExportedReleaseBringsItsPackagesCompiled() throws IOException {
        upload(release());
        deploy("1");
        long export = director.post(
                "/releases/export",
                "{\"deployment_name\": \"cellar\", \"release_name\": \"cellar\", \"release_version\": \"1\","
                        + " \"stemcell_os\": \"toronto-os\", \"stemcell_version\": \"1\"}");
        director.done(export);
        assertThat(stages(export)).containsExactly("Preparing package compilation", "copying packages", "copying jobs");
        JsonNode blob = Director.JSON.readTree(director.lines(export, "result").get(0));
        Path exported = director.download(
                "/resources/" + blob.path("blobstore_id").asString(), directory.resolve("exported.tgz"));
        assertThat(Digests.sha1(exported)).isEqualTo(blob.path("sha1").asString());
        director.empty();
        long deleted = delete("/releases/cellar");
        director.done(deleted);
        assertThat(stages(deleted)).containsExactly("Deleting packages", "Deleting jobs", "Deleting release versions");
        forgetCompiled();

        director.done(Director.task(send("/releases", exported)));

        assertThat(stages(deploy("1"))).doesNotContain("Compiling packages");
        assertThat(disk("said")).isEqualTo("hello\n");
    }

    @Test
    void aReleaseThatADeploymentDoesNotUseIsNotExportedForIt() {
        upload(release());
        upload(release().version("2").words("hi"));
        deploy("1");

        long export = director.post(
                "/releases/export",
                "{\"deployment_name\": \"cellar\", \"release_name\": \"cellar\", \"release_version\": \"2\","
                        + " \"stemcell_os\": \"toronto-os\", \"stemcell_version\": \"1\"}");

        assertThat(director.error(export).toString())
                .contains("30011", "Release version 'cellar/2' not found in deployment 'cellar' manifest");
    }

    @Test
    void anUploadedStemcellIsOneMoreNameForThisMachine() throws IOException {
        String question = "{\"stemcell\": {\"name\": \"cellar-stemcell\", \"version\": \"2\"}}";
        assertThat(Director.JSON
                        .readTree(director.send("POST", "/stemcell_uploads", question, JSON)
                                .body())
                        .path("needed")
                        .asBoolean())
                .isTrue();

        long uploaded = Director.task(send("/stemcells", stemcell()));

        assertThat(director.done(uploaded).path("result").asString()).isEqualTo("/stemcells/cellar-stemcell/2");
        assertThat(Director.JSON
                        .readTree(director.send("POST", "/stemcell_uploads", question, JSON)
                                .body())
                        .path("needed")
                        .asBoolean())
                .isFalse();
        assertThat(director.json("/stemcells").findValuesAsString("operating_system"))
                .containsExactly("toronto-os", "cellar-os");
        assertThat(director.json("/stemcells").findValuesAsString("api_version"))
                .containsExactly("3", "2");
        assertThat(director.json("/stemcells").findValuesAsString("cid")).allMatch(cid -> cid.matches("[0-9a-f-]{36}"));
        director.done(
                director.deploy(Manifests.deployment("cellar").toString().replace("os: toronto-os", "os: cellar-os")));
        assertThat(director.instances("cellar")
                        .get("web/0")
                        .path("stemcell")
                        .path("name")
                        .asString())
                .isEqualTo("cellar-stemcell");
        assertThat(director.error(delete("/stemcells/cellar-stemcell/2"))
                        .path("code")
                        .asInt())
                .isEqualTo(50004);
        director.empty();
        director.done(delete("/stemcells/cellar-stemcell/2"));
        assertThat(director.send("DELETE", "/stemcells/cellar-stemcell/2", "", Map.of())
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void aPackageIsLockedWhileItIsCompiled() {
        upload(release().version("slow").takingSeconds(2));
        long task = director.deploy(manifest("slow"));

        Director.until(
                "the package is locked",
                () -> director.json("/locks").findValuesAsString("type").contains("compile"));

        director.done(task);
        assertThat(director.json("/locks").size()).isZero();
    }

    @Test
    void twoReleasesMayBringAPackageOfOneName() {
        upload(release());
        upload(release().name("other").words("from another"));
        String both = manifest("1")
                        .replace("releases: [", "releases: [{name: other, version: \"1\"}, ")
                        .replace("instances: 1", "instances: 0")
                + manifest("1")
                        .substring(manifest("1").indexOf("- name: cask"))
                        .replace("- name: cask", "- name: second")
                        .replace("release: cellar", "release: other");

        director.done(director.deploy(both));

        director.empty();
        director.done(delete("/releases/other"));
    }

    @Test
    void anActionAndARepairUseTheVersionThatIsDeployed() throws IOException {
        upload(release());
        director.done(director.deploy(manifest("latest")));
        upload(release().version("2").words("newer"));

        director.done(director.post("/deployments/cellar/instance_groups/cask/0/actions/recreate", ""));

        assertThat(disk("said")).isEqualTo("hello\nhello\n");
        director.done(director.deploy(manifest("latest")));
        assertThat(disk("said")).isEqualTo("hello\nhello\nnewer\n");
    }

    @Test
    void scriptsOfAllJobsRunAtTheSameTime() throws IOException {
        upload(release().version("meeting").withJobsThatMeet());
        String manifest = manifest("meeting")
                .replace("jobs: [", "jobs: [{name: one, release: cellar}, {name: other, release: cellar}, ");
        director.done(director.deploy(manifest));
        String disk =
                director.instances("cellar").get("cask/0").path("disk_cid").asString();

        director.done(director.change("/deployments/cellar/jobs/cask?state=restart"));

        for (String script : List.of("pre-start", "pre-stop", "drain")) {
            for (String job : List.of("one", "other")) {
                assertThat(state().resolve("disks").resolve(disk).resolve(script + "-" + job))
                        .exists();
            }
        }
    }

    @Test
    void linksInATarballAreRefused() throws IOException {
        Path content = Files.createDirectories(directory.resolve("evil"));
        Path outside = Files.createDirectories(directory.resolve("outside"));
        Files.createDirectories(content.resolve("jobs"));
        Files.writeString(content.resolve("release.MF"), "name: cellar\nversion: evil\njobs: []\n");
        Files.createSymbolicLink(content.resolve("jobs/x"), outside);
        Files.writeString(content.resolve("jobs/payload"), "x");
        Tar.pack(content.resolve("jobs/x.tgz"), content.resolve("jobs"), List.of("payload"));
        Path archive = directory.resolve("evil.tgz");
        Tar.pack(archive, content, List.of("release.MF", "jobs"));

        long task = Director.task(send("/releases", archive));

        assertThat(director.error(task).path("code").asInt()).isEqualTo(30002);
        try (Stream<Path> files = Files.list(outside)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void aStemcellWhoseDigestIsAnotherIsRefused() throws IOException {
        long task = Director.task(director.upload("/stemcells?sha1=0000", stemcell()));

        assertThat(director.error(task).path("code").asInt()).isEqualTo(50007);
    }

    @Test
    void namesThatLeadOutOfADirectoryAreRefused() {
        long task = Director.task(
                send("/releases", release().fingerprint("../../../x").make()));

        assertThat(director.error(task).path("code").asInt()).isEqualTo(30003);
        assertThat(director.get("/releases/cellar").statusCode()).isEqualTo(404);
    }

    @Test
    void ofWhatNobodyUsesACleanUpKeepsTheTwoNewest() throws IOException {
        for (String version : List.of("1", "2", "3", "10")) {
            upload(release().version(version).words(version));
        }
        deploy("2");

        JsonNode waste = director.json("/cleanup/dryrun").path("releases");
        assertThat(waste.findValuesAsString("name")).containsExactly("cellar");
        assertThat(waste.get(0).path("versions").toString()).isEqualTo("[\"1\"]");
        long task = director.post("/cleanup", "{\"config\": {\"remove_all\": false}}");
        assertThat(director.done(task).path("result").asString())
                .startsWith("Deleted 1 release(s), 0 stemcell(s), 0 extra compiled package(s), 0 orphaned disk(s),");
        assertThat(director.json("/releases/cellar").path("versions").toString())
                .isEqualTo("[\"2\",\"3\",\"10\"]");
        // The job is the same in all versions, so it stays.
        assertThat(stages(task)).containsExactly("Deleting releases", "Deleting packages", "Deleting dns blobs");
        director.done(Director.task(send("/stemcells", stemcell())));
        director.done(director.post("/cleanup", "{\"config\": {\"remove_all\": true, \"keep_orphaned_disks\": true}}"));

        assertThat(director.json("/releases/cellar").path("versions").toString())
                .isEqualTo("[\"2\"]");
        assertThat(director.json("/stemcells").size()).isEqualTo(1);
    }

    @Test
    void orphanedDisksStayIfACleanUpIsToldSo() {
        director.done(director.deploy(Manifests.deployment("cellar").toString()));
        director.empty();
        int disks = director.json("/orphan_disks").size();
        assertThat(disks).isPositive();

        director.done(director.post("/cleanup", "{\"config\": {\"remove_all\": true, \"keep_orphaned_disks\": true}}"));
        assertThat(director.json("/orphan_disks").size()).isEqualTo(disks);
        director.done(director.post("/cleanup", "{\"config\": {\"remove_all\": true}}"));
        assertThat(director.json("/orphan_disks").size()).isZero();
    }

    @Test
    void anAddressIsShownWithoutItsPassword() {
        long task = fetch("http://user:secret@127.0.0.1:1/cellar.tgz?token=hidden", "");

        assertThat(director.error(task).path("message").asString())
                .contains("127.0.0.1/cellar.tgz")
                .doesNotContain("secret", "hidden");
    }

    @Test
    void whatIsNoArchiveIsRefused() throws IOException {
        Path garbage = Files.writeString(directory.resolve("garbage"), "not a tarball");

        long task = Director.task(send("/releases", garbage));

        assertThat(director.error(task).path("code").asInt()).isEqualTo(30002);
        assertThat(director.error(task).path("message").asString())
                .isEqualTo("Extracting release archive failed. Check task debug log for details.");
        assertThat(director.get("/releases/cellar").statusCode()).isEqualTo(404);
    }

    @Test
    void whatIsNoStemcellIsRefused() {
        long task = Director.task(send("/stemcells", release().make()));

        assertThat(director.error(task).path("code").asInt()).isEqualTo(50000);
    }

    private List<String> compiling() {
        return director.json("/deployments/cellar/instances").findValuesAsString("job").stream()
                .filter(group -> group.startsWith("compilation"))
                .toList();
    }

    private ReleaseTarball release() {
        return ReleaseTarball.in(directory);
    }

    private Path stemcell() throws IOException {
        Path content = Files.createDirectories(directory.resolve("stemcell"));
        Files.writeString(
                content.resolve("stemcell.MF"),
                "name: cellar-stemcell\nversion: '2'\noperating_system: cellar-os\nsha1: ''\napi_version: 2\n"
                        + "cloud_properties: {}\n");
        Files.writeString(content.resolve("image"), "");
        Path archive = directory.resolve("stemcell.tgz");
        Tar.pack(archive, content, List.of("stemcell.MF", "image"));
        return archive;
    }

    private java.net.http.HttpResponse<String> send(String path, Path tarball) {
        return director.upload(path, tarball);
    }

    private long upload(ReleaseTarball release) {
        long task = Director.task(send("/releases", release.make()));
        director.done(task);
        return task;
    }

    private long fetch(String url, String sha1) {
        return director.post("/releases", "{\"location\": \"" + url + "\", \"sha1\": \"" + sha1 + "\"}");
    }

    private long delete(String path) {
        java.net.http.HttpResponse<String> answer = director.send("DELETE", path, "", Map.of());
        if (answer.statusCode() == 404) {
            return 0;
        }
        long task = Director.task(answer);
        director.await(task);
        return task;
    }

    private static String manifest(String version) {
        return """
            name: cellar
            releases: [{name: cellar, version: "%s"}]
            stemcells: [{alias: default, os: toronto-os, version: latest}]
            update: {canaries: 1, max_in_flight: 1, canary_watch_time: 10-20000, update_watch_time: 10-20000}
            instance_groups:
            - name: cask
              instances: 1
              azs: [z1]
              jobs: [{name: cask, release: cellar}]
              vm_type: default
              stemcell: default
              persistent_disk_type: default
              networks: [{name: default}]
            """.formatted(version);
    }

    private long deploy(String version) {
        long task = director.deploy(manifest(version));
        director.done(task);
        return task;
    }

    private String disk(String file) {
        try {
            String cid =
                    director.instances("cellar").get("cask/0").path("disk_cid").asString();
            return Files.readString(state().resolve("disks").resolve(cid).resolve(file));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static void forgetCompiled() throws IOException {
        try (Stream<Path> compiled = Files.list(state().resolve("compiled_packages"))) {
            compiled.forEach(io.paddock.minidirector.system.Directories::delete);
        }
    }

    private List<String> stages(long task) {
        return director.events(task).stream()
                .map(event -> event.path("stage").asString(""))
                .distinct()
                .toList();
    }

    private List<String> tasks(long task, String stage) {
        return director.events(task).stream()
                .filter(event -> event.path("stage").asString("").equals(stage))
                .map(event -> event.path("task").asString())
                .distinct()
                .toList();
    }
}
