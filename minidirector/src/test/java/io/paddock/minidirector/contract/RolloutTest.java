package io.paddock.minidirector.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Which instances a deploy touches, in which order, and where it stops: reference/bosh-director.md, D.3 (rollout), B.4 and H. */
class RolloutTest extends DirectorTest {

    @AfterEach
    void leaveNothing() {
        director.empty();
    }

    @Test
    void growingFromOneToThreeLeavesTheFirstInstanceRunning() {
        deploy(web(1));
        Map<String, String> before = pids();

        List<String> updated = updated(deploy(web(3)));

        assertThat(pids()).containsEntry("web/0", before.get("web/0"));
        assertThat(updated).hasSize(2).noneMatch(label -> label.contains("(0)"));
    }

    @Test
    void aTemplateThatNamesThePeersRestartsTheFirstInstanceFirstOfAll() {
        deploy(web(1).with("names_peers", true));
        Map<String, String> before = pids();

        List<String> updated = updated(deploy(web(3).with("names_peers", true)));

        assertThat(updated.get(0)).contains("(0) (canary)");
        assertThat(pids().get("web/0")).isNotEqualTo(before.get("web/0"));
        assertThat(file("web/0", "data/jobs/web/config/conf.yml").lines().filter(line -> line.startsWith("peers:")))
                .singleElement()
                .satisfies(line -> assertThat(line.split(" ")).hasSize(4));
    }

    @Test
    void shrinkingDeletesTheSurplusBeforeAnythingIsUpdated() {
        deploy(web(3));
        List<String> kept =
                List.of(director.instances("d").get("web/0").path("id").asString());

        long task = deploy(web(1).with("port", 2));

        List<String> stages = director.events(task).stream()
                .map(event -> event.path("stage").asString(""))
                .distinct()
                .toList();
        assertThat(stages.indexOf("Deleting unneeded instances")).isLessThan(stages.indexOf("Updating instance"));
        assertThat(director.instances("d")).containsOnlyKeys("web/0");
        assertThat(director.instances("d").get("web/0").path("id").asString()).isEqualTo(kept.get(0));
        assertThat(director.json("/orphan_disks").size()).isGreaterThanOrEqualTo(2);
    }

    @Test
    void theBootstrapInstanceIsFirstThenTheRestOfItsZoneByIdThenTheOtherZones() {
        deploy(web(4).azs("z1, z2"));

        List<String> updated = updated(deploy(web(4).azs("z1, z2").with("port", 2)));

        Map<String, JsonNode> instances = director.instances("d");
        List<String> expected = new ArrayList<>();
        expected.add(label(instances.get("web/0")) + " (canary)");
        expected.add(label(instances.get("web/2")));
        List<String> other = new ArrayList<>(List.of(label(instances.get("web/1")), label(instances.get("web/3"))));
        other.sort(null);
        expected.addAll(other);
        assertThat(updated).isEqualTo(expected);
    }

    @Test
    void theFirstFailureStopsTheRolloutAndTheRestKeepWhatTheyHad() {
        deploy(web(3).with("port", 1));
        Map<String, String> before = pids();

        long failed =
                director.deploy(web(3).with("port", 2).with("pre_start_exit", 1).toString());

        assertThat(director.await(failed).path("state").asString()).isEqualTo("error");
        assertThat(updated(failed)).hasSize(1);
        Map<String, String> after = pids();
        assertThat(after).containsEntry("web/1", before.get("web/1")).containsEntry("web/2", before.get("web/2"));
        assertThat(file("web/1", "data/jobs/web/config/conf.yml")).contains("port: 1");
        deploy(web(3).with("port", 3));
        assertThat(file("web/0", "data/jobs/web/config/conf.yml")).contains("port: 3");
    }

