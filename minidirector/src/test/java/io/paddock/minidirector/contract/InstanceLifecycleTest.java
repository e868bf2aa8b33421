package io.paddock.minidirector.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What happens to one instance, and what its scripts are told: reference/bosh-director.md, D.3 and the lines of H on one instance. */
class InstanceLifecycleTest extends DirectorTest {

    private static final String DISK = "{\"persistent_disk\":1024}";

    @AfterEach
    void leaveNothing() {
        director.empty();
    }

    @Test
    void theScriptsOfAnUpdateRunInTheAgentsOrderTheOldOnesUntilTheStop() {
        deploy(web().with("port", 1));
        forgetHistory();

        deploy(web().with("port", 2));

        assertThat(history())
                .containsExactly(
                        "pre-stop port=1 vm=keep instance=keep deployment=keep",
                        "drain port=1 job_changed hash_changed vm=keep " + DISK + " " + DISK,
                        "post-stop port=1 vm=keep instance=keep deployment=keep",
                        "pre-start port=2",
                        "post-start port=2 vm= instance= deployment=",
                        "post-deploy port=2 vm= instance= deployment=");
    }

    @Test
    void aNewInstanceGoesThroughAllStagesThoughNoScriptIsThereToStopIt() {
        long task = deploy(web());

        assertThat(history()).first().asString().startsWith("pre-start");
        assertThat(stages(task))
                .containsExactly(
                        "executing pre-stop",
                        "executing drain",
                        "stopping jobs",
                        "executing post-stop",
                        "installing packages",
                        "configuring jobs",
                        "executing pre-start",
                        "starting jobs",
                        "executing post-start");
    }

    @Test
    void aDeployThatChangesNothingTouchesNothingButPostDeploy() {
        deploy(web());
        String process = pid();
        forgetHistory();

        long task = deploy(web());

        assertThat(pid()).isEqualTo(process);
        assertThat(stages(task)).isEmpty();
        assertThat(history()).allMatch(line -> line.startsWith("post-deploy"));
    }

    @Test
    void aLargerDiskShutsTheJobsDownCopiesTheContentAndOrphansTheOldDisk() throws IOException {
        deploy(web());
        String old = instance().path("disk_cid").asString();
        Files.writeString(disk().resolve("row"), "kept");
        forgetHistory();

        deploy(web().disk("big"));

        assertThat(history())
                .anyMatch(line -> line.contains("drain")
                        && line.contains("job_shutdown hash_unchanged")
                        && line.endsWith(DISK + " {\"persistent_disk\":2048}"));
        assertThat(instance().path("disk_cid").asString()).isNotEqualTo(old);
        assertThat(Files.readString(disk().resolve("row"))).isEqualTo("kept");
        assertThat(director.json("/orphan_disks").findValuesAsString("disk_cid"))
                .contains(old);
        assertThat(Files.readString(state().resolve("disks").resolve(old).resolve("row")))
                .isEqualTo("kept");
    }

    @Test
    void aSmallerDiskGoesTheSameWay() throws IOException {
        deploy(web().disk("big"));
        Files.writeString(disk().resolve("row"), "kept");

        deploy(web());

        assertThat(Files.readString(disk().resolve("row"))).isEqualTo("kept");
    }

    @Test
    void aRecreatedInstanceKeepsItsIdItsAddressAndItsDiskButNotItsMachine() {
        deploy(web());
        JsonNode before = instance();
        forgetHistory();

        director.done(director.change("/deployments/d/jobs/web/0?state=recreate"));

        assertThat(instance().path("vm_cid")).isNotEqualTo(before.path("vm_cid"));
        for (String kept : List.of("id", "ips", "disk_cid")) {
            assertThat(instance().path(kept)).isEqualTo(before.path(kept));
        }
        assertThat(history().get(0)).isEqualTo("pre-stop port=8080 vm=delete instance=keep deployment=keep");
        assertThat(history().get(1)).contains("job_shutdown");
    }

