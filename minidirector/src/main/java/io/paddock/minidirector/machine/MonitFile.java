package io.paddock.minidirector.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The processes that a rendered monit file declares; conditions ("if ... then") are not acted on. */
final class MonitFile {

    private static final Pattern PROCESS = Pattern.compile(
            "check\\s+process\\s+(\\S+)\\s+with\\s+pidfile\\s+\"?([^\"\\s]+)\"?\\s+"
                    + "start\\s+program\\s+=?\\s*\"([^\"]+)\".*?stop\\s+program\\s+=?\\s*\"([^\"]+)\"",
            Pattern.DOTALL);

    private MonitFile() {}

    /**
     * @param pidFile absolute, as the machine sees it
     * @param start command line
     * @param stop command line
     */
    record Process(String name, String pidFile, String start, String stop) {

        private static final Pattern BPM = Pattern.compile("\\S*/bpm/bin/bpm\\s+start\\s+(\\S+)(?:\\s+-p\\s+(\\S+))?");

        /** Whether bpm runs it; then {@link #bpmProcess()} names the entry of bpm.yml. */
        boolean isBpm() {
            return BPM.matcher(start).matches();
        }

        String bpmProcess() {
            Matcher matcher = BPM.matcher(start);
            if (!matcher.matches()) {
                throw new IllegalStateException(start + " is not run by bpm");
            }
            return matcher.group(2) == null ? matcher.group(1) : matcher.group(2);
        }
    }

    static List<Process> parse(String text) {
        List<Process> processes = new ArrayList<>();
        Matcher matcher = PROCESS.matcher(text.replaceAll("(?m)^\\s*#.*$", ""));
        while (matcher.find()) {
            processes.add(new Process(matcher.group(1), matcher.group(2), matcher.group(3), matcher.group(4)));
        }
        return processes;
    }
}