    @Test
    void whatIsInFlightWhenAnotherOneFailsIsFinishedAndNothingElseStarts() {
        Manifests two = web(3).update(
                        "canaries: 0, max_in_flight: 2, canary_watch_time: 10-20000, update_watch_time: 10-20000");
        deploy(two);
        Map<String, String> before = pids();

        long failed = director.deploy(
                two.with("pre_start_fails_on", 0).with("start_seconds", 1).toString());

        assertThat(director.await(failed).path("state").asString()).isEqualTo("error");
        assertThat(updated(failed)).hasSize(2).anyMatch(label -> label.contains("(0)"));
        List<String> finished = director.events(failed).stream()
                .filter(event -> event.path("stage").asString("").equals("Updating instance")
                        && event.path("state").asString("").equals("finished"))
                .map(event -> event.path("task").asString())
                .toList();
        assertThat(finished).singleElement().asString().doesNotContain("(0)");
        assertThat(pids().entrySet().stream().filter(pid -> before.containsValue(pid.getValue())))
                .as("one never started")
                .hasSize(1);
        deploy(web(3));
    }

    @Test
    void problemsOfAGroupAreSolvedAsManyAtOnceAsTheRequestSays() throws IOException {
        deploy(web(2).with("start_seconds", 1));
        director.instances("d").keySet().forEach(instance -> killMachine("d", instance));
        director.done(director.post("/deployments/d/scans", ""));
        List<String> ids = director.json("/deployments/d/problems").findValuesAsString("id");

        long task = Director.task(director.send(
                "PUT",
                "/deployments/d/problems",
                "{\"resolutions\": {\"" + ids.get(0) + "\": \"recreate_vm\", \"" + ids.get(1)
                        + "\": \"recreate_vm\"}, \"max_in_flight_overrides\": {\"web\": 2}}",
                Map.of("Content-Type", "application/json")));

        assertThat(director.done(task).path("result").asString()).isEqualTo("2 resolved");
        assertThat(director.events(task).stream()
                        .map(event -> event.path("state").asString()))
                .containsExactly("started", "started", "finished", "finished");
    }

    @Test
    void anotherEnvironmentOrExtensionIsAnotherMachineOtherTagsAreNot() {
        deploy(web(1));
        String first = director.instances("d").get("web/0").path("vm_cid").asString();
        String manifest = web(1).toString();

        deployed(director.deploy(manifest + "tags: {team: one}\n"));
        assertThat(director.instances("d").get("web/0").path("vm_cid").asString())
                .isEqualTo(first);
        deployed(director.deploy(
                manifest.replace("  vm_type: default\n", "  vm_type: default\n  env: {bosh: {x: 1}}\n")));
        String second = director.instances("d").get("web/0").path("vm_cid").asString();
        assertThat(second).isNotEqualTo(first);
        deployed(director.deploy(manifest.replace(
                "  vm_type: default\n", "  vm_type: default\n  env: {bosh: {x: 1}}\n  vm_extensions: [wide]\n")));
        assertThat(director.instances("d").get("web/0").path("vm_cid").asString())
                .isNotEqualTo(second);
    }

    @Test
    void postDeployRunsOnEveryMachineAfterAllAreUpdated() {
        deploy(web(2));

        for (JsonNode instance : director.instances("d").values()) {
            Path disk =
                    state().resolve("disks").resolve(instance.path("disk_cid").asString());
            assertThat(disk.resolve("history")).content().contains("post-deploy");
        }
    }

    @Test
    void theFailedManifestIsNotTheDeployedOne() {
        deploy(web(1).with("port", 1));

        director.await(director.deploy(web(1).with("pre_start_exit", 1).toString()));

        assertThat(director.json("/deployments/d").path("manifest").asString()).contains("\"port\":1");
    }

    @Test
    void withoutCanariesAsManyAsMayBeInFlightAreDrainedAtOnce() {
        deploy(web(3).with("drain_seconds", 1));

        long task = deploy(
                web(3).update("canaries: 0, max_in_flight: 3, canary_watch_time: 10-20000, update_watch_time: 10-20000")
                        .with("port", 2));

        assertThat(firstFinish(task)).isGreaterThan(lastStart(task));
    }

    @Test
    void theRequestMayAskForOtherCanariesAndNumbersInFlight() {
        deploy(web(3).with("drain_seconds", 1));

        long task = director.deploy(web(3).with("port", 2).toString(), "?canaries=0&max_in_flight=100%25");
        director.done(task);

        assertThat(updated(task)).noneMatch(label -> label.contains("canary"));
        assertThat(firstFinish(task)).isGreaterThan(lastStart(task));
    }