    @Test
    void aRestartStopsAndStartsWithTheSameConfiguration() {
        deploy(web());
        String process = pid();
        forgetHistory();

        director.done(director.change("/deployments/d/jobs/web?state=restart"));

        assertThat(pid()).isNotEqualTo(process);
        assertThat(history().get(1)).contains("job_changed hash_unchanged");
    }

    @Test
    void aStoppedInstanceStaysStoppedThroughADeployAndStartsWithWhatWasDeployedMeanwhile() {
        deploy(web().with("port", 1));
        forgetHistory();
        director.done(director.change("/deployments/d/jobs/*?state=stopped".replace("*", "%2A")));
        assertThat(instance().path("job_state").asString()).isEqualTo("stopped");
        assertThat(history()).anyMatch(line -> line.startsWith("drain port=1 job_shutdown"));

        deploy(web().with("port", 2));
        assertThat(instance().path("job_state").asString()).isEqualTo("stopped");
        director.done(director.change("/deployments/d/jobs/web/0?state=started"));

        assertThat(instance().path("job_state").asString()).isEqualTo("running");
        assertThat(history()).contains("pre-start port=2").doesNotContain("pre-start port=1");
    }

    @Test
    void aDetachedInstanceHasNoMachineAndKeepsItsDisk() {
        deploy(web());
        String disk = instance().path("disk_cid").asString();

        director.done(director.change("/deployments/d/jobs/web/0?state=detached"));

        assertThat(instance().path("vm_cid").isNull()).isTrue();
        assertThat(instance().path("disk_cid").asString()).isEqualTo(disk);
        assertThat(director.json("/deployments/d/vms").size()).isZero();
        director.done(director.change("/deployments/d/jobs/web/0?state=started"));
        assertThat(instance().path("job_state").asString()).isEqualTo("running");
    }

    @Test
    void aDrainScriptMayAskToBeCalledAgain() {
        deploy(web().with("drain", "-1 0"));
        forgetHistory();

        deploy(web().with("port", 2));

        assertThat(history().stream().filter(line -> line.startsWith("drain")).map(line -> line.split(" ")[2]))
                .containsExactly("job_changed", "job_check_status");
    }

    @Test
    void aDrainScriptThatPrintsNoNumberFailsTheNextUpdateAndSkipDrainGetsOut() {
        deploy(web().with("drain", "nonsense"));

        long failed = director.deploy(web().with("port", 2).toString());

        assertThat(director.await(failed).path("state").asString()).isEqualTo("error");
        assertThat(director.error(failed).path("code").asInt()).isEqualTo(450001);
        assertThat(director.error(failed).path("message").asString())
                .endsWith("1 of 1 drain scripts failed. Failed Jobs: web.");
        director.done(director.deploy(web().with("port", 2).toString(), "?skip_drain=web"));
        assertThat(instance().path("job_state").asString()).isEqualTo("running");
    }

    @Test
    void aFailedPreStartLeavesTheInstanceStoppedAndTheNextDeployHealsIt() {
        deploy(web());

        long failed = director.deploy(web().with("pre_start_exit", 1).toString());

        assertThat(director.await(failed).path("state").asString()).isEqualTo("error");
        assertThat(director.error(failed).path("message").asString())
                .endsWith("1 of 1 pre-start scripts failed. Failed Jobs: web.");
        assertThat(instance().path("job_state").asString()).isEqualTo("stopped");
        deploy(web());
        assertThat(instance().path("job_state").asString()).isEqualTo("running");
    }

    @Test
    void aProcessThatDoesNotStartIsAFailureWhenTheWatchTimeIsOver() {
        long task = director.deploy(web().with("runs", false)
                .update("canaries: 1, max_in_flight: 1, canary_watch_time: 10-1100, update_watch_time: 10-1100")
                .toString());

        director.await(task);

        assertThat(history())
                .as("post-start waits for running processes")
                .noneMatch(line -> line.startsWith("post-start"));
        assertThat(director.error(task).path("code").asInt()).isEqualTo(400007);
        assertThat(director.error(task).path("message").asString())
                .isEqualTo("'"
                        + director.json("/deployments/d/instances")
                                .get(0)
                                .path("job")
                                .asString() + "/"
                        + director.json("/deployments/d/instances")
                                .get(0)
                                .path("id")
                                .asString()
                        + " (0)' is not running after update. Review logs for failed jobs: web");
    }

