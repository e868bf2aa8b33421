package io.paddock.minidirector.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What was sent to a real director is sent to the minidirector, file by file and in the recorded order, and the answers are compared:
 * status, content type, every field, and the events of every task. What names a thing that only exists there (ids, addresses, times) is
 * compared by its kind.
 */
abstract class RecordedExchanges extends DirectorTest {

    private static final String WEB = """
        - name: web
          instances: %d
          azs: [%s]
          jobs: [{name: web, release: demo, properties: {port: %d}}]
          vm_type: default
          stemcell: default
          %s
          networks: [{name: default}]
        """;
    private static final String SMOKE = """
        - name: smoke
          instances: 1
          lifecycle: errand
          azs: [z1]
          jobs: [{name: smoke, release: demo, properties: {exit_code: %d}}]
          vm_type: default
          stemcell: default
          networks: [{name: default}]
        """;

    /** Names of the files that are sent, each with what was there before. */
    abstract Map<String, Consumer<RecordedExchanges>> files();

    /** Exchanges that are not sent, as patterns of "file: name", with the reason. */
    private static final Map<Pattern, String> LEFT_OUT = new LinkedHashMap<>();

    static {
        leaveOut(
                "deploy-one-instance: (event-(from|nothing|status|two|bounded|beyond|of|far)|range-of|.*-while-it-runs"
                        + "|tasks-|result-|output-(debug|without|of)).*",
                "depends on the moment, or on the length of the output: see DirectorApiTest");
        leaveOut(
                "configs: (list-before|get-by-id|optimistic-lock-.*|delete-by-id|diff|list-history|back)",
                "names what the recorded director had stored before: see DirectorApiTest");
        leaveOut("refused-requests: deployments", "lists what the recorded director had before");
        leaveOut("refused-requests: diff-of-new|refused-requests: diff-bad", "shows the recorded cloud config");
        leaveOut(
                "problems: (resolve-missing|problems-after|ignore|ignored|restart-ignored|deploy-with|delete-with"
                        + "|unignore).*",
                "the recorded cloud refused an address there; ignored instances have a file of their own");
        leaveOut("problems: (scan-and-fix-(event|result)|scan-again.*)", "recorded without auto_fix_stateful_nodes");
        leaveOut("problems: resurrection", "the recorded resurrection had been paused before");
        leaveOut("refused-requests: tasks-bad-limit", "lists what the recorded director had before");
        leaveOut(
                "delete-deployment: (orphan-disks|cleanup-dryrun|events-of-the-absent)", "lists what was there before");
        leaveOut("larger-disk: orphan-disks", "lists what was there before: see InstanceLifecycleTest");
        leaveOut("cancel-running-task: afterwards.*", "the recorded monit had started the process again by then");
        leaveOut("uaa: token.*", "asks the token server, not the director");
        leaveOut("uaa: reader-configs", "shows the recorded cloud config");
        leaveOut("uaa: (reader|team)-releases", "lists what the recorded director had before");
        leaveOut("ignored-instance: delete.*", "is followed by an exchange that needs the deployment");
    }

    private static void leaveOut(String pattern, String reason) {
        LEFT_OUT.put(Pattern.compile(pattern), reason);
    }

    /** Values of these fields are compared by their kind. */
    private static final Set<String> OF_THE_PLACE = Set.of(
            "id",
            "agent_id",
            "cid",
            "vm_cid",
            "disk_cid",
            "disk_cids",
            "ips",
            "vm_created_at",
            "created_at",
            "timestamp",
            "started_at",
            "time",
            "timeout",
            "task_id",
            "link_consumer_id",
            "link_provider_id",
            "uuid",
            "version",
            "cpi",
            "features",
            "vitals",
            "uptime",
            "mem",
            "cpu",
            "index_in_list",
            "expiry_date",
            "days_left",
            "parent_id",
            "task",
            "object_name",
            "instance",
            "context",
            "sha1",
            "blobstore_id",
            "stemcell",
            "stemcells",
            "cloud_config_ids",
            // A machine-less instance shows the type that it had, or null if it never had one.
            "vm_type",
            "manifest",
            "size",
            "urls");

    private static final Set<String> UNDER_WAY = Set.of("queued", "processing", "cancelling");

    /**
     * A task has no start for a moment after it began; an instance without a machine may or may not have had one; the recorded stemcell's
     * manifest named no version of the interface.
     */
    private static final Set<String> MAY_BE_NULL = Set.of("started_at", "vm_type", "api_version");

