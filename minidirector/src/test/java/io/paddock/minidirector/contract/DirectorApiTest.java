package io.paddock.minidirector.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The director's REST contract where the recorded exchanges do not say it: reference/bosh-director.md, B. */
class DirectorApiTest extends DirectorTest {

    private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");
    private static final Map<String, String> YAML = Map.of("Content-Type", "text/yaml");

    @AfterEach
    void leaveNothing() {
        director.empty();
    }

    @Test
    void aStartedTaskIsARedirectToItsAddressOnTheHostOfTheRequest() {
        HttpResponse<String> answer = director.send("POST", "/deployments", web().toString(), YAML);

        assertThat(answer.statusCode()).isEqualTo(302);
        assertThat(answer.headers().firstValue("Location").orElseThrow())
                .matches("http://127\\.0\\.0\\.1:\\d+/tasks/\\d+");
        assertThat(director.get("/tasks/" + Director.task(answer)).statusCode()).isEqualTo(200);
    }

    @Test
    void behindAProxyATasksAddressIsTheOneThatTheClientAsked() {
        HttpResponse<String> answer = director.send(
                "POST",
                "/deployments",
                web().toString(),
                Map.of(
                        "Content-Type", "text/yaml",
                        "X-Forwarded-Proto", "https",
                        "X-Forwarded-Host", "director.example.com"));

        assertThat(answer.headers().firstValue("Location").orElseThrow())
                .matches("https://director\\.example\\.com/tasks/\\d+");
        director.done(Director.task(answer));
    }

    @Test
    void aListOfDeploymentsLeavesOutWhatItIsToldTo() {
        director.done(director.deploy(web().toString()));
        for (String field : List.of("configs", "releases", "stemcells", "lock")) {
            JsonNode shown =
                    director.json("/deployments?exclude_" + field + "=true").get(0);
            String name = field.equals("configs") ? "cloud_config" : field.equals("lock") ? "locked" : field;

            assertThat(shown.has(name)).as(field).isFalse();
            assertThat(shown.size()).as(field).isEqualTo(5);
        }
    }

    @Test
    void withoutACloudConfigADeploymentSaysSo() {
        director.done(director.deploy(web().toString()));

        director.send("DELETE", "/configs?type=cloud&name=default", "", Map.of());

        assertThat(director.json("/deployments").get(0).path("cloud_config").asString())
                .isEqualTo("none");
    }

    @Test
    void aDeployTakesTheCloudConfigsThatItsContextNames() {
        String before = director.json("/configs?type=cloud&latest=true")
                .get(0)
                .path("id")
                .asString();
        config("cloud", "default", "azs: []\n", "");
        String context = java.net.URLEncoder.encode(
                "{\"cloud_config_ids\": [" + before + "], \"runtime_config_ids\": []}",
                java.nio.charset.StandardCharsets.UTF_8);

        director.done(director.deploy(web().toString(), "?context=" + context));

        assertThat(director.json("/deployments").get(0).path("cloud_config").asString())
                .isEqualTo("outdated");
        JsonNode used =
                director.json("/deployment_configs?deployment[]=d").get(0).path("config");
        assertThat(used.path("id").asString()).isEqualTo(before);
        director.done(director.change("/deployments/d/jobs/web?state=restart"));
        assertThat(director.await(director.deploy(web().toString()))
                        .path("state")
                        .asString())
                .isEqualTo("error");
    }

    @Test
    void aContextIsNotKeptForReadingsScansAndUploads() {
        director.done(director.deploy(web().toString()));

        contextual("POST", "/deployments/d/scans", "", Map.of(), "scan");
        contextual("GET", "/deployments/d/vms?format=full", "", Map.of(), "vms");
        contextual("POST", "/releases", "x", Map.of("Content-Type", "application/x-compressed"), "upload");

        for (String context : List.of("scan", "vms", "upload")) {
            assertThat(director.json("/tasks?verbose=2&context_id=ctx-" + context + "-" + System.identityHashCode(this))
                            .size())
                    .isZero();
        }
    }

