package io.paddock.minidirector.machine;

import io.paddock.minidirector.system.MinidirectorProperties;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** How machine and processes do, from /proc: all simulated machines are this one. */
@Component
public class Vitals {

    private static final int KB_PER_PAGE = 4;
    private static final long TICKS_PER_SECOND = 100;

    private final MachineHost host;
    private final Path disks;

    Vitals(MachineHost host, MinidirectorProperties properties) {
        this.host = host;
        this.disks = properties.stateDirectory();
    }

    /** Load, CPU since boot, memory, swap, disks, uptime; numbers are texts, as an agent gives them. */
    public Map<String, Object> ofMachine(boolean persistentDisk) {
        Map<String, Object> vitals = new LinkedHashMap<>();
        vitals.put("cpu", cpu());
        Map<String, Object> disk = new LinkedHashMap<>();
        disk.put("ephemeral", space());
        if (persistentDisk) {
            disk.put("persistent", space());
        }
        disk.put("system", space());
        vitals.put("disk", disk);
        vitals.put("load", Arrays.asList(read("/proc/loadavg").split(" ")).subList(0, 3));
        long total = memory("MemTotal");
        long used = total - memory("MemAvailable");
        vitals.put("mem", Map.of("kb", Long.toString(used), "percent", percent(used, total)));
        long swap = memory("SwapTotal") - memory("SwapFree");
        vitals.put("swap", Map.of("kb", Long.toString(swap), "percent", percent(swap, memory("SwapTotal"))));
        vitals.put("uptime", Map.of("secs", uptime()));
        return vitals;
    }

    /**
     * Uptime, memory and CPU of a process and its children, as monit counts them; next to nothing if it does not run.
     *
     * @param pid as the machine numbers it
     */
    public Map<String, Object> ofProcess(Machine machine, long pid) {
        Map<String, Object> vitals = new LinkedHashMap<>();
        Path proc = host.proc(machine).orElse(Path.of("/proc"));
        List<List<String>> tree = pid > 0
                ? Stream.concat(
                                Stream.of(pid),
                                Namespaces.processes(proc).stream()
                                        .filter(other -> Namespaces.ancestors(proc, other)
                                                .contains(pid)))
                        .map(member -> Namespaces.stat(proc, member))
                        .flatMap(Optional::stream)
                        .map(Arrays::asList)
                        .toList()
                : List.of();
        if (tree.isEmpty()) {
            vitals.put("uptime", Map.of());
            vitals.put("mem", Map.of("percent", 0));
            vitals.put("cpu", Map.of("total", 0));
            return vitals;
        }
        long seconds = Math.max(0, uptime() - Long.parseLong(tree.get(0).get(19)) / TICKS_PER_SECOND);
        long kilobytes = KB_PER_PAGE
                * tree.stream()
                        .mapToLong(fields -> Long.parseLong(fields.get(21)))
                        .sum();
        long ticks = tree.stream()
                .mapToLong(fields -> Long.parseLong(fields.get(11)) + Long.parseLong(fields.get(12)))
                .sum();
        vitals.put("uptime", Map.of("secs", seconds));
        vitals.put("mem", Map.of("kb", kilobytes, "percent", kilobytes * 100 / Math.max(1, memory("MemTotal"))));
        vitals.put(
                "cpu",
                Map.of("total", seconds == 0 ? 0 : Math.round(1000.0 * ticks / TICKS_PER_SECOND / seconds) / 10.0));
        return vitals;
    }

    private static Map<String, String> cpu() {
        String[] fields = read("/proc/stat").lines().findFirst().orElse("cpu").split("\\s+");
        long all = Arrays.stream(fields).skip(1).mapToLong(Long::parseLong).sum();
        Map<String, String> cpu = new LinkedHashMap<>();
        cpu.put("sys", share(fields, 3, all));
        cpu.put("user", share(fields, 1, all));
        cpu.put("wait", share(fields, 5, all));
        return cpu;
    }

    private static String share(String[] fields, int index, long all) {
        double share = fields.length <= index || all == 0 ? 0 : 100.0 * Long.parseLong(fields[index]) / all;
        return String.format(java.util.Locale.ROOT, "%.1f", share);
    }

    private Map<String, String> space() {
        try {
            FileStore store = Files.getFileStore(disks);
            Map<String, String> space = new LinkedHashMap<>();
            space.put("inode_percent", inodes());
            space.put("percent", percent(store.getTotalSpace() - store.getUsableSpace(), store.getTotalSpace()));
            return space;
        } catch (IOException unknown) {
            return Map.of();
        }
    }

    /** Java does not count inodes. */
    private String inodes() throws IOException {
        Process stat = new ProcessBuilder("stat", "--file-system", "--format=%c %d", disks.toString()).start();
        String[] counts = new String(stat.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .strip()
                .split(" ");
        if (counts.length != 2) {
            return "0";
        }
        long total = Long.parseLong(counts[0]);
        return percent(total - Long.parseLong(counts[1]), total);
    }

    private static long memory(String field) {
        return read("/proc/meminfo")
                .lines()
                .filter(line -> line.startsWith(field + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(0);
    }

    private static long uptime() {
        String text = read("/proc/uptime");
        return text.isEmpty() ? 0 : (long) Double.parseDouble(text.split(" ")[0]);
    }

    private static String percent(long part, long whole) {
        return Long.toString(whole == 0 ? 0 : Math.round(100.0 * part / whole));
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException gone) {
            return "";
        }
    }
}
