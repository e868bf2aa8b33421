package io.paddock.minidirector.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A process gets what bpm gives it, and nothing else: each leniency would let a release start here that starts on no real machine. */
class BpmContainerTest extends DirectorTest {

    private static final String YES_OR_NO =
            "try() { if \"${@:2}\" 2>/dev/null; then echo \"$1=yes\"; else echo \"$1=no\"; fi; }\n";

    @Test
    void aProcessSeesItsOwnJobAndNothingElse() {
        Map<String, String> found = probe(Map.of(), YES_OR_NO + """
                echo "jobs=$(ls -x /var/vcap/jobs)"
                echo "vcap=$(echo $(ls /var/vcap))"
                echo "root=$(ls -x /)"
                try packages test -d /var/vcap/packages
                try sys_run test -e /var/vcap/sys/run
                try data touch /var/vcap/data/confined/file
                try data_tmp touch /var/vcap/data/confined/tmp/file
                try tmp_is_data_tmp test -e /tmp/file
                try var_tmp_is_data_tmp test -e /var/tmp/file
                try store test -e /var/vcap/store
                try log touch /var/vcap/sys/log/confined/file
                try job_is_writable touch /var/vcap/jobs/confined/file
                try usr_is_writable touch /usr/file
                try root_is_writable touch /file
                cp /bin/true /tmp/true
                try executes_in_tmp /tmp/true
                """);

        assertThat(found)
                .containsEntry("jobs", "confined")
                .containsEntry("vcap", "data jobs packages sys")
                .containsEntry("packages", "yes")
                .containsEntry("sys_run", "no")
                .containsEntry("data", "no")
                .containsEntry("data_tmp", "yes")
                .containsEntry("tmp_is_data_tmp", "yes")
                .containsEntry("var_tmp_is_data_tmp", "yes")
                .containsEntry("store", "no")
                .containsEntry("log", "yes")
                .containsEntry("job_is_writable", "no")
                .containsEntry("usr_is_writable", "no")
                .containsEntry("root_is_writable", "no")
                .containsEntry("executes_in_tmp", "no");
        assertThat(found.get("root").split(" +"))
                .contains("bin", "etc", "usr", "proc", "dev")
                .doesNotContain("home", "root", "run", "opt", "srv", "mnt");
    }

    @Test
    void aProcessHasNamespacesEnvironmentAndRightsOfItsOwn() {
        Map<String, String> found = probe(Map.of("env", Map.of("MINE", "yes")), """
                env | grep -v '^\\(_\\|PWD\\|SHLVL\\)='
                echo "first=$(cat /proc/1/comm)"
                echo "processes=$(ls -d /proc/[0-9]* | wc -l)"
                for kind in mnt pid ipc uts net; do echo "$kind=$(readlink /proc/self/ns/$kind)"; done
                echo "shm=$(stat -f -c '%T %b %S' /dev/shm)"
                sed -n 's/^\\(Cap[A-Z][a-z]*\\|NoNewPrivs\\):\\t/\\1=/p' /proc/self/status
                """);

        assertThat(found)
                .containsEntry("MINE", "yes")
                .containsEntry("LANG", "en_US.UTF-8")
                .containsEntry("HOME", "/var/vcap/data/confined")
                .containsEntry("TMPDIR", "/var/vcap/data/confined/tmp")
                .containsEntry(
                        "PATH",
                        "/var/vcap/jobs/confined/bin:/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin:.")
                .doesNotContainKey("BPM_ID")
                .containsEntry("first", "tini")
                .containsEntry("shm", "tmpfs 16384 4096")
                .containsEntry("NoNewPrivs", "1");
        for (String set : List.of("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")) {
            assertThat(found).containsEntry(set, "0000000000000000");
        }
        assertThat(Integer.parseInt(found.get("processes"))).isLessThan(6);
        for (String kind : List.of("mnt", "pid", "ipc", "uts")) {
            assertThat(found.get(kind)).as(kind).isNotEqualTo(namespace(kind));
        }
        assertThat(found.get("net")).isEqualTo(namespace("net"));
    }