    @Test
    void theResurrectionOfASingleInstanceIsGone() {
        director.done(director.deploy(web().toString()));

        assertThat(director.send("PUT", "/deployments/d/jobs/web/0/resurrection", "{}", JSON)
                        .statusCode())
                .isEqualTo(410);
    }

    @Test
    void twoConfigsAreComparedByIdAndByContent() {
        String id = config("cloud", "compared", "vm_extensions: []\n", "")
                .path("id")
                .asString();

        JsonNode diff = Director.JSON.readTree(director.send(
                        "POST",
                        "/configs/diff",
                        "{\"from\": {\"id\": \"" + id + "\"}, \"to\": {\"content\": \"vm_extensions: [{name: a}]\"}}",
                        JSON)
                .body());

        assertThat(diff.path("diff").toString()).contains("[\"- name: a\",\"added\"]");
    }

    @Test
    void aLimitOfConfigsIsOneForEachOfThem() {
        config("listed", "one", "a: 1\n", "");
        config("listed", "one", "a: 2\n", "");
        config("listed", "other", "a: 1\n", "");

        assertThat(director.json("/configs?type=listed&limit=1&latest=true").findValuesAsString("name"))
                .containsExactly("one", "other");
        assertThat(director.json("/configs?type=listed&limit=2&latest=false").findValuesAsString("content"))
                .containsExactly("a: 2\n", "a: 1\n", "a: 1\n");
        assertThat(director.json("/configs?type=listed&name=one&latest=false").size())
                .isEqualTo(2);
    }

    @Test
    void aClientThatComparesConfigsSendsBothKeysOfEachSide() {
        String id = config("cloud", "compared", "vm_extensions: [{name: a, cloud_properties: {true: 2}}]\n", "")
                .path("id")
                .asString();

        JsonNode diff =
                diff("{\"from\": {\"id\": \"" + id + "\", \"content\": \"\"}, \"to\": {\"id\": \"\", \"content\":"
                        + " \"vm_extensions: [{name: a, cloud_properties: {y: 2}}]\"}}");

        // A key that YAML 1.1 takes for a boolean is one; the letter alone is a text, which is quoted.
        assertThat(diff.path("diff").toString())
                .contains("[\"    true: 2\",\"removed\"]", "[\"    \\\"y\\\": 2\",\"added\"]");
        assertThat(diff("{\"from\": {\"id\": \"\"}, \"to\": {\"id\": \"1\"}}").toString())
                .contains("440010", "The following request formats are allowed");
        assertThat(diff("{\"from\": {\"id\": \"" + id + "\"}, \"to\": {\"content\": \"- a\"}}")
                        .toString())
                .contains(
                        "\"diff\":[]",
                        "Unable to diff config content: #<Bosh::Director::BadConfig: YAML hash expected>");
    }

    private JsonNode diff(String request) {
        return Director.JSON.readTree(
                director.send("POST", "/configs/diff", request, JSON).body());
    }

    @Test
    void runtimeConfigsHaveAnOlderRouteWhereVersionsBecomeText() {
        String config = "releases: [{name: demo, version: 1}]\ntags: {team: x}\n";
        assertThat(director.get("/runtime_configs?limit=1&name=").body()).isEqualTo("[]");

        assertThat(yaml("/runtime_configs?name=", config).statusCode()).isEqualTo(201);

        JsonNode found = director.json("/runtime_configs?limit=1&name=");
        assertThat(found.get(0).path("properties").asString())
                .startsWith("---\n")
                .contains("version: '1'", "team: x");
        assertThat(director.json("/configs?type=runtime").get(0).path("name").asString())
                .isEqualTo("default");
        assertThat(yaml("/runtime_configs/diff?name=", config + "addons: []\n").body())
                .contains("[\"addons: []\",\"added\"]");
        assertThat(director.json("/events?object_type=runtime-config")
                        .get(0)
                        .path("object_name")
                        .asString())
                .isEqualTo("default");
    }