    @Test
    void recreateTouchesAllInstances() {
        deploy(web(2));
        Map<String, JsonNode> before = director.instances("d");

        director.done(director.deploy(web(2).toString(), "?recreate=true"));

        director.instances("d")
                .forEach((name, instance) -> assertThat(instance.path("vm_cid"))
                        .isNotEqualTo(before.get(name).path("vm_cid")));
    }

    @Test
    void recordsOfARunningInstanceAreRefreshedWithoutARestart() {
        deploy(web(1));
        Map<String, String> before = pids();

        deploy(web(2));

        JsonNode records = Director.JSON.readTree(file("web/0", "instance/dns/records.json"));
        List<String> keys = records.path("record_keys")
                .valueStream()
                .map(JsonNode::asString)
                .toList();
        assertThat(keys)
                .contains(
                        "id",
                        "num_id",
                        "instance_group",
                        "group_ids",
                        "az",
                        "az_id",
                        "network",
                        "network_id",
                        "deployment",
                        "ip",
                        "domain",
                        "agent_id",
                        "instance_index");
        assertThat(records.path("record_infos")
                        .valueStream()
                        .filter(info ->
                                info.get(keys.indexOf("deployment")).asString().equals("d"))
                        .map(info -> info.get(keys.indexOf("instance_index")).asInt()))
                .containsExactlyInAnyOrder(0, 1);
        assertThat(pids()).containsEntry("web/0", before.get("web/0"));
    }

    @Test
    void anErrandGroupHasNoMachineBetweenItsRuns() {
        deploy(web(1).errandExits(0));
        assertThat(director.instances("d").get("smoke/0").path("vm_cid").isNull())
                .isTrue();

        long task = director.post("/deployments/d/errands/smoke/runs", "{}");
        director.done(task);

        assertThat(Director.JSON
                        .readTree(director.lines(task, "result").get(0))
                        .path("stdout")
                        .asString())
                .isEqualTo("smoke test on smoke/0\n");
        assertThat(director.instances("d").get("smoke/0").path("vm_cid").isNull())
                .isTrue();
        director.done(director.post("/deployments/d/errands/smoke/runs", "{\"keep-alive\": true}"));
        assertThat(director.instances("d").get("smoke/0").path("vm_cid").isNull())
                .isFalse();
    }

    @Test
    void anErrandsMachineThatWasKeptAliveIsUpdatedByEachDeployAndByEachRun() {
        deploy(web(1).errandExits(0));
        assertThat(updated(deploy(web(1).errandExits(0)))).isEmpty();
        director.done(director.post("/deployments/d/errands/smoke/runs", "{\"keep-alive\": true}"));
        String machine = director.instances("d").get("smoke/0").path("vm_cid").asString();

        assertThat(updated(deploy(web(1).errandExits(0))))
                .singleElement()
                .asString()
                .startsWith("smoke/");
        long run = director.post("/deployments/d/errands/smoke/runs", "{\"keep-alive\": true}");
        director.done(run);

        assertThat(updated(run)).hasSize(1);
        assertThat(director.instances("d").get("smoke/0").path("vm_cid").asString())
                .isEqualTo(machine);
        long scan = director.post("/deployments/d/scans", "");
        director.done(scan);
        assertThat(director.events(scan).get(0).path("stage").asString()).isEqualTo("Scanning 1 VMs");
    }

    @Test
    void aChangeOfAGroupThatDoesNotExistDeploysAgainAndChangesNothing() {
        deploy(web(1));
        Map<String, String> before = pids();

        long task = director.change("/deployments/d/jobs/nope?state=restart");

        assertThat(director.done(task).path("description").asString()).isEqualTo("create deployment");
        assertThat(updated(task)).isEmpty();
        assertThat(pids()).isEqualTo(before);
    }