    private static final Pattern UUID_TEXT =
            Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
    private static final Pattern TASK_PATH = Pattern.compile("^/tasks?/(\\d+)(.*)$");

    /** Group and index of the recorded instances, by id; a few are only ever named in lists. */
    private final Map<String, String> recordedInstances = new HashMap<>();

    private final Map<String, Long> tasks = new HashMap<>();

    @AfterEach
    void leaveNothing() {
        director.empty();
    }

    @TestFactory
    Stream<DynamicNode> answersLikeTheRealDirector() {
        return files().entrySet().stream().map(file -> {
            List<DynamicNode> tests = new ArrayList<>();
            tests.add(DynamicTest.dynamicTest("given", () -> {
                director.empty();
                tasks.clear();
                files().keySet().forEach(this::rememberInstances);
                emptyDirector();
                file.getValue().accept(this);
            }));
            for (JsonNode exchange : exchanges(file.getKey())) {
                String name = exchange.path("name").asString();
                boolean leftOut = LEFT_OUT.keySet().stream()
                        .anyMatch(pattern ->
                                pattern.matcher(file.getKey() + ": " + name).matches());
                if (!leftOut && !isAMomentOfATask(exchange)) {
                    tests.add(DynamicTest.dynamicTest(name, () -> compare(file.getKey(), exchange)));
                }
            }
            return DynamicContainer.dynamicContainer(file.getKey(), tests);
        });
    }

    /** How fast a task goes on is a matter of the machine; that it ends as recorded is not. */
    private static boolean isAMomentOfATask(JsonNode exchange) {
        String path = exchange.path("request").path("path").asString();
        JsonNode body = parse(exchange.path("response").path("body").asString(""));
        return path.matches("/tasks/\\d+")
                && body != null
                && Set.of("queued", "processing").contains(body.path("state").asString(""));
    }

    private void compare(String file, JsonNode exchange) {
        String name = exchange.path("name").asString();
        prepare(file, name);
        JsonNode recorded = exchange.path("response");

        JsonNode request = exchange.path("request");
        Matcher taskPath = TASK_PATH.matcher(request.path("path").asString());
        boolean knownTask = taskPath.matches() && tasks.containsKey(taskPath.group(1));
        if (knownTask && request.path("method").asString().equals("GET")) {
            awaitLike(recorded, taskPath, tasks.get(taskPath.group(1)));
        }
        HttpResponse<String> answer =
                request.path("path").asString().equals("/locks") ? withoutLockedReleases(request) : send(request);

        assertThat(answer.statusCode())
                .as(answer.body())
                .isEqualTo(recorded.path("status").asInt());
        compareHeaders(recorded, answer);
        String location = recorded.path("headers").path("Location").asString("");
        if (!location.isEmpty()) {
            tasks.put(location.substring(location.lastIndexOf('/') + 1), Director.task(answer));
            return;
        }
        compareBodies(request.path("query").asString(""), recorded.path("body").asString(""), answer.body());
    }

    /** A deploy has its releases locked for some milliseconds as well; the recordings never met that moment. */
    private HttpResponse<String> withoutLockedReleases(JsonNode request) {
        AtomicReference<HttpResponse<String>> answer = new AtomicReference<>();
        Director.until("no release is locked", () -> {
            answer.set(send(request));
            return !answer.get().body().contains("\"type\":\"release\"");
        });
        return answer.get();
    }

    /** What happened between two recorded exchanges without being one. */
    private void prepare(String file, String name) {
        switch (file + ": " + name) {
            case "cancel-running-task: cancel" -> untilPreStart(1);
            case "queued-and-cancelled: tasks" -> untilPreStart(3);
            case "queued-and-cancelled: deployments-afterwards" ->
                tasks.values().forEach(director::await);
            case "errands: exit-3" -> shop(1, "z1", 8081, "big", 3);
            case "problems: lost-instances-full" -> kill("shelf", "web/0", false);
            case "problems: scan-missing" -> kill("shelf", "web/1", true);
            case "problem-missing-vm: scan" -> kill("shelf", "web/0", true);
            default -> {}
        }
    }

    /** A recorded final state is waited for; an output is read when the task has ended. */
    private void awaitLike(JsonNode recorded, Matcher taskPath, long task) {
        if (taskPath.group(2).isEmpty() && recorded.path("status").asInt() == 200) {
            String state = Director.JSON
                    .readTree(recorded.path("body").asString())
                    .path("state")
                    .asString();
            switch (state) {
                case "queued" -> {}
                case "processing", "cancelling" -> director.await(task, state, "done", "error", "cancelled", "timeout");
                default -> director.await(task);
            }
        } else if (!recorded.path("body").asString("").isEmpty()) {
            director.await(task);
        }
    }