    @Test
    void anInstanceThatIsNotRunningGetsAFullUpdateWhateverChanged() {
        deploy(web());
        killProcess(machine(), "web");

        long task = deploy(web());

        assertThat(stages(task)).contains("executing pre-start", "executing post-start");
        assertThat(instance().path("job_state").asString()).isEqualTo("running");
    }

    @Test
    void aVmTypeWithEqualCloudPropertiesChangesNothingAndOneWithOthersMakesANewMachine() {
        deploy(web());
        String process = pid();
        String machine = instance().path("vm_cid").asString();

        deploy(web().vmType("small"));
        assertThat(pid()).isEqualTo(process);
        deploy(web().vmType("large"));

        assertThat(instance().path("vm_cid").asString()).isNotEqualTo(machine);
        assertThat(instance().path("vm_type").asString()).isEqualTo("large");
    }

    @Test
    void onlyTheNumberInFlightChangedRestartsNothing() {
        deploy(web());
        String process = pid();

        deploy(web().update("canaries: 0, max_in_flight: 2, canary_watch_time: 10-20000, update_watch_time: 10-20000"));

        assertThat(pid()).isEqualTo(process);
    }

    @Test
    void oneMoreJobRestartsAllJobsOfTheInstance() {
        deploy(web());
        String process = pid();
        forgetHistory();

        deploy(web().alsoJob("{name: strict, release: demo, properties: {mandatory: a}}"));

        assertThat(pid()).isNotEqualTo(process);
        assertThat(history()).anyMatch(line -> line.contains("job_changed hash_changed"));
    }

    @Test
    void aDryRunChangesNothing() {
        deploy(web().with("port", 1));
        String process = pid();

        director.done(director.deploy(web().with("port", 2).toString(), "?dry_run=true"));

        assertThat(pid()).isEqualTo(process);
        assertThat(director.json("/deployments/d").path("manifest").asString()).contains("\"port\":1");
    }

    @Test
    void aDeletedDeploymentTellsItsScriptsAndOrphansItsDisks() throws IOException {
        deploy(web());
        String disk = instance().path("disk_cid").asString();
        forgetHistory();

        director.done(Director.task(director.send("DELETE", "/deployments/d", "", Map.of())));

        assertThat(Files.readAllLines(state().resolve("disks").resolve(disk).resolve("history")))
                .first()
                .isEqualTo("pre-stop port=8080 vm=delete instance=delete deployment=delete");
        assertThat(director.get("/deployments/d").statusCode()).isEqualTo(404);
    }

    @Test
    void whileItsProcessesAreStartedAnInstanceIsStarting() {
        long task = director.deploy(web().with("hook_seconds", 2).toString());

        Director.until(
                "it is starting",
                () -> director.instances("d").containsKey("web/0")
                        && instance().path("job_state").asString("").equals("starting"));

        director.done(task);
        assertThat(instance().path("job_state").asString()).isEqualTo("running");
    }

    @Test
    void whatItsLinksHoldLiesBesideTheFilesOfAJob() throws IOException {
        deploy(web());

        assertThat(Director.JSON
                        .readTree(Files.readString(machine().resolve("vcap/data/jobs/web/.bosh/links.json")))
                        .path("peer")
                        .path("instances")
                        .get(0)
                        .path("id"))
                .isEqualTo(instance().path("id"));
    }

    @Test
    void aDeployThatFixesMakesADeadMachineAnew() {
        deploy(web());
        String before = instance().path("vm_cid").asString();
        killMachine("d", "web/0");

        director.done(director.deploy(web().toString(), "?fix=true"));

        assertThat(instance().path("vm_cid").asString()).isNotEqualTo(before);
        assertThat(instance().path("job_state").asString()).isEqualTo("running");
    }