    @Test
    void anErrandsLogsCanBeFetched() {
        deploy(web(1).errandExits(3));
        long task = director.post("/deployments/d/errands/smoke/runs", "{}");
        assertThat(director.done(task).path("result").asString()).isEqualTo("0 succeeded, 1 errored, 0 canceled");

        String blob = Director.JSON
                .readTree(director.lines(task, "result").get(0))
                .path("logs")
                .path("blobstore_id")
                .asString();

        assertThat(director.get("/resources/" + blob).statusCode()).isEqualTo(200);
        assertThat(director.get("/resources/nothing").statusCode()).isEqualTo(404);
    }

    @Test
    void aCancelledTaskKillsADrainThatRuns() {
        deploy(web(1).with("drain_seconds", 60));
        long task = director.deploy(web(1).with("port", 2).toString());
        awaitDrain(task);

        assertThat(director.send("DELETE", "/task/" + task, "", Map.of()).statusCode())
                .isEqualTo(204);

        assertThat(director.await(task).path("state").asString()).isEqualTo("cancelled");
        deployed(director.deploy(web(1).with("port", 3).toString(), "?skip_drain=%2A"));
        assertThat(director.instances("d").get("web/0").path("job_state").asString())
                .isEqualTo("running");
    }

    @Test
    void aNewReleaseVersionRestartsOnlyInstancesWhoseJobsChanged() throws IOException {
        String manifest = web(2).toString().replace("version: \"1\"", "version: latest");
        Path version = RELEASE.resolve("VERSION");
        Path template = RELEASE.resolve("jobs/web/templates/conf.yml.erb");
        String before = Files.readString(template);
        try {
            deployed(director.deploy(manifest));
            Map<String, String> running = pids();

            Files.writeString(version, "2\n");
            deployed(director.deploy(manifest));
            assertThat(pids()).isEqualTo(running);
            assertThat(director.json("/deployments")
                            .get(0)
                            .path("releases")
                            .get(0)
                            .path("version")
                            .asString())
                    .isEqualTo("2");

            Files.writeString(template, before + "<%= spec.bootstrap ? '' : 'changed: true' %>\n");
            Files.writeString(version, "3\n");
            deployed(director.deploy(manifest));
            assertThat(pids().get("web/1")).isNotEqualTo(running.get("web/1"));

            Files.writeString(RELEASE.resolve("REPLACES"), "1\n2\n");
            assertThat(director.await(
                                    director.deploy(manifest.replace("demo, version: latest", "demo, version: \"2\"")))
                            .path("state")
                            .asString())
                    .as("what deployments of a replaced version need is what the directory has now")
                    .isEqualTo("done");
            assertThat(director.await(
                                    director.deploy(manifest.replace("demo, version: latest", "demo, version: \"4\"")))
                            .path("state")
                            .asString())
                    .isEqualTo("error");
        } finally {
            Files.deleteIfExists(RELEASE.resolve("REPLACES"));
            Files.writeString(template, before);
            Files.writeString(version, "1\n");
        }
    }

    @Test
    void groupsThatAreNotSerialAreUpdatedTogether() {
        String one = web(1).with("start_seconds", 1)
                .update("canaries: 1, max_in_flight: 1, serial: false, canary_watch_time: 10-20000, update_watch_time:"
                        + " 10-20000")
                .toString()
                // With two providers a consumer would have to say which.
                .replace("release: demo,", "release: demo, consumes: {peer: nil},");
        String two = one + one.substring(one.indexOf("- name: web")).replace("- name: web\n", "- name: other\n");

        long task = deployed(director.deploy(two));

        assertThat(firstFinish(task)).isGreaterThan(lastStart(task));
        assertThat(director.instances("d")).containsOnlyKeys("web/0", "other/0");
    }

    @Test
    void anInstanceThatIsScaledAwayIsToldSo() throws IOException {
        deploy(web(2));
        String disk = director.instances("d").get("web/1").path("disk_cid").asString();

        deploy(web(1));

        assertThat(Files.readAllLines(state().resolve("disks").resolve(disk).resolve("history")))
                .contains("pre-stop port=8080 vm=delete instance=delete deployment=keep")
                .anyMatch(line -> line.startsWith("drain port=8080 job_shutdown"));
    }