    @Test
    void cpiConfigsHaveAnOlderRouteAndNameTheirCpis() {
        assertThat(director.get("/cpi_configs?limit=1").body()).isEqualTo("[]");

        assertThat(yaml("/cpi_configs", "cpis: [{name: a, type: b}]\n").statusCode())
                .isEqualTo(201);
        assertThat(yaml("/cpi_configs", "clouds: []\n").body())
                .contains("40001", "Required property 'cpis' was not specified in object ({\\\"clouds\\\"=>[]})");

        assertThat(director.json("/cpi_configs?limit=1")
                        .get(0)
                        .path("properties")
                        .asString())
                .contains("name: a");
        JsonNode refused = director.json("/events?object_type=cpi-config").get(0);
        assertThat(refused.path("error").asString()).startsWith("Required property 'cpis'");
        assertThat(refused.has("object_name")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"cloud", "runtime", "cpi"})
    void theOlderRoutesOfConfigsWantALimit(String type) {
        assertThat(director.get("/" + type + "_configs").body()).isEqualTo("limit is required");
        assertThat(director.get("/" + type + "_configs?limit=x").body())
                .isEqualTo("limit is invalid: 'x' is not an integer");
        assertThat(yaml("/" + type + "_configs", "- a").body()).contains("440001", "Manifest should be a hash");
    }

    private HttpResponse<String> yaml(String path, String content) {
        return director.send("POST", path, content, Map.of("Content-Type", "text/yaml"));
    }

    @Test
    void thereAreNoNetworksOfTheDirectorsOwnAndNoDynamicDisks() {
        assertThat(director.get("/networks?orphaned=true").body()).isEqualTo("[]");
        assertThat(director.get("/networks").statusCode()).isEqualTo(500);
        assertThat(director.get("/networks").body()).isEqualTo("listing active networks is not implemented");
        assertThat(director.send("DELETE", "/networks/none", "", Map.of()).body())
                .contains("16012", "Deleting non-existing network none");
        assertThat(director.get("/dynamic_disks").body()).isEqualTo("[]");
    }

    @Test
    void ofZeroTasksOneIsShown() {
        director.done(director.deploy(web().toString()));

        assertThat(director.json("/tasks?limit=0").size()).isEqualTo(1);
        assertThat(director.json("/tasks?limit=abc").size()).isEqualTo(1);
    }

    @Test
    void tasksThatAreCancelledAtOnceAreChosenByStateTypeAndDeployment() {
        long first = director.deploy(web().with("start_seconds", 60).toString());
        long second = director.deploy(
                Manifests.deployment("e").with("start_seconds", 3).toString());
        director.await(first, "processing");
        director.await(second, "processing");

        director.send("POST", "/tasks/cancel", "{}", JSON);
        director.send("POST", "/tasks/cancel", "{\"states\": [\"processing\"], \"types\": [\"run_errand\"]}", JSON);
        assertThat(director.json("/tasks?state=cancelling").size()).isZero();
        director.send(
                "POST",
                "/tasks/cancel",
                "{\"states\": [\"processing\"], \"types\": [\"update_deployment\"], \"deployment\": \"e\"}",
                JSON);

        assertThat(director.await(second).path("state").asString()).isEqualTo("cancelled");
        assertThat(director.json("/tasks/" + first).path("state").asString()).isEqualTo("processing");
        // A pre-start script is not killed by a cancellation.
        Director.until("the script is killed", DirectorApiTest::killsPreStart);
        director.await(first);
    }

