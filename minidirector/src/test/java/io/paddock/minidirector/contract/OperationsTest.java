package io.paddock.minidirector.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.minidirector.certificate.DirectorCertificate;
import io.paddock.minidirector.system.Directories;
import io.paddock.minidirector.system.Tar;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What operators do beside deploying: logs, disks, machines, problems, variables: reference/bosh-director.md, B.4 to B.6. */
class OperationsTest extends DirectorTest {

    private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");

    @TempDir
    private Path directory;

    @AfterEach
    void leaveNothing() {
        director.empty();
    }

    @Test
    void theLogsOfAnInstanceAreItsJobsLogs() {
        deploy(web());

        List<String> files = logs("/deployments/d/jobs/web/0/logs");

        assertThat(files).contains("web/pre-start.stdout.log", "web/post-start.stderr.log");
        assertThat(logs("/deployments/d/jobs/web/0/logs?filters=web/pre-*"))
                .containsExactlyInAnyOrder("web/pre-start.stdout.log", "web/pre-start.stderr.log");
        assertThat(logs("/deployments/d/jobs/web/0/logs?type=agent")).containsExactly("holder.log");
        assertThat(logs("/deployments/d/jobs/web/0/logs?type=system")).isEmpty();
    }

    @Test
    void theLogsOfAllInstancesAreInADirectoryEach() {
        deploy(web().instances(2));

        assertThat(logs("/deployments/d/jobs/%2A/%2A/logs").stream()
                        .map(file -> file.substring(0, file.indexOf('/')))
                        .distinct())
                .hasSize(2)
                .allMatch(name -> name.matches("web\\.[0-9a-f-]{36}"));
    }