    @Test
    void aDeadMachineIsRebootedDeletedOrForgottenAsTheOperatorChooses() throws IOException {
        deploy(web(1));
        for (String resolution : List.of("reboot_vm", "recreate_vm_without_wait", "delete_vm", "delete_vm_reference")) {
            deploy(web(1));
            killMachine("d", "web/0");
            director.done(director.post("/deployments/d/scans", ""));
            String problem =
                    director.json("/deployments/d/problems").get(0).path("id").asString();

            director.done(Director.task(director.send(
                    "PUT",
                    "/deployments/d/problems",
                    "{\"resolutions\": {\"" + problem + "\": \"" + resolution + "\"}}",
                    Map.of("Content-Type", "application/json"))));

            JsonNode instance = director.instances("d").get("web/0");
            assertThat(instance.path("vm_cid").isNull()).as(resolution).isEqualTo(resolution.startsWith("delete"));
            assertThat(instance.path("disk_cid").isNull()).as(resolution).isFalse();
        }
    }

    @Test
    void aForcedDeletionGoesOnPastScriptsThatFail() {
        deploy(web(1).with("drain", "nonsense"));

        long task = Director.task(director.send("DELETE", "/deployments/d", "", Map.of()));
        assertThat(director.await(task).path("state").asString()).isEqualTo("error");
        deployed(Director.task(director.send("DELETE", "/deployments/d?force=true", "", Map.of())));

        assertThat(director.get("/deployments/d").statusCode()).isEqualTo(404);
    }

    @Test
    void aDrainThatAsksAgainAndAgainEndsWithItsTask() {
        deploy(web(1).with("drain", "-1 -1"));
        long task = director.deploy(web(1).with("port", 2).toString());
        awaitDrain(task);

        director.send("DELETE", "/task/" + task, "", Map.of());

        assertThat(director.await(task).path("state").asString()).isEqualTo("cancelled");
        deployed(director.deploy(web(1).with("port", 3).toString(), "?skip_drain=web"));
    }

    @Test
    void theQueryOfADeployChangesNoState() {
        deploy(web(1));

        deployed(director.deploy(web(1).toString(), "?group=%2A&state=detached"));

        assertThat(director.instances("d").get("web/0").path("job_state").asString())
                .isEqualTo("running");
    }

    @Test
    void latestAndItsNumberAreTheSameStemcell() {
        deploy(web(1));
        Map<String, String> before = pids();

        deployed(director.deploy(web(1).toString().replace("version: latest", "version: \"1\"")));

        assertThat(pids()).isEqualTo(before);
        assertThat(director.instances("d")
                        .get("web/0")
                        .path("stemcell")
                        .path("version")
                        .asString())
                .isEqualTo("1");
    }

    @Test
    void aProblemThatIsNoneAnyMoreIsLeftAlone() throws IOException {
        deploy(web(1));
        killMachine("d", "web/0");
        director.done(director.post("/deployments/d/scans", ""));
        String problem =
                director.json("/deployments/d/problems").get(0).path("id").asString();
        deploy(web(1));
        Map<String, String> healed = pids();

        director.done(Director.task(director.send(
                "PUT",
                "/deployments/d/problems",
                "{\"resolutions\": {\"" + problem + "\": \"delete_vm\"}}",
                Map.of("Content-Type", "application/json"))));

        assertThat(pids()).isEqualTo(healed);
        assertThat(director.json("/deployments/d/problems").size()).isZero();
    }

    @Test
    void anErrandThatIsCancelledLeavesNoMachine() {
        deploy(web(1).errandTakes(60));
        long task = director.post("/deployments/d/errands/smoke/runs", "{}");
        Director.until(
                "the errand runs",
                () -> director.events(task).stream()
                        .anyMatch(event -> event.path("stage").asString("").equals("Running errand")));

        director.send("DELETE", "/task/" + task, "", Map.of());

        assertThat(director.await(task).path("state").asString()).isEqualTo("cancelled");
        assertThat(director.instances("d").get("smoke/0").path("vm_cid").isNull())
                .isTrue();
    }

