package io.paddock.minidirector.machine;

import java.util.ArrayList;
import java.util.List;

/**
 * Starts processes on machines that an earlier director made and that still run: without containers, as their jobs expect it. A machine gets
 * containers only when it is recreated.
 */
final class EarlierMachine {

    /**
     * The shell becomes the process itself, so the pid file is right even if the director dies between the two. An open-files
     * limit above what this machine allows becomes what it allows.
     */
    private static final String START = """
            cd "$1" && exec >>"$2.stdout.log" 2>>"$2.stderr.log" || exit 1
            [ -z "$4" ] || ulimit -n "$4" 2>/dev/null || ulimit -n "$(ulimit -Hn)"
            echo $$ >"$3.next" && mv "$3.next" "$3" || exit 1
            shift 4
            exec "$@"
            """;

    private final MachineHost host;

    EarlierMachine(MachineHost host) {
        this.host = host;
    }

    List<String> command(Machine machine, String job, BpmConfig bpm, MonitFile.Process process) {
        List<String> command = new ArrayList<>(host.entering(machine));
        command.addAll(List.of(
                "setsid",
                "sh",
                "-c",
                START,
                "bpm",
                bpm.workingDirectory().orElse("/var/vcap/jobs/" + job),
                "/var/vcap/sys/log/" + job + "/" + bpm.name(),
                process.pidFile(),
                bpm.limits().openFiles().map(String::valueOf).orElse("")));
        command.addAll(host.asVcap());
        command.add(bpm.executable());
        command.addAll(bpm.arguments());
        return command;
    }
}