    @Test
    void theMachineIsToldWhoItIs() throws IOException {
        deploy(web());
        Path about = machine().resolve("vcap/instance");

        assertThat(Files.readString(about.resolve("id")))
                .isEqualTo(instance().path("id").asString());
        assertThat(Files.readString(about.resolve("name"))).isEqualTo("web");
        assertThat(Files.readString(about.resolve("az"))).isEqualTo("z1");
        assertThat(Files.readString(about.resolve("deployment"))).isEqualTo("d");
    }

    @Test
    void aJobThatIsNewDrainsWithAHashThatIsNewUntilItRan() {
        director.await(director.deploy(web().with("pre_start_exit", 1).toString()));

        deploy(web());

        assertThat(history()).anyMatch(line -> line.contains("job_changed hash_new"));
    }

    @Test
    void disksThatAreMadeAnewKeepTheirContent() throws IOException {
        deploy(web());
        Path before = disk();
        Files.writeString(before.resolve("treasure"), "gold");
        forgetHistory();

        director.done(director.deploy(web().toString(), "?recreate_persistent_disks=true"));

        assertThat(disk()).isNotEqualTo(before);
        assertThat(disk().resolve("treasure")).hasContent("gold");
        assertThat(history()).anyMatch(line -> line.startsWith("drain port=8080 job_shutdown hash_unchanged"));
        assertThat(director.json("/orphan_disks").findValuesAsString("disk_cid"))
                .contains(before.getFileName().toString());
    }

    @Test
    void onlyMachinesMadeBeforeATimeAreRecreated() {
        deploy(web());
        String machine = instance().path("vm_cid").asString();
        String made = instance().path("vm_created_at").asString();

        director.done(director.deploy(web().toString(), "?recreate_vms_created_before=" + made));
        assertThat(instance().path("vm_cid").asString()).isEqualTo(machine);
        director.done(director.deploy(web().toString(), "?recreate=true&recreate_vms_created_before=" + made));
        assertThat(instance().path("vm_cid").asString()).isEqualTo(machine);
        director.done(director.deploy(web().toString(), "?recreate_vms_created_before=2999-01-01T00:00:00Z"));
        assertThat(instance().path("vm_cid").asString()).isNotEqualTo(machine);

        assertThat(director.send(
                                "POST",
                                "/deployments?recreate_vms_created_before=soon",
                                web().toString(),
                                Map.of("Content-Type", "text/yaml"))
                        .body())
                .contains("40005");
    }

    @Test
    void anActionThatEndsTheMachineTellsItsScripts() {
        deploy(web());
        for (String action : List.of("recreate", "stop?hard=true")) {
            forgetHistory();

            director.done(director.post("/deployments/d/instance_groups/web/0/actions/" + action, ""));

            assertThat(history())
                    .as(action)
                    .contains("pre-stop port=8080 vm=delete instance=keep deployment=keep")
                    .anyMatch(line -> line.startsWith("drain port=8080 job_shutdown hash_unchanged vm=delete"));
        }
        director.done(director.post("/deployments/d/instance_groups/web/0/actions/start", ""));
        forgetHistory();
        director.done(director.post("/deployments/d/instance_groups/web/0/actions/stop", ""));
        assertThat(history()).contains("pre-stop port=8080 vm=keep instance=keep deployment=keep");
    }