    @Test
    void whatTheDirectorDidStandsInItsEvents() {
        deploy(web(1));
        director.await(director.deploy(web(1).with("pre_start_exit", 1).toString()));

        JsonNode events = director.json("/events?deployment=d&object_type=instance");

        assertThat(events.findValuesAsString("action")).contains("create", "update");
        assertThat(events.get(0).path("error").asString()).contains("pre-start scripts failed");
        assertThat(events.get(0).path("parent_id").asString())
                .isEqualTo(events.get(1).path("id").asString());
        assertThat(director.json("/events?before_id=" + events.get(0).path("id").asString())
                        .findValuesAsString("id"))
                .doesNotContain(events.get(0).path("id").asString());
    }

    @Test
    void theEventsOfADeploymentNameReleasesAndStemcellsBeforeAndAfter() {
        // No other test has one of this name, whose events would be here as well.
        Manifests told = Manifests.deployment("told");
        director.await(director.deploy(told.with("pre_start_exit", 1).toString()));
        deploy(told.with("pre_start_exit", 0));
        director.done(director.deploy(told.toString(), "?dry_run=true"));

        JsonNode events = director.json("/events?deployment=told&object_type=deployment");

        assertThat(events.findValuesAsString("action")).containsExactly("update", "update", "create", "create");
        JsonNode created = events.get(2);
        assertThat(created.path("error").asString()).contains("pre-start scripts failed");
        assertThat(created.path("context").toString())
                .isEqualTo("{\"before\":{},\"after\":{\"releases\":[\"demo/1\"],"
                        + "\"stemcells\":[\"minidirector-this-machine/1\"]}}");
        assertThat(created.path("parent_id").asString())
                .isEqualTo(events.get(3).path("id").asString());
        assertThat(events.get(0).path("context").path("before").path("releases").toString())
                .isEqualTo("[\"demo/1\"]");
        assertThat(events.get(0).has("error")).isFalse();
    }

    @Test
    void variablesAreMadeOnceUnderTheDirectorsNameAndListedWithoutTheirValues() {
        Manifests manifest =
                web(1).variables("[{name: adminpw, type: password}]").with("password", "((adminpw))");
        deploy(manifest);
        String first = file("web/0", "data/jobs/web/config/conf.yml");

        deploy(manifest.with("port", 2));

        assertThat(director.json("/deployments/d/variables").get(0).path("name").asString())
                .isEqualTo("/TestDirector/d/adminpw");
        String password = first.lines()
                .filter(line -> line.startsWith("password: "))
                .findFirst()
                .orElseThrow();
        assertThat(password.length()).isGreaterThan("password: ".length() + 10);
        assertThat(file("web/0", "data/jobs/web/config/conf.yml")).contains(password);
        assertThat(director.get("/deployments/d/variables").body()).doesNotContain(password.substring(10));
    }

    @Test
    void anIgnoredInstanceIsNeitherDeletedNorScaledAway() {
        deploy(web(2));
        director.send(
                "PUT",
                "/deployments/d/instance_groups/web/1/ignore",
                "{\"ignore\": true}",
                Map.of("Content-Type", "application/json"));

        for (long task : List.of(
                director.deploy(web(1).toString()),
                Director.task(director.send("DELETE", "/deployments/d", "", Map.of())))) {
            assertThat(director.error(task).path("code").asInt()).isEqualTo(190021);
        }
        assertThat(director.instances("d")).containsOnlyKeys("web/0", "web/1");
    }

    @Test
    void canariesAreOfTheFirstZoneOnly() {
        Manifests three = web(4).azs("z1, z2")
                .update("canaries: 3, max_in_flight: 1, canary_watch_time: 10-20000, update_watch_time: 10-20000");
        deploy(three);

        List<String> updated = updated(deploy(three.with("port", 2)));

        assertThat(updated.subList(0, 2)).allMatch(label -> label.endsWith("(canary)"));
        assertThat(updated.subList(2, 4)).noneMatch(label -> label.endsWith("(canary)"));
    }

    @Test
    void ofTheSurplusAsManyAreDeletedAtOnceAsMayBeInFlight() {
        Manifests two = web(3).with("drain_seconds", 1)
                .update("canaries: 0, max_in_flight: 2, canary_watch_time: 10-20000, update_watch_time: 10-20000");
        deploy(two);

        List<String> states = director.events(deploy(two.instances(1))).stream()
                .filter(event -> event.path("stage").asString("").equals("Deleting unneeded instances"))
                .map(event -> event.path("state").asString())
                .toList();

        assertThat(states).containsExactly("started", "started", "finished", "finished");
    }