    @Test
    void anInstanceWithoutAMachineHasNoLogs() {
        deploy(web());
        director.done(director.change("/deployments/d/jobs/web/0?state=detached"));

        HttpResponse<String> answer = director.get("/deployments/d/jobs/web/0/logs");

        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.body()).isEmpty();
    }

    @Test
    void readingLogsAndSshAreNotAmongTheInterestingTasks() {
        deploy(web());
        logs("/deployments/d/jobs/web/0/logs");

        assertThat(director.json("/tasks?deployment=d").findValuesAsString("description"))
                .doesNotContain("fetch logs");
        assertThat(director.json("/tasks?deployment=d&verbose=2").findValuesAsString("description"))
                .contains("fetch logs");
    }

    @Test
    void sshIsATaskThatSaysWhyItFails() {
        deploy(web());

        long task = director.post(
                "/deployments/d/ssh",
                "{\"command\": \"setup\", \"deployment_name\": \"d\", \"target\": {\"job\": \"web\", \"ids\": [\"0\"]},"
                        + " \"params\": {}}");

        assertThat(director.error(task).path("message").asString()).contains("no SSH server", "nsenter");
    }

    @Test
    void snapshotsAreOffAsInfoSays() {
        deploy(web());
        assertThat(director.json("/info")
                        .path("features")
                        .path("snapshots")
                        .path("status")
                        .asBoolean())
                .isFalse();

        assertThat(director.get("/deployments/d/snapshots").body()).isEqualTo("[]");
        assertThat(director.get("/deployments/d/jobs/web/0/snapshots").body()).isEqualTo("[]");
        JsonNode all = director.done(director.post("/deployments/d/snapshots", ""));
        assertThat(all.path("description").asString()).isEqualTo("snapshot deployment");
        assertThat(all.path("result").asString()).isEqualTo("snapshots of deployment 'd' created");
        JsonNode one = director.done(director.post("/deployments/d/jobs/web/0/snapshots", ""));
        assertThat(one.path("description").asString()).isEqualTo("create snapshot");
        assertThat(one.path("deployment").isNull()).isTrue();
        JsonNode none = director.done(Director.task(director.send("DELETE", "/deployments/d/snapshots", "", Map.of())));
        assertThat(none.path("description").asString()).isEqualTo("delete deployment snapshots");
        assertThat(none.path("result").asString()).isEqualTo("snapshots of deployment 'd' deleted");
        assertThat(director.json("/tasks").findValuesAsString("description"))
                .contains("snapshot deployment", "create snapshot")
                .doesNotContain("delete deployment snapshots");
        assertThat(director.send("DELETE", "/deployments/d/snapshots/none", "", Map.of())
                        .body())
                .contains("70008");
        assertThat(director.json("/deployments/d/snapshots").size()).isZero();
    }

    @Test
    void aMachineIsDeletedByItsIdAndTheNextDeployMakesANewOneWithTheDisk() {
        deploy(web());
        JsonNode before = director.instances("d").get("web/0");

        String cid = before.path("vm_cid").asString();
        long deletion = Director.task(director.send("DELETE", "/vms/" + cid, "", Map.of()));
        director.done(deletion);

        assertThat(director.events(deletion).stream()
                        .map(event -> event.path("task").asString() + " "
                                + event.path("state").asString()))
                .containsExactly(
                        cid + " started",
                        "VM " + cid + " is successfully deleted started",
                        "VM " + cid + " is successfully deleted finished",
                        cid + " finished");
        JsonNode event = director.json("/events?action=delete&object_type=vm").get(0);
        assertThat(event.path("deployment").asString()).isEqualTo("d");
        assertThat(event.path("instance").asString())
                .isEqualTo("web/" + before.path("id").asString());
        assertThat(director.instances("d").get("web/0").path("vm_cid").isNull()).isTrue();
        deploy(web());
        JsonNode after = director.instances("d").get("web/0");
        assertThat(after.path("disk_cid")).isEqualTo(before.path("disk_cid"));
        assertThat(after.path("vm_cid")).isNotEqualTo(before.path("vm_cid"));
        long unknown = Director.task(director.send("DELETE", "/vms/unknown", "", Map.of()));
        director.done(unknown);
        assertThat(director.events(unknown).get(1).path("message").asString())
                .isEqualTo("VM unknown does not exist. Deletion is skipped");
    }

    @Test
    void anOrphanedDiskIsAttachedToAStoppedInstance() throws IOException {
        deploy(web());
        JsonNode first = director.instances("d").get("web/0");
        String orphan = first.path("disk_cid").asString();
        Files.writeString(disk(orphan).resolve("treasure"), "gold");
        director.empty();
        deploy(web());
        JsonNode second = director.instances("d").get("web/0");
        String path = "/disks/" + orphan + "/attachments?deployment=d&job=web&instance_id="
                + second.path("id").asString();

        assertThat(director.error(attach(path)).path("code").asInt())
                .as("not stopped")
                .isEqualTo(520003);
        director.done(director.change("/deployments/d/jobs/web/0?state=stopped"));
        director.done(attach(path));

        assertThat(director.instances("d").get("web/0").path("disk_cid").asString())
                .isEqualTo(orphan);
        assertThat(director.json("/orphan_disks").findValuesAsString("disk_cid"))
                .contains(second.path("disk_cid").asString())
                .doesNotContain(orphan);
        director.done(director.change("/deployments/d/jobs/web/0?state=started"));
        assertThat(disk(orphan).resolve("treasure")).hasContent("gold");
        assertThat(Files.readString(disk(orphan).resolve("history"))).contains("post-start");
        director.done(director.change("/deployments/d/jobs/web/0?state=stopped"));
        assertThat(director.error(attach(path)).path("code").asInt())
                .as("no orphan any more")
                .isEqualTo(390002);
        assertThat(director.error(attach(path.replaceAll("instance_id=.*", "instance_id=unknown")))
                        .path("code")
                        .asInt())
                .isEqualTo(520001);
    }

    @Test
    void aDiskIsOrphanedAndTheNextDeployMakesAnEmptyOne() throws IOException {
        deploy(web());
        String disk = instance().path("disk_cid").asString();
        Files.writeString(disk(disk).resolve("treasure"), "gold");
        assertThat(director.send("DELETE", "/disks/" + disk, "", Map.of()).body())
                .contains("520000", "Deleting persistent disk is not supported: [\\\"" + disk + "\\\"]");

        long task = Director.task(director.send("DELETE", "/disks/" + disk + "?orphan=true", "", Map.of()));

        assertThat(director.done(task).path("result").asString()).isEqualTo("disk " + disk + " orphaned");
        assertThat(director.json("/disks").findValuesAsString("disk_cid")).contains(disk);
        assertThat(director.json("/events?action=orphan")
                        .get(0)
                        .path("deployment")
                        .asString())
                .isEqualTo("d");
        deploy(web());
        assertThat(instance().path("disk_cid").asString()).isNotEqualTo(disk);
        assertThat(disk(disk).resolve("treasure")).hasContent("gold");
        assertThat(disk(instance().path("disk_cid").asString()).resolve("treasure"))
                .doesNotExist();
    }

    @Test
    void anUnknownDiskIsOrphanedWithAWarning() {
        long task = Director.task(director.send("DELETE", "/disks/none?orphan=true", "", Map.of()));

        assertThat(director.done(task).path("description").asString()).isEqualTo("orphan disk");
        assertThat(director.events(task).get(1).path("message").asString())
                .isEqualTo("Disk none does not exist. Orphaning is skipped");
    }

    @Test
    void aVariableNamesTheDeploymentsThatUseItAndInWhichVersion() {
        deploy(web().variables("[{name: adminpw, type: password}]").with("password", "((adminpw))"));
        JsonNode variable = director.json("/deployments/d/variables").get(0);

        JsonNode used = director.json(
                "/deployed_variables/" + URLEncoder.encode(variable.path("name").asString(), StandardCharsets.UTF_8));

        assertThat(used.path("deployments").get(0).path("name").asString()).isEqualTo("d");
        assertThat(used.path("deployments").get(0).path("version")).isEqualTo(variable.path("id"));
        assertThat(director.json("/deployed_variables/%2Fnobodys")
                        .path("deployments")
                        .size())
                .isZero();
    }

    @Test
    void anOverwrittenVariableIsANewOneWithEachDeploy() {
        assertThat(changes("password", "overwrite", "", "")).isTrue();
    }

    @Test
    void aVariableThatConvergesIsANewOneIfItsOptionsAreOthers() {
        assertThat(changes("password", "converge", "", "")).isFalse();
        assertThat(changes("password", "converge", "", ", options: {length: 12}"))
                .isTrue();
    }

    @Test
    void aVariableThatIsNotOverwrittenStaysWithOtherOptions() {
        assertThat(changes("password", "no-overwrite", "", ", options: {length: 12}"))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"password", "user", "rsa", "ssh"})
    void aVariableOfEachTypeIsMadeAndKept(String type) {
        assertThat(changes(type, "no-overwrite", "", "")).isFalse();
    }

    @Test
    void aCertificateTakesItsNamesFromALink() throws Exception {
        deploy(web().variables("""
            [{name: ca, type: certificate, options: {is_ca: true, common_name: ca}},\
             {name: server, type: certificate, options: {ca: ca, common_name: server},\
              consumes: {alternative_name: {from: web}}}]\
            """));

        String pem = director.json("/api/v1/data?name=/TestDirector/d/server")
                .path("data")
                .get(0)
                .path("value")
                .path("certificate")
                .asString();
        X509Certificate certificate = (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8)));
        assertThat(certificate.getSubjectAlternativeNames().toString()).contains("q-s0.web.default.d.bosh");
    }

    @Test
    void theDirectorsOwnCertificatesSayWhenTheyEnd() {
        try {
            DirectorCertificate.in(state());

            JsonNode certificates = director.json("/director/certificate_expiry");

            assertThat(certificates.findValuesAsString("certificate_path"))
                    .containsExactly("director.tls.ca.pem", "director.tls.server.pem");
            assertThat(certificates.get(0).path("days_left").asInt()).isBetween(800, 825);
            assertThat(certificates.get(0).path("expiry").asString()).matches("\\d{4}-.*Z");
        } finally {
            Directories.delete(state().resolve("tls"));
        }
    }

    @Test
    void anAdministratorWritesAnEvent() {
        String event =
                "{\"action\": \"rotate\", \"object_type\": \"key\", \"object_name\": \"main\", \"timestamp\": 1000,"
                        + " \"deployment\": \"d\", \"context\": {\"why\": \"yearly\"}}";

        assertThat(director.send("POST", "/events", event, JSON).statusCode()).isEqualTo(200);

        JsonNode found = director.json("/events?action=rotate").get(0);
        assertThat(found.path("object_name").asString()).isEqualTo("main");
        assertThat(found.path("user").asString()).isEqualTo("test");
        assertThat(found.path("timestamp").asLong()).isEqualTo(1000);
        assertThat(found.path("context").path("why").asString()).isEqualTo("yearly");
        assertThat(director.send("POST", "/events", "{\"action\": \"rotate\"}", JSON)
                        .body())
                .contains("40000");
    }

    @Test
    void aDiskThatIsGoneIsAProblemWhoseReferenceCanBeDeleted() {
        deploy(web());
        Directories.delete(disk(instance().path("disk_cid").asString()));

        JsonNode problem = scan();

        assertThat(problem.path("type").asString()).isEqualTo("missing_disk");
        assertThat(problem.path("resolutions").findValuesAsString("name"))
                .containsExactly("ignore", "delete_disk_reference");
        resolve(problem, "delete_disk_reference");
        assertThat(instance().path("disk_cid").isNull()).isTrue();
        deploy(web());
        assertThat(instance().path("disk_cid").isNull()).isFalse();
    }

    @Test
    void aDiskThatIsNotMountedIsAProblemAndIsReattached() throws Exception {
        deploy(web());
        String disk = instance().path("disk_cid").asString();
        enter(
                state().resolve("machines").resolve(instance().path("vm_cid").asString()),
                "umount",
                "-l",
                "/var/vcap/store");

        JsonNode problem = scan();

        assertThat(problem.path("type").asString()).isEqualTo("mount_info_mismatch");
        assertThat(problem.path("resolutions").findValuesAsString("name"))
                .containsExactly("ignore", "reattach_disk", "reattach_disk_and_reboot");
        resolve(problem, "reattach_disk");
        assertThat(instance().path("disk_cid").asString()).isEqualTo(disk);
        assertThat(instance().path("job_state").asString()).isEqualTo("running");
        director.done(director.post("/deployments/d/scans", ""));
        assertThat(director.json("/deployments/d/problems").size()).isZero();
    }

    @Test
    void onlyTheInstancesThatAreNamedAreFixed() throws IOException {
        deploy(web().instances(2));
        Map<String, JsonNode> before = director.instances("d");
        killMachine("d", "web/0");
        killMachine("d", "web/1");

        director.done(Director.task(
                director.send("PUT", "/deployments/d/scan_and_fix", "{\"jobs\": {\"web\": [\"1\"]}}", JSON)));

        Map<String, JsonNode> after = director.instances("d");
        assertThat(after.get("web/0").path("job_state").asString()).isEqualTo("unresponsive agent");
        assertThat(after.get("web/1").path("job_state").asString()).isEqualTo("running");
        assertThat(after.get("web/1").path("disk_cid"))
                .isEqualTo(before.get("web/1").path("disk_cid"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"stop", "recreate"})
    void whatDoesNotAnswerIsActedOnOnlyIfThatIsIgnored(String action) throws IOException {
        deploy(web());
        killMachine("d", "web/0");
        String path = "/deployments/d/instance_groups/web/0/actions/" + action;

        assertThat(director.error(director.post(path, "")).path("code").asInt()).isEqualTo(450002);
        director.done(director.post(path + "?ignore_unresponsive_agent=true", ""));

        assertThat(instance().path("state").asString()).isEqualTo(action.equals("stop") ? "stopped" : "started");
    }

    @Test
    void whatDoesNotAnswerCantBeRestarted() throws IOException {
        deploy(web());
        killMachine("d", "web/0");

        long task = director.post(
                "/deployments/d/instance_groups/web/0/actions/restart?ignore_unresponsive_agent=true", "");

        assertThat(director.error(task).path("code").asInt()).isEqualTo(450002);
    }

    @Test
    void anInstanceIsReadFromTheRecords() {
        deploy(web());

        JsonNode read = director.json("/deployments/d/jobs/web/0");

        assertThat(read.path("id")).isEqualTo(instance().path("id"));
        assertThat(read.path("disks").get(0)).isEqualTo(instance().path("disk_cid"));
        assertThat(director.get("/deployments/d/jobs/web/7").statusCode()).isEqualTo(404);
    }

    private Manifests web() {
        return Manifests.deployment("d");
    }

    private void deploy(Manifests manifest) {
        director.done(director.deploy(manifest.toString()));
    }

    /** Whether a second deploy gives the variable another value. */
    private boolean changes(String type, String mode, String before, String after) {
        String variable = "[{name: v, type: " + type + ", update_mode: " + mode + "%s}]";
        director.empty();
        director.send("DELETE", "/api/v1/data?name=/TestDirector/d/v", "", Map.of());
        deploy(web().variables(String.format(variable, before)));
        JsonNode first = director.json("/api/v1/data?name=/TestDirector/d/v")
                .path("data")
                .get(0);
        String id = director.json("/deployments/d/variables").get(0).path("id").asString();
        deploy(web().variables(String.format(variable, after)));
        JsonNode second = director.json("/api/v1/data?name=/TestDirector/d/v")
                .path("data")
                .get(0);
        boolean changed = !first.path("value").equals(second.path("value"));
        assertThat(director.json("/deployments/d/variables")
                        .get(0)
                        .path("id")
                        .asString()
                        .equals(id))
                .as("another value has another id")
                .isEqualTo(!changed);
        return changed;
    }

    private List<String> logs(String path) {
        long task = Director.task(director.get(path));
        String blob = director.done(task).path("result").asString();
        Path archive = director.download("/resources/" + blob, directory.resolve(blob));
        Path unpacked = directory.resolve(blob + ".d");
        assertThat(Tar.unpack(archive, unpacked)).isTrue();
        try (Stream<Path> files = Files.walk(unpacked)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> unpacked.relativize(file).toString())
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private long attach(String path) {
        return Director.task(director.send("PUT", path, "", Map.of()));
    }

    private JsonNode scan() {
        director.done(director.post("/deployments/d/scans", ""));
        JsonNode problems = director.json("/deployments/d/problems");
        assertThat(problems.size()).as(problems.toString()).isEqualTo(1);
        return problems.get(0);
    }

    private void resolve(JsonNode problem, String resolution) {
        director.done(Director.task(director.send(
                "PUT",
                "/deployments/d/problems",
                "{\"resolutions\": {\"" + problem.path("id").asString() + "\": \"" + resolution + "\"}}",
                JSON)));
    }

    private JsonNode instance() {
        return director.instances("d").get("web/0");
    }

    private static Path disk(String cid) {
        return state().resolve("disks").resolve(cid);
    }
}