    private void compareHeaders(JsonNode recorded, HttpResponse<String> answer) {
        JsonNode headers = recorded.path("headers");
        if (headers.has("Content-Type") && !recorded.path("body").asString("").isEmpty()) {
            assertThat(answer.headers().firstValue("Content-Type").orElse("").replace(" ", ""))
                    .startsWithIgnoringCase(
                            headers.path("Content-Type").asString().replaceAll(";.*", ""));
        }
        assertThat(answer.headers().firstValue("WWW-Authenticate").isPresent())
                .isEqualTo(headers.has("WWW-Authenticate"));
    }

    private void compareBodies(String query, String recorded, String answered) {
        if (query.contains("type=debug") && !answered.startsWith("{")) {
            // Each director's own words.
            return;
        }
        if (query.contains("type=event")) {
            assertThat(events(answered)).containsExactlyElementsOf(events(recorded));
            return;
        }
        if (query.contains("type=result")) {
            List<JsonNode> expected = sorted(recorded);
            List<JsonNode> actual = sorted(answered);
            assertThat(actual).as(answered).hasSameSizeAs(expected);
            for (int i = 0; i < expected.size(); i++) {
                compareNodes("", expected.get(i), actual.get(i));
            }
            return;
        }
        JsonNode expected = parse(recorded);
        JsonNode actual = parse(answered);
        if (expected == null || actual == null) {
            assertThat(neutral(answered.strip())).isEqualTo(neutral(recorded.strip()));
            return;
        }
        compareNodes("", expected, actual);
    }

    private void compareNodes(String path, JsonNode expected, JsonNode actual) {
        String field = path.substring(path.lastIndexOf('.') + 1);
        if (path.contains(".context.")) {
            return;
        }
        boolean ofThePlace = Stream.of(path.split("[.]")).anyMatch(OF_THE_PLACE::contains) && !expected.isContainer();
        if (expected.isObject() && actual.isObject()) {
            if (!path.contains(".context") && !path.contains(".features")) {
                assertThat(fields(actual)).as(path).isEqualTo(fields(expected));
            }
            if (UNDER_WAY.contains(expected.path("state").asString("")) && expected.has("started_at")) {
                // A moment of a running task: ours may be further.
                for (String stays : List.of("description", "user", "deployment", "context_id")) {
                    assertThat(actual.path(stays)).as(path + "." + stays).isEqualTo(expected.path(stays));
                }
                return;
            }
            expected.properties()
                    .forEach(property -> compareNodes(
                            path + "." + property.getKey(), property.getValue(), actual.path(property.getKey())));
        } else if (expected.isArray() && actual.isArray()) {
            if (path.contains(".features")) {
                // Where the config server is, is a matter of the place.
                return;
            }
            List<JsonNode> two = sorted(actual);
            List<JsonNode> one = sorted(expected).stream()
                    .filter(item -> !item.has("teams")
                            || two.stream().anyMatch(ours -> ours.path("name").equals(item.path("name"))))
                    .toList();
            if (!isOfEvents(expected)) {
                assertThat(two).as(path + " " + actual).hasSameSizeAs(one);
            }
            assertThat(two.isEmpty()).as(path + " " + actual).isEqualTo(expected.isEmpty());
            if (isOfEvents(expected)) {
                two.forEach(event -> assertThat(fields(event)).isEqualTo(fields(expected.get(0))));
                return;
            }
            for (int i = 0; i < Math.min(one.size(), two.size()); i++) {
                compareNodes(path, one.get(i), two.get(i));
            }
        } else if (ofThePlace) {
            if (!MAY_BE_NULL.contains(field)) {
                assertThat(kind(actual)).as(path).isEqualTo(kind(expected));
            }
        } else if (expected.isString() && actual.isString()) {
            assertThat(neutral(actual.asString())).as(path).isEqualTo(neutral(expected.asString()));
        } else {
            assertThat(actual).as(path).isEqualTo(expected);
        }
    }

    private static boolean isOfEvents(JsonNode list) {
        return list.size() > 0 && list.get(0).has("object_type");
    }

    /** Null or not is a difference; which number or text it is, is not. */
    private static String kind(JsonNode node) {
        return node.isNull() ? "null" : node.isNumber() ? "number" : node.isString() ? "text" : "other";
    }