    @Test
    void anInstanceWithAStaticAddressKeepsItWhenItsMachineWouldBeSwapped() {
        String manifest = web(1).update("vm_strategy: create-swap-delete, canaries: 1, max_in_flight: 1,"
                        + " canary_watch_time: 10-20000, update_watch_time: 10-20000")
                .toString()
                .replace("[{name: default}]", "[{name: default, static_ips: [127.61.1.33]}]");
        deployed(director.deploy(manifest));
        JsonNode before = director.instances("d").get("web/0");
        assertThat(before.path("ips").toString()).isEqualTo("[\"127.61.1.33\"]");

        deployed(director.deploy(manifest, "?recreate=true"));

        JsonNode after = director.instances("d").get("web/0");
        assertThat(after.path("ips")).isEqualTo(before.path("ips"));
        assertThat(after.path("vm_cid")).isNotEqualTo(before.path("vm_cid"));
        assertThat(director.json("/orphaned_vms").findValuesAsString("cid"))
                .doesNotContain(before.path("vm_cid").asString());
    }

    @Test
    void aStaticAddressIsTheNetworksAndNobodyElsesAndAnotherOneIsAnotherMachine() {
        deploy(web(1));
        String taken = director.instances("d").get("web/0").path("ips").get(0).asString();
        String other = Manifests.deployment("e").toString();

        assertThat(staticAddress(other, taken)).isEqualTo(130008);
        assertThat(staticAddress(other, "127.99.1.1")).isEqualTo(130012);

        String before = director.instances("d").get("web/0").path("vm_cid").asString();
        deployed(director.deploy(
                web(1).toString().replace("[{name: default}]", "[{name: default, static_ips: [127.61.1.34]}]")));
        assertThat(director.instances("d").get("web/0").path("ips").get(0).asString())
                .isEqualTo("127.61.1.34");
        assertThat(director.instances("d").get("web/0").path("vm_cid").asString())
                .isNotEqualTo(before);
    }

    private int staticAddress(String manifest, String address) {
        long task = director.deploy(
                manifest.replace("[{name: default}]", "[{name: default, static_ips: [" + address + "]}]"));
        return director.error(task).path("code").asInt();
    }

    @Test
    void aScaleInWhoseDrainAsksAgainAndAgainEndsWithItsTask() {
        deploy(web(2).with("drain", "-1 -1"));
        long task = director.deploy(web(1).with("drain", "-1 -1").toString());
        Director.until(
                "it deletes",
                () -> director.events(task).stream()
                        .anyMatch(event -> event.path("stage").asString("").equals("Deleting unneeded instances")));

        director.send("DELETE", "/task/" + task, "", Map.of());

        assertThat(director.await(task).path("state").asString()).isIn("cancelled", "done");
        deployed(director.deploy(web(1).with("port", 3).toString(), "?skip_drain=%2A"));
    }

    @Test
    void anErrandRunsOnTheInstancesThatAreNamed() {
        String manifest = web(2).alsoJob("{name: smoke, release: demo}").toString();
        deployed(director.deploy(manifest));
        String id = director.instances("d").get("web/1").path("id").asString();

        long first = director.post(
                "/deployments/d/errands/smoke/runs", "{\"instances\": [{\"group\": \"web\", \"id\": \"first\"}]}");
        director.done(first);
        assertThat(director.lines(first, "result")).singleElement().asString().contains(lowestId());
        assertThat(director.error(director.post(
                                "/deployments/d/errands/smoke/runs",
                                "{\"instances\": [{\"group\": \"web\"}, {\"group\": \"web\", \"id\": \"7\"}]}"))
                        .path("message")
                        .asString())
                .isEqualTo("No instances match selection criteria: [{\"group\"=>\"web\", \"id\"=>\"7\"}]");
        for (String instance : List.of("1", id)) {
            long task = director.post(
                    "/deployments/d/errands/smoke/runs",
                    "{\"instances\": [{\"group\": \"web\", \"id\": \"" + instance + "\"}]}");
            assertThat(director.done(task).path("result").asString()).isEqualTo("1 succeeded, 0 errored, 0 canceled");
            assertThat(director.lines(task, "result"))
                    .singleElement()
                    .asString()
                    .contains(id, "smoke test on web/1");
        }
        long all = director.post("/deployments/d/errands/smoke/runs", "{}");
        assertThat(director.done(all).path("result").asString()).isEqualTo("2 succeeded, 0 errored, 0 canceled");
    }