    @Test
    void volumesAreThoseThatBpmYmlNamesWithTheirRights() throws Exception {
        Map<String, Object> process = Map.of(
                "ephemeral_disk",
                true,
                "persistent_disk",
                true,
                "additional_volumes",
                List.of(
                        Map.of("path", "/var/vcap/sys/run/confined", "writable", true),
                        Map.of("path", "/var/vcap/data/shared", "writable", true, "allow_executions", true),
                        Map.of("path", "/var/vcap/store/read")),
                "unsafe",
                Map.of(
                        "unrestricted_volumes",
                        List.of(
                                Map.of("path", "/var/vcap/instance"),
                                Map.of("path", "/var/vcap/inst*/dns"),
                                Map.of("path", "/var/vcap/not/there/yet"),
                                Map.of("path", "/var/vcap/store/confined-too", "mount_only", true))));
        Map<String, String> found = probe(process, YES_OR_NO + """
                try ephemeral touch /var/vcap/data/confined/file
                try persistent touch /var/vcap/store/confined/file
                try run touch /var/vcap/sys/run/confined/file
                try shared touch /var/vcap/data/shared/file
                cp /bin/true /var/vcap/data/shared/true; cp /bin/true /var/vcap/store/confined/true
                try executes_where_allowed /var/vcap/data/shared/true
                try executes_elsewhere /var/vcap/store/confined/true
                try read_only touch /var/vcap/store/read/file
                echo "owner=$(stat -c '%a %u' /var/vcap/data/shared | sed "s/ $(id -u)$/ mine/")"
                try instance test -s /var/vcap/instance/id
                try instance_is_writable touch /var/vcap/instance/id
                try not_there_yet test -e /var/vcap/not
                try looks_like_its_own test -e /var/vcap/store/confined-too
                """);

        assertThat(found)
                .containsEntry("ephemeral", "yes")
                .containsEntry("persistent", "yes")
                .containsEntry("run", "yes")
                .containsEntry("shared", "yes")
                .containsEntry("executes_where_allowed", "yes")
                .containsEntry("executes_elsewhere", "no")
                .containsEntry("read_only", "no")
                .containsEntry("owner", "700 mine")
                .containsEntry("instance", "yes")
                .containsEntry("instance_is_writable", "no")
                .containsEntry("not_there_yet", "no")
                .containsEntry("looks_like_its_own", "no");
    }