    @Test
    void aSwappedMachineIsMadeBeforeTheOldOneStopsAndHasAnotherAddressButTheSameDisk() throws IOException {
        Manifests swapping = web().update("vm_strategy: create-swap-delete, canaries: 1, max_in_flight: 1,"
                + " canary_watch_time: 10-20000, update_watch_time: 10-20000");
        deploy(swapping);
        JsonNode before = instance();
        Files.writeString(disk().resolve("treasure"), "gold");
        forgetHistory();

        long task = director.deploy(swapping.toString(), "?recreate=true");
        director.done(task);

        List<String> stages = director.events(task).stream()
                .map(event -> event.path("stage").asString(""))
                .distinct()
                .toList();
        assertThat(stages).containsSubsequence("Creating missing vms", "Updating instance");
        JsonNode after = instance();
        assertThat(after.path("id")).isEqualTo(before.path("id"));
        assertThat(after.path("vm_cid")).isNotEqualTo(before.path("vm_cid"));
        assertThat(after.path("ips")).isNotEqualTo(before.path("ips"));
        assertThat(after.path("disk_cid")).isEqualTo(before.path("disk_cid"));
        assertThat(after.path("job_state").asString()).isEqualTo("running");
        assertThat(disk().resolve("treasure")).hasContent("gold");
        assertThat(history()).contains("pre-stop port=8080 vm=delete instance=keep deployment=keep");
        JsonNode orphan = director.json("/orphaned_vms")
                .valueStream()
                .filter(machine -> machine.path("cid").equals(before.path("vm_cid")))
                .findFirst()
                .orElseThrow();
        assertThat(orphan.path("ip_addresses")).isEqualTo(before.path("ips"));
        assertThat(orphan.path("instance_name").asString())
                .isEqualTo("web/" + before.path("id").asString());
        assertThat(Files.readString(machine().resolve("vcap/instance/dns/records.json")))
                .contains(after.path("ips").get(0).asString());

        director.done(director.post("/cleanup", "{\"config\": {\"remove_all\": false}}"));

        assertThat(director.json("/orphaned_vms").size()).isZero();
        assertThat(state().resolve("machines").resolve(before.path("vm_cid").asString()))
                .doesNotExist();
    }

    @Test
    void aSwapThatFailsBeforeItsTurnLeavesTheOldMachineAndNoOther() throws IOException {
        Manifests swapping = web().with("drain", "nonsense")
                .update("vm_strategy: create-swap-delete, canaries: 1, max_in_flight: 1,"
                        + " canary_watch_time: 10-20000, update_watch_time: 10-20000");
        deploy(swapping);
        String before = instance().path("vm_cid").asString();
        List<String> machines = machines();

        long task = director.deploy(swapping.toString(), "?recreate=true");

        assertThat(director.await(task).path("state").asString()).isEqualTo("error");
        assertThat(instance().path("vm_cid").asString()).isEqualTo(before);
        assertThat(machines()).isEqualTo(machines);
        director.done(Director.task(director.send("DELETE", "/deployments/d?force=true", "", Map.of())));
    }

    @Test
    void filesOfAJobHaveTheAgentsModes() throws IOException {
        deploy(web());
        Path job = machine().resolve("vcap/data/jobs/web");

        assertThat(Files.getPosixFilePermissions(job.resolve("bin/pre-start")).toString())
                .contains("OWNER_EXECUTE");
        assertThat(mode(job.resolve("bin/pre-start"))).isEqualTo("rwxr-x---");
        assertThat(mode(job.resolve("config/conf.yml"))).isEqualTo("rw-r-----");
        assertThat(mode(job)).isEqualTo("rwxr-x---");
        for (String file : List.of("id", "name", "az", "deployment", "dns/records.json")) {
            assertThat(machine().resolve("vcap/instance").resolve(file)).exists();
        }
    }

    private static String mode(Path file) throws IOException {
        return java.nio.file.attribute.PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private static Manifests web() {
        return Manifests.deployment("d");
    }

    private long deploy(Manifests manifest) {
        long task = director.deploy(manifest.toString());
        director.done(task);
        return task;
    }

    private JsonNode instance() {
        return director.instances("d").get("web/0");
    }

    private Path machine() {
        return state().resolve("machines").resolve(instance().path("vm_cid").asString());
    }

    private static List<String> machines() throws IOException {
        try (java.util.stream.Stream<Path> found = Files.list(state().resolve("machines"))) {
            return found.map(machine -> machine.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    private Path disk() {
        return state().resolve("disks").resolve(instance().path("disk_cid").asString());
    }

    private List<String> history() {
        try {
            return Files.readAllLines(disk().resolve("history"));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private void forgetHistory() {
        try {
            Files.deleteIfExists(disk().resolve("history"));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private String pid() {
        return process(machine(), "web");
    }

    private List<String> stages(long task) {
        return director.events(task).stream()
                .filter(event -> event.path("state").asString("").equals("in_progress"))
                .map(event -> event.path("data").path("status").asString())
                .toList();
    }
}