    private String lowestId() {
        return director.instances("d").values().stream()
                .map(instance -> instance.path("id").asString())
                .min(Comparator.naturalOrder())
                .orElseThrow();
    }

    @Test
    void anErrandThatRunsOnChangesOnlyRunsAgainAfterOne() {
        deploy(web(1).errandExits(0));
        String whenChanged = "{\"when-changed\": true}";

        assertThat(errand(whenChanged)).startsWith("1 succeeded");
        assertThat(errand(whenChanged)).isEqualTo("skipped - no changes detected");
        deploy(web(1).errandTakes(1));
        assertThat(errand(whenChanged)).startsWith("1 succeeded");
    }

    @Test
    void anErrandGroupThatIsCalledLikeItsJobIsAmbiguous() {
        deploy(web(1).errandExits(0));
        long task = director.post("/deployments/d/errands/smoke/runs", "{}");
        director.done(task);

        assertThat(director.events(task).stream()
                        .filter(event -> event.path("type").asString("").equals("warning"))
                        .map(event -> event.path("message").asString()))
                .singleElement()
                .asString()
                .startsWith("Ambiguous request: the requested errand name 'smoke' matches both");
    }

    private String errand(String body) {
        return director.done(director.post("/deployments/d/errands/smoke/runs", body))
                .path("result")
                .asString();
    }

    private static Manifests web(int instances) {
        return Manifests.deployment("d").instances(instances);
    }

    private long deploy(Manifests manifest) {
        return deployed(director.deploy(manifest.toString()));
    }

    private long deployed(long task) {
        director.done(task);
        return task;
    }

    /** Labels of the updated instances in the order in which they began. */
    private List<String> updated(long task) {
        return director.events(task).stream()
                .filter(event -> event.path("stage").asString("").equals("Updating instance")
                        && event.path("state").asString("").equals("started"))
                .map(event -> event.path("task").asString())
                .toList();
    }

    private int firstFinish(long task) {
        return position(task, "finished", true);
    }

    private int lastStart(long task) {
        return position(task, "started", false);
    }

    private int position(long task, String state, boolean first) {
        List<JsonNode> events = director.events(task);
        int found = -1;
        for (int i = 0; i < events.size(); i++) {
            if (events.get(i).path("stage").asString("").equals("Updating instance")
                    && events.get(i).path("state").asString("").equals(state)) {
                found = i;
                if (first) {
                    return found;
                }
            }
        }
        return found;
    }

    private void awaitDrain(long task) {
        Director.until(
                "its drain runs",
                () -> director.events(task).stream()
                        .anyMatch(event ->
                                event.path("data").path("status").asString("").equals("executing drain")));
    }

    private static String label(JsonNode instance) {
        return instance.path("job_name").asString() + "/" + instance.path("id").asString() + " ("
                + instance.path("index").asInt() + ")";
    }

    private Map<String, String> pids() {
        Map<String, String> pids = new TreeMap<>();
        director.instances("d").keySet().stream()
                .filter(name -> name.startsWith("web"))
                .forEach(name -> pids.put(name, process(machine("d", name), "web")));
        return pids;
    }

    private String file(String instance, String path) {
        try {
            String cid = director.instances("d").get(instance).path("vm_cid").asString();
            return Files.exists(state().resolve("machines")
                            .resolve(cid)
                            .resolve("vcap")
                            .resolve(path))
                    ? Files.readString(state().resolve("machines")
                            .resolve(cid)
                            .resolve("vcap")
                            .resolve(path))
                    : "";
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