    @Test
    void limitsAndCapabilitiesAreThoseThatBpmYmlNames() {
        Map<String, Object> process = Map.of(
                "limits", Map.of("open_files", 321, "processes", 40, "memory", "64M"),
                "capabilities", List.of("NET_BIND_SERVICE"));
        Map<String, String> found = probe(process, """
                echo "open_files=$(ulimit -Hn)"
                sed -n 's/^\\(Cap[A-Z][a-z]*\\):\\t/\\1=/p' /proc/self/status
                cat /sys/fs/cgroup/pids/paddock-*-confined-confined/pids.max /sys/fs/cgroup/paddock-*-confined-confined/pids.max 2>/dev/null |
                  sed 's/^/processes=/'
                head -c 200M /dev/zero | tail -n 1 >/dev/null; echo "hungry=$?"
                """);

        assertThat(found).containsEntry("open_files", "321");
        if (isRoot()) {
            assertThat(found).containsEntry("CapEff", "0000000000000400").containsEntry("CapBnd", "0000000000000400");
            assertThat(found).containsEntry("processes", "40").containsEntry("hungry", "137");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"persistent_disc": true}                                          | unknown keys in process confined: persistent_disc
            {"limits": {"cpu": 1}}                                             | unknown keys in limits of confined: cpu
            {"unsafe": {"privilege": true}}                                    | unknown keys in unsafe of confined: privilege
            {"additional_volumes": [{"path": "/var/vcap/store/x", "write": 1}]}| unknown keys in volumes of confined: write
            {"additional_volumes": [{"path": "/var/vcap/jobs/x"}]}             | must be within
            {"additional_volumes": [{"path": "/var/vcap/store/../x"}]}         | must be canonical
            {"persistent_disk": "true"}                                        | persistent_disk is 'true', expected true or false
            {"shutdown_signal": "HUP"}                                         | expected TERM or INT
            {"limits": {"memory": "much"}}                                     | invalid memory limit
            """)
    void whatBpmRefusesOrOverlooksFails(String process, String reason) {
        long task = director.deploy(
                manifest(Director.JSON.readValue(process, Map.class), "").toString());

        assertThat(director.await(task).path("state").asString()).isEqualTo("error");
        assertThat(director.error(task).path("message").asString()).contains(reason);
    }

    @Test
    void anOpenFilesLimitAboveTheMachinesIsAProcessThatDoesNotStart() throws Exception {
        String hard = new String(new ProcessBuilder("bash", "-c", "ulimit -Hn")
                        .start()
                        .getInputStream()
                        .readAllBytes())
                .strip();
        int above = hard.equals("unlimited") ? Integer.MAX_VALUE : Integer.parseInt(hard) + 1;
        Map<String, Object> process = Map.of("limits", Map.of("open_files", above));

        long task = director.deploy(manifest(process, "")
                .update("canaries: 1, max_in_flight: 1, canary_watch_time: 10-200, update_watch_time: 10-200")
                .toString());

        assertThat(director.await(task).path("state").asString()).isEqualTo("error");
        assertThat(director.error(task).path("message").asString()).contains("is not running after update");
    }

    @Test
    void theEndOfTheFirstProcessEndsTheContainerAndTheEndOfTheMachinesFirstEndsAll() {
        probe(Map.of(), "setsid sleep 1000 &");
        Path machine = machine("d", "web/0");
        long others = processes(machine).stream().filter("sleep"::equals).count();
        assertThat(others).as("web's, the probe's and what it left running").isEqualTo(3);

        killProcess(machine, "confined");
        Director.until(
                "its container has ended",
                () -> processes(machine).stream().filter("sleep"::equals).count() == 1);

        killMachine("d", "web/0");
        Director.until("nothing lives", () -> !Files.exists(proc(machine)));
    }

    @Test
    void unsafeProcessesGetWhatTheyAskFor() {
        Map<String, Object> process =
                Map.of("workdir", "/tmp", "unsafe", Map.of("privileged", true, "host_pid_namespace", true));
        Map<String, String> found = probe(process, """
                echo "user=$(id -u)"
                echo "workdir=$(pwd)"
                echo "pid=$(readlink /proc/self/ns/pid)"
                sed -n 's/^\\(CapEff\\):\\t/\\1=/p' /proc/self/status
                """);

        assertThat(found).containsEntry("workdir", "/tmp").containsEntry("pid", namespace("pid"));
        if (isRoot()) {
            assertThat(found).containsEntry("user", "0");
            assertThat(found.get("CapEff")).isNotEqualTo("0000000000000000");
        }
    }

    @Test
    void aHookThatFailsIsAProcessThatDoesNotStartAndDoesNotKeepTheOthersFromIt() {
        long task = director.deploy(
                manifest(Map.of("hooks", Map.of("pre_start", "/bin/false")), "").toString());

        assertThat(director.await(task).path("state").asString()).isEqualTo("error");
        assertThat(director.error(task).path("message").asString())
                .contains("pre_start hook of confined exited with 1");
        assertThat(process(machine("d", "web/0"), "web"))
                .as("the other job runs")
                .isNotEmpty();
    }

    @Test
    void aProcessThatIgnoresItsSignalGetsQuitAndThenKill() {
        probe(
                Map.of("shutdown_signal", "INT"),
                "for s in TERM INT QUIT; do trap \"echo $s >>/var/vcap/sys/log/confined/signals\" $s; done; echo 'the end'; while :; do sleep 1; done");
        Path machine = machine("d", "web/0");

        director.done(director.change("/deployments/d/jobs/web/0?state=stopped"));

        assertThat(read(machine.resolve("vcap/sys/log/confined/signals"))).isEqualTo("INT\nQUIT");
        assertThat(processes(machine)).isEmpty();
    }

    private Map<String, String> probe(Map<String, Object> process, String script) {
        director.done(director.deploy(manifest(process, script).toString()));
        Path log = machine("d", "web/0").resolve("vcap/sys/log/confined/confined.stdout.log");
        Director.until(
                "the probe is through", () -> Files.exists(log) && read(log).endsWith("the end"));
        return read(log)
                .lines()
                .filter(line -> line.contains("="))
                .collect(Collectors.toMap(
                        line -> line.substring(0, line.indexOf('=')),
                        line -> line.substring(line.indexOf('=') + 1),
                        (one, two) -> two));
    }

    private static Manifests manifest(Map<String, Object> process, String script) {
        return Manifests.deployment("d")
                .alsoJob("{name: confined, release: demo, properties: "
                        + Director.JSON.writeValueAsString(Map.of("process", process, "script", script)) + "}");
    }

    /** The machine's own. */
    private String namespace(String kind) {
        return enter(machine("d", "web/0"), "readlink", "/proc/self/ns/" + kind).strip();
    }

    /** Names of the machine's processes but the first. */
    private static List<String> processes(Path machine) {
        try (var found = Files.list(proc(machine))) {
            return found.filter(path -> path.getFileName().toString().matches("\\d+"))
                    .filter(path -> !path.getFileName().toString().equals("1"))
                    .map(path -> {
                        try {
                            return read(path.resolve("comm"));
                        } catch (java.io.UncheckedIOException ended) {
                            return "";
                        }
                    })
                    .toList();
        } catch (java.io.IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }
}