    @Test
    void eventsAreFilteredByWhoDidWhatToWhatAndWhen() {
        long task = director.deploy(web().toString());
        director.done(task);
        long time = director.json("/events?deployment=d&object_type=deployment")
                .get(0)
                .path("timestamp")
                .asLong();
        String instance = director.json("/events?deployment=d&object_type=instance")
                .get(0)
                .path("instance")
                .asString();

        assertThat(director.json("/events?deployment=d&instance=" + instance).findValuesAsString("instance"))
                .isNotEmpty()
                .containsOnly(instance);
        assertThat(director.json(
                                "/events?deployment=d&object_type=deployment&object_name=d&action=create&user=test&task="
                                        + task)
                        .size())
                .isEqualTo(2);
        assertThat(director.json("/events?user=nobody").size()).isZero();
        assertThat(director.json("/events?deployment=d&after_time=" + (time + 60))
                        .size())
                .isZero();
        assertThat(director.json("/events?deployment=d&after_time=" + (time - 60))
                        .size())
                .isPositive();
        assertThat(director.json("/events?deployment=d&before_time=" + (time + 60))
                        .size())
                .isPositive();
        assertThat(director.get("/events?after_time=soon").statusCode()).isEqualTo(400);
        assertThat(director.get("/events?after_time=soon").body()).contains("Invalid after parameter: 'soon'");
    }

    @Test
    void twoHundredEventsAreAPage() {
        for (int i = 0; i < 201; i++) {
            director.send(
                    "POST",
                    "/events",
                    "{\"action\": \"count\", \"object_type\": \"thing\", \"object_name\": \"" + i + "\"}",
                    JSON);
        }

        JsonNode page = director.json("/events?action=count");

        assertThat(page.size()).isEqualTo(200);
        assertThat(page.get(0).path("object_name").asString()).isEqualTo("200");
        assertThat(director.json("/events?action=count&before_id="
                                + page.get(199).path("id").asString())
                        .size())
                .isEqualTo(1);
    }

    @Test
    void anInstanceThatShouldHaveAMachineSaysSo() {
        director.done(director.deploy(web().errandExits(0).toString()));
        director.done(Director.task(director.send(
                "DELETE",
                "/vms/" + director.instances("d").get("web/0").path("vm_cid").asString(),
                "",
                Map.of())));

        assertThat(expectsVm("web")).isTrue();
        assertThat(expectsVm("smoke")).isFalse();
        director.done(director.change("/deployments/d/jobs/web?state=detached"));
        assertThat(expectsVm("web")).isFalse();
    }

    private boolean expectsVm(String group) {
        return director.json("/deployments/d/instances")
                .valueStream()
                .filter(instance -> instance.path("job").asString().equals(group))
                .findFirst()
                .orElseThrow()
                .path("expects_vm")
                .asBoolean();
    }

    /** Whether there was one to be killed. */
    private static boolean killsPreStart() {
        return ProcessHandle.current()
                .descendants()
                .filter(process -> process.info()
                        .commandLine()
                        .filter(line -> line.equals("sleep 60") || line.endsWith("/sleep 60"))
                        .isPresent())
                .filter(process -> process.parent()
                        .flatMap(parent -> parent.info().commandLine())
                        .filter(line -> line.contains("/var/vcap/jobs/web/bin/pre-start"))
                        .isPresent())
                .anyMatch(ProcessHandle::destroyForcibly);
    }