    /** Texts without what is of the place: ids, numbers of tasks and problems, words of parsers, paths of the director's own files. */
    private static String neutral(String text) {
        String neutral = UUID_TEXT.matcher(text).replaceAll("ID");
        return neutral.replaceAll("bosh\\.(deadbeef|ID)\\.", "bosh.ID.")
                .replaceAll("([Tt]ask|tasks/)( ?)\\d+", "$1$2N")
                .replaceAll("task id is \\d+", "task id is N")
                .replaceAll("cloud ID '[^']*'", "cloud ID 'CID'")
                .replaceAll("problem '\\d+'", "problem 'N'")
                .replaceAll("_(agent|vm) \\d+\\)", "_$1 N)")
                .replaceAll("\\(\\d+\\)' for manual", "(N)' for manual")
                .replaceAll("Error: .*", "Error")
                .replaceAll("(?s)(Unable to diff manifest:).*", "$1")
                .replaceAll("(?s)(Incorrect YAML structure[^:]*:).*", "$1")
                .replaceAll("(?s)(Invalid JSON request body:).*", "$1")
                .replaceAll("(?s)(Config must be valid YAML:).*", "$1")
                .replaceAll("(?s)(was not specified in object).*", "$1");
    }

    /** The events without times, ids and what never happens here (nothing is compiled); steps that go together in any order. */
    private static List<String> events(String output) {
        List<String> lines = new ArrayList<>();
        List<String> together = new ArrayList<>();
        for (String line : output.lines().toList()) {
            JsonNode event = Director.JSON.readTree(line);
            String stage = event.path("stage").asString("");
            if (stage.equals("Compiling packages")) {
                continue;
            }
            boolean parallel = Set.of("Creating missing vms", "Deleting instances", "Deleting unneeded instances")
                    .contains(stage);
            if (!parallel) {
                together.sort(null);
                lines.addAll(together);
                together.clear();
            }
            ((tools.jackson.databind.node.ObjectNode) event).remove("time");
            if (parallel) {
                ((tools.jackson.databind.node.ObjectNode) event).remove("index");
                together.add(neutral(event.toString()));
            } else {
                lines.add(neutral(event.toString()));
            }
        }
        together.sort(null);
        lines.addAll(together);
        return lines;
    }

    private static List<JsonNode> sorted(String lines) {
        return lines.lines()
                .map(Director.JSON::readTree)
                .sorted(java.util.Comparator.comparing(RecordedExchanges::name))
                .toList();
    }

    private static List<JsonNode> sorted(JsonNode list) {
        return list.valueStream()
                .sorted(java.util.Comparator.comparing(RecordedExchanges::name))
                .toList();
    }

    /** What to sort lists by that have no order of their own. */
    private static String name(JsonNode node) {
        return node.path("job_name").asString(node.path("job").asString(""))
                + node.path("index").asInt(0)
                + (node.has("object_type") ? "" : node.path("name").asString(""))
                + node.path("deployment").asString("");
    }

    private static Set<String> fields(JsonNode object) {
        Set<String> names = new TreeSet<>();
        object.properties().forEach(property -> names.add(property.getKey()));
        // An event has these if there is something to say.
        if (names.contains("object_type")) {
            names.removeAll(Set.of("parent_id", "instance", "object_name", "deployment", "task", "error"));
        }
        return names;
    }

    private static JsonNode parse(String text) {
        try {
            JsonNode node = Director.JSON.readTree(text);
            return node.isObject() || node.isArray() ? node : null;
        } catch (JacksonException notJson) {
            return null;
        }
    }

    private HttpResponse<String> send(JsonNode request) {
        String path = request.path("path").asString();
        Matcher taskPath = TASK_PATH.matcher(path);
        if (taskPath.matches() && tasks.containsKey(taskPath.group(1))) {
            path = path.substring(0, taskPath.start(1)) + tasks.get(taskPath.group(1)) + taskPath.group(2);
        }
        path = path.replace("*", "%2A");
        String query = ofOurTask(request.path("query").asString(""));
        Map<String, String> headers = new HashMap<>();
        request.path("headers").properties().forEach(header -> {
            String value = header.getValue().asString();
            if (!header.getKey().equalsIgnoreCase("Authorization")) {
                headers.put(header.getKey(), value);
            }
        });
        headers.put(
                "Authorization",
                authorization(request.path("headers").path("Authorization").asString("")));
        return director.send(
                request.path("method").asString(),
                ours(path) + (query.isEmpty() ? "" : "?" + ours(query)),
                ours(request.path("body").asString("")),
                headers);
    }

    /** What stands for recorded credentials here. */
    String authorization(String recorded) {
        return recorded.isEmpty()
                ? "none"
                : recorded.contains("wrong") ? "Basic d3Jvbmc6d3Jvbmc=" : "Basic dGVzdDp0ZXN0";
    }

    private String ofOurTask(String query) {
        Matcher task = Pattern.compile("\\btask=(\\d+)").matcher(query);
        return task.find() && tasks.containsKey(task.group(1))
                ? query.replace(task.group(), "task=" + tasks.get(task.group(1)))
                : query;
    }

    /** The text with our ids in place of the recorded ones, and addresses of our own network. */
    private String ours(String text) {
        // The same waits, shorter; but a lock is waited for longer than ten seconds.
        String result =
                text.replace("start_seconds: 10", "start_seconds: 5").replace("start_seconds: 15", "start_seconds: 4");
        Matcher id = UUID_TEXT.matcher(text);
        while (id.find()) {
            String instance = recordedInstances.get(id.group());
            if (instance != null) {
                result = result.replace(id.group(), ourId(instance));
            }
        }
        Matcher problem = Pattern.compile("\"resolutions\": \\{\"(\\d+)\"").matcher(result);
        if (problem.find()) {
            long ours = director.json("/deployments/shelf/problems")
                    .get(0)
                    .path("id")
                    .asLong();
            result = result.replace("\"" + problem.group(1) + "\"", "\"" + ours + "\"");
        }
        return result;
    }

    private String ourId(String groupAndIndex) {
        for (JsonNode deployment : director.json("/deployments")) {
            for (JsonNode instance :
                    director.json("/deployments/" + deployment.path("name").asString() + "/instances")) {
                if (groupAndIndex.equals(instance.path("job").asString() + "/"
                        + instance.path("index").asInt())) {
                    return instance.path("id").asString();
                }
            }
        }
        throw new AssertionError("there is no " + groupAndIndex);
    }

    private void rememberInstances(String file) {
        Pattern label = Pattern.compile("(\\w+)/(" + UUID_TEXT.pattern() + ") \\((\\d+)\\)");
        Matcher found = label.matcher(exchanges(file).toString());
        while (found.find()) {
            recordedInstances.put(found.group(2), found.group(1) + "/" + found.group(3));
        }
    }

    /** So many tasks are at work on an instance. */
    private void untilPreStart(int count) {
        Director.until(
                "so many run",
                () -> tasks.values().stream().filter(this::runsPreStart).count() >= count);
    }

    private boolean runsPreStart(long task) {
        return director.events(task).stream()
                .anyMatch(event -> "executing pre-start"
                        .equals(event.path("data").path("status").asString("")));
    }

    private void kill(String deployment, String instance, boolean withDirectory) {
        String cid = director.instances(deployment).get(instance).path("vm_cid").asString();
        Path machine = state().resolve("machines").resolve(cid);
        killMachine(deployment, instance);
        if (withDirectory) {
            io.paddock.minidirector.system.Directories.delete(machine);
        }
    }

    void shop(int instances, String azs, int port, String disk, int errandExit) {
        deploy("shop", web(instances, azs, port, "persistent_disk_type: " + disk) + smoke(errandExit));
    }

    String smoke(int exit) {
        return String.format(SMOKE, exit);
    }

    String web(int instances, String azs, int port, String disk) {
        return String.format(WEB, instances, azs, port, disk);
    }

    void deploy(String name, String groups) {
        director.done(director.deploy("""
            name: %s
            releases: [{name: demo, version: "1"}]
            stemcells: [{alias: default, os: toronto-os, version: latest}]
            update: {canaries: 1, max_in_flight: 3, canary_watch_time: 10-20000, update_watch_time: 10-20000}
            instance_groups:
            """.formatted(name) + groups));
    }

    void deployRecorded(String file, String name) {
        for (JsonNode exchange : exchanges(file)) {
            if (exchange.path("name").asString().equals(name)) {
                director.await(
                        director.deploy(exchange.path("request").path("body").asString()));
            }
        }
    }

    private static JsonNode exchanges(String file) {
        try (InputStream stream =
                RecordedExchanges.class.getResourceAsStream("/director-recordings/" + file + ".json")) {
            return Director.JSON.readTree(stream).path("exchanges");
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