    @ParameterizedTest
    @CsvSource({
        "/info, application/json",
        "/tasks, application/json",
        "/locks, application/json",
        "/events, application/json",
        "/orphan_disks, application/json",
        "/orphaned_vms, application/json",
        "/releases/demo, application/json",
        "/deployments, text/html",
        "/configs, text/html",
        "/releases, text/html",
        "/stemcells, text/html",
        "/resurrection, text/html"
    })
    void mostJsonCallsItselfHtml(String path, String type) {
        assertThat(director.get(path).headers().firstValue("Content-Type").orElseThrow())
                .startsWith(type);
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /deployments, application/json",
        "POST, /deployments/d/diff, application/json",
        "PUT, /deployments/d/jobs/web, application/json",
        "POST, /configs, text/yaml",
        "POST, /deployments/d/errands/smoke/runs, text/yaml",
        "PUT, /resurrection, text/yaml"
    })
    void anotherContentTypeIsAnotherRoute(String method, String path, String type) {
        HttpResponse<String> answer = director.send(method, path, "{}", Map.of("Content-Type", type));

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.body()).isEqualTo("Endpoint '" + path + "' not found.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/tasks?state=%ff", "/tasks?&&&=&", "/info?a=%ff"})
    void aQueryThatCannotBeReadIsRefused(String path) {
        assertThat(director.get(path).statusCode()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/deployments", "/tasks", "/configs", "/locks", "/events", "/stemcells", "/releases"})
    void withoutCredentialsEveryRouteIs401WithAChallenge(String path) {
        HttpResponse<String> answer = director.send("GET", path, "", Map.of("Authorization", "none"));

        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.body()).startsWith("Not authorized: '" + path + "'");
        assertThat(answer.headers().firstValue("WWW-Authenticate")).hasValue("Basic realm=\"BOSH Director\"");
        assertThat(director.get(path).headers().firstValue("WWW-Authenticate")).isPresent();
    }

    @Test
    void aContextFindsItsTaskForDeployStateChangeActionErrandAndDelete() {
        director.done(contextual("POST", "/deployments", web().errandExits(0).toString(), YAML, "deploy"));
        director.done(contextual("PUT", "/deployments/d/jobs/web?state=restart", "", YAML, "state"));
        String id = director.instances("d").get("web/0").path("id").asString();
        director.done(contextual(
                "POST", "/deployments/d/instance_groups/web/" + id + "/actions/restart", "", JSON, "action"));
        director.done(contextual("POST", "/deployments/d/errands/smoke/runs", "{}", JSON, "errand"));
        director.done(contextual("DELETE", "/deployments/d", "", Map.of(), "delete"));

        for (String context : List.of("deploy", "state", "action", "errand", "delete")) {
            JsonNode found = director.json("/tasks?context_id=ctx-" + context + "-" + System.identityHashCode(this));
            assertThat(found.size()).as(context).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /deployments, text/yaml",
        "DELETE, /deployments/d, text/yaml",
        "PUT, /deployments/d/jobs/web?state=restart, text/yaml",
        "POST, /deployments/d/instance_groups/web/0/actions/restart, application/json",
        "POST, /deployments/d/errands/smoke/runs, application/json"
    })
    void aContextOf65CharactersIsRefused(String method, String path, String type) {
        director.done(director.deploy(web().toString()));
        int tasks = director.json("/tasks").size();

        HttpResponse<String> answer = director.send(
                method,
                path,
                type.equals("text/yaml") ? web().toString() : "{}",
                Map.of("Content-Type", type, "X-Bosh-Context-Id", "x".repeat(65)));

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(Director.JSON.readTree(answer.body()).path("code").asInt()).isEqualTo(70010);
        assertThat(director.json("/tasks").size()).isEqualTo(tasks);
    }

    @Test
    void outputIsReadByRange() {
        long task = director.deploy(web().toString());
        director.done(task);
        String whole = director.get(output(task, "event")).body();
        int length = whole.length();

        HttpResponse<String> part = range(task, "event", "bytes=10-19");
        HttpResponse<String> rest = range(task, "event", "bytes=100-");
        HttpResponse<String> beyond = range(task, "event", "bytes=" + length + "-");
        HttpResponse<String> several = range(task, "event", "bytes=0-9,20-29");

        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body()).isEqualTo(whole.substring(10, 20));
        assertThat(part.headers().firstValue("Content-Range")).hasValue("bytes 10-19/" + length);
        assertThat(rest.body()).isEqualTo(whole.substring(100));
        assertThat(rest.headers().firstValue("Content-Range")).hasValue("bytes 100-" + (length - 1) + "/" + length);
        assertThat(beyond.statusCode()).isEqualTo(416);
        assertThat(beyond.headers().firstValue("Content-Range")).hasValue("bytes */" + length);
        assertThat(several.statusCode()).isEqualTo(200);
        assertThat(several.body()).isEqualTo(whole);
    }

    @Test
    void anEmptyOutputIs200WithOrWithoutARange() {
        long task = director.deploy(web().toString());
        director.done(task);

        assertThat(director.get(output(task, "result")).statusCode()).isEqualTo(200);
        assertThat(range(task, "result", "bytes=0-").statusCode()).isEqualTo(200);
        assertThat(range(task, "result", "bytes=0-").body()).isEmpty();
    }

    @Test
    void outputsHaveTheTypesOfTheDirectorAndNoOthers() {
        long task = director.deploy(web().toString());
        director.done(task);

        assertThat(director.get(output(task, "none")).statusCode()).isEqualTo(204);
        assertThat(director.get("/tasks/" + task + "/output").statusCode()).isEqualTo(200);
        assertThat(director.get(output(task, "debug"))
                        .headers()
                        .firstValue("Content-Type")
                        .orElse(""))
                .startsWith("text/plain");
        assertThat(director.get(output(task, "nonsense")).statusCode()).isEqualTo(401);
        assertThat(director.get("/tasks/99999/output?type=event").statusCode()).isEqualTo(404);
    }

    @Test
    void tasksAreFilteredByStateDeploymentContextAndNumber() {
        director.done(director.deploy(web().toString()));
        director.done(director.deploy(Manifests.deployment("e").toString()));

        assertThat(director.json("/tasks?deployment=d").findValuesAsString("deployment"))
                .isNotEmpty()
                .containsOnly("d");
        assertThat(director.json("/tasks?state=queued,processing,cancelling").size())
                .isZero();
        assertThat(director.json("/tasks?limit=1").size()).isEqualTo(1);
        assertThat(director.json("/tasks?limit=1").get(0).path("deployment").asString())
                .as("newest first")
                .isEqualTo("e");
        assertThat(director.json("/tasks?context_id=nobody").size()).isZero();
    }

    @Test
    void readingsAreListedOnlyWhenEverythingIsAskedFor() {
        director.done(director.deploy(web().toString()));
        director.instances("d");

        assertThat(descriptions("/tasks?deployment=d")).doesNotContain("retrieve vm-stats");
        assertThat(descriptions("/tasks?deployment=d&verbose=2")).contains("retrieve vm-stats");
    }

    @Test
    void threeDeploysRunTheOthersWaitAndReadingsDoNot() {
        List<Long> tasks = new ArrayList<>();
        for (int i = 1; i <= 4; i++) {
            tasks.add(director.deploy(
                    Manifests.deployment("w" + i).with("start_seconds", 3).toString()));
        }
        director.await(tasks.get(2), "processing");

        assertThat(director.json("/tasks/" + tasks.get(3)).path("state").asString())
                .isEqualTo("queued");
        // A reading has a worker of its own, so it ends while the fourth deploy still waits.
        director.instances("w1");
        assertThat(director.json("/tasks/" + tasks.get(3)).path("state").asString())
                .isEqualTo("queued");
        tasks.forEach(director::done);
    }

    @Test
    void aQueuedTaskIsCancelledWhenAWorkerTakesItUpAndManyAreCancelledAtOnce() {
        List<Long> tasks = new ArrayList<>();
        for (int i = 1; i <= 5; i++) {
            tasks.add(director.deploy(
                    Manifests.deployment("w" + i).with("start_seconds", 3).toString()));
        }
        director.await(tasks.get(2), "processing");

        HttpResponse<String> answer = director.send("POST", "/tasks/cancel", "{}", JSON);

        assertThat(answer.statusCode()).isEqualTo(204);
        assertThat(director.json("/tasks/" + tasks.get(3)).path("state").asString())
                .isEqualTo("cancelling");
        for (int i = 0; i < 3; i++) {
            director.done(tasks.get(i));
        }
        for (int i = 3; i < 5; i++) {
            JsonNode cancelled = director.await(tasks.get(i));
            assertThat(cancelled.path("state").asString()).isEqualTo("cancelled");
            assertThat(cancelled.path("result").asString()).isEqualTo("task cancelled");
            assertThat(cancelled.path("started_at").isNull()).isTrue();
        }
    }

    @Test
    void aRunningTaskHoldsALockThatIsListed() {
        long task = director.deploy(web().with("start_seconds", 1).toString());
        director.await(task, "processing");
        Director.until("a lock is held", () -> director.json("/locks").size() > 0);

        JsonNode lock = director.json("/locks").get(0);

        assertThat(lock.path("type").asString()).isEqualTo("deployment");
        assertThat(lock.path("resource").get(0).asString()).isEqualTo("d");
        assertThat(lock.path("task_id").asString()).isEqualTo(Long.toString(task));
        assertThat(lock.path("timeout").asString()).matches("\\d+\\.\\d+");
        assertThat(director.json("/deployments").get(0).path("locked").asBoolean())
                .isTrue();
        director.done(task);
        assertThat(director.json("/locks").size()).isZero();
    }

    @Test
    void theManifestIsGivenBackAsItWasSent() {
        String manifest = "# a comment\n" + web();
        director.done(director.deploy(manifest));

        assertThat(director.json("/deployments/d").path("manifest").asString()).isEqualTo(manifest);
    }

    @Test
    void aFirstDeployIsListedBeforeItsTaskAndHasNoManifestUntilItGotThrough() {
        long task = director.deploy(web().with("pre_start_exit", 1).toString());

        assertThat(director.json("/deployments").findValuesAsString("name")).contains("d");
        director.await(task);
        assertThat(director.json("/deployments/d").path("manifest").isNull()).isTrue();
    }

    @Test
    void aDeploymentSaysWhenItsCloudConfigIsOutdated() {
        director.done(director.deploy(web().toString()));
        assertThat(director.json("/deployments").get(0).path("cloud_config").asString())
                .isEqualTo("latest");

        config("cloud", "default", CLOUD_CONFIG + "another_key: true\n", "");

        assertThat(director.json("/deployments").get(0).path("cloud_config").asString())
                .isEqualTo("outdated");
    }

    @Test
    void aConfigOfTheSameContentKeepsItsIdAndAnotherOneGetsANewOne() {
        long first =
                config("cloud", "extra", "vm_extensions: []\n", "").path("id").asLong();

        assertThat(config("cloud", "extra", "vm_extensions: []\n", "")
                        .path("id")
                        .asLong())
                .isEqualTo(first);
        assertThat(config("cloud", "extra", "vm_extensions: [{name: a}]\n", "")
                        .path("id")
                        .asLong())
                .isGreaterThan(first);
        assertThat(director.json("/configs?type=cloud&name=extra&latest=true").size())
                .isEqualTo(1);
        assertThat(director.json("/configs?type=cloud&name=extra&latest=false&limit=5")
                        .size())
                .isEqualTo(2);
    }

    @Test
    void aConfigIsOnlyReplacedIfItIsTheExpectedOne() {
        String id = config("cloud", "locked", "vm_extensions: []\n", ", \"expected_latest_id\": \"0\"")
                .path("id")
                .asString();

        JsonNode missed = config("cloud", "locked", "azs: []\n", ", \"expected_latest_id\": \"0\"");
        assertThat(missed.path("latest_id").asString()).isEqualTo(id);
        assertThat(missed.path("expected_latest_id").asString()).isEqualTo("0");
        assertThat(config("cloud", "locked", "azs: []\n", ", \"expected_latest_id\": \"" + id + "\"")
                        .has("id"))
                .isTrue();
    }

    @Test
    void aConfigIsReadComparedAndDeletedByItsId() {
        String id =
                config("cloud", "gone", "vm_extensions: []\n", "").path("id").asString();

        assertThat(director.json("/configs/" + id).path("name").asString()).isEqualTo("gone");
        JsonNode diff = Director.JSON.readTree(director.send(
                        "POST",
                        "/configs/diff",
                        "{\"type\": \"cloud\", \"name\": \"gone\", \"content\": \"vm_extensions: [{name: a}]\"}",
                        JSON)
                .body());
        assertThat(diff.path("from").path("id").asString()).isEqualTo(id);
        assertThat(diff.path("diff").toString()).contains("[\"- name: a\",\"added\"]");
        assertThat(director.send("DELETE", "/configs/" + id, "", Map.of()).statusCode())
                .isEqualTo(204);
        assertThat(director.get("/configs/" + id).statusCode()).isEqualTo(404);
        assertThat(director.send("DELETE", "/configs/" + id, "", Map.of()).statusCode())
                .isEqualTo(404);
    }

    @Test
    void anOrphanedDiskIsDeletedByATaskAndAnUnknownOneAsWell() {
        director.done(director.deploy(web().toString()));
        String disk = director.instances("d").get("web/0").path("disk_cid").asString();
        director.done(Director.task(director.send("DELETE", "/deployments/d", "", Map.of())));
        assertThat(director.json("/orphan_disks").findValuesAsString("disk_cid"))
                .contains(disk);
        assertThat(director.json("/cleanup/dryrun?remove_all=true")
                        .path("orphaned_disks")
                        .toString())
                .contains(disk);

        long deleted = Director.task(director.send("DELETE", "/orphan_disks/" + disk, "", Map.of()));
        director.done(deleted);
        assertThat(director.events(deleted).get(0).path("task").asString()).isEqualTo("Deleting orphaned disk " + disk);
        // As newer clients ask for it; the disk is unknown by now.
        long again = Director.task(director.send("DELETE", "/disks/" + disk, "", Map.of()));
        assertThat(director.done(again).path("result").asString()).isEqualTo("orphaned disk(s) " + disk + " deleted");
        assertThat(director.events(again).get(0).path("task").asString()).isEqualTo("Deleting orphaned disk " + disk);

        assertThat(director.json("/orphan_disks").findValuesAsString("disk_cid"))
                .doesNotContain(disk);
        assertThat(state().resolve("disks").resolve(disk)).doesNotExist();
    }

    @Test
    void certificatesSayWhenTheyEnd() {
        director.done(director.deploy(
                web().variables("[{name: ca, type: certificate, options: {is_ca: true, common_name: ca}}]")
                        .toString()));

        JsonNode certificate =
                director.json("/deployments/d/certificate_expiry").get(0);

        assertThat(certificate.path("name").asString()).isEqualTo("/TestDirector/d/ca");
        assertThat(certificate.path("days_left").asInt()).isBetween(300, 370);
    }

    @Test
    void anInstanceIsFoundByIndexAndById() {
        director.done(director.deploy(web().toString()));
        String id = director.instances("d").get("web/0").path("id").asString();

        for (String instance : List.of("0", id)) {
            director.done(director.change("/deployments/d/jobs/web/" + instance + "?state=restart"));
        }
        assertThat(director.send("PUT", "/deployments/d/jobs/web/1?state=restart", "", YAML)
                        .statusCode())
                .isEqualTo(404);
    }

    private long contextual(String method, String path, String body, Map<String, String> headers, String context) {
        Map<String, String> all = new java.util.HashMap<>(headers);
        all.put("X-Bosh-Context-Id", "ctx-" + context + "-" + System.identityHashCode(this));
        return Director.task(director.send(method, path, body, all));
    }

    private JsonNode config(String type, String name, String content, String more) {
        return Director.JSON.readTree(director.send(
                        "POST",
                        "/configs",
                        "{\"type\": \"" + type + "\", \"name\": \"" + name + "\", \"content\": "
                                + Director.JSON.writeValueAsString(content) + more + "}",
                        JSON)
                .body());
    }

    private List<String> descriptions(String path) {
        return director.json(path).findValuesAsString("description");
    }

    private static String output(long task, String type) {
        return "/tasks/" + task + "/output?type=" + type;
    }

    private HttpResponse<String> range(long task, String type, String range) {
        return director.send("GET", output(task, type), "", Map.of("Range", range));
    }

    private static Manifests web() {
        return Manifests.deployment("d");
    }
}
