package io.paddock.minidirector.machine;

import io.paddock.minidirector.system.DirectorException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The container that bpm makes for a process: what it sees of the machine, as arguments of bubblewrap. Source: bpm-release, adapter.go and
 * specbuilder.go.
 */
final class Container {

    private static final Logger LOG = LoggerFactory.getLogger(Container.class);

    /** The system's directories, which each process sees as they are. */
    static final List<String> SYSTEM = List.of("/bin", "/etc", "/lib", "/lib64", "/sbin", "/usr");

    private static final long SHARED_MEMORY_BYTES = 64L << 20;
    private static final String TINI = "/usr/bin/tini";

    private final Machine machine;
    private final String job;
    private final BpmConfig bpm;
    private final List<Mount> mounts = new ArrayList<>();

    /** @param executable whether what lies there may be executed */
    private record Mount(String source, String target, boolean writable, boolean executable) {

        List<String> arguments() {
            return List.of(writable ? "--bind" : "--ro-bind", source, target);
        }
    }

    Container(Machine machine, String job, BpmConfig bpm) {
        this.machine = machine;
        this.job = job;
        this.bpm = bpm;
        addOwnMounts();
        List<String> own = mounts.stream().map(Mount::target).toList();
        bpm.additionalVolumes().forEach(volume -> add(own, volume, volume.path()));
        bpm.unsafe()
                .unrestrictedVolumes()
                .forEach(volume -> matches(volume.path()).forEach(path -> add(own, volume, path)));
    }

    private void addOwnMounts() {
        String temporary = "/var/vcap/data/" + job + "/tmp";
        String log = "/var/vcap/sys/log/" + job;
        mounts.add(new Mount(temporary, "/tmp", true, false));
        mounts.add(new Mount(temporary, "/var/tmp", true, false));
        mounts.add(new Mount(temporary, temporary, true, false));
        for (String path : List.of("/var/vcap/data/packages", "/var/vcap/packages", "/var/vcap/jobs/" + job)) {
            mounts.add(new Mount(path, path, false, true));
        }
        mounts.add(new Mount(log, log, true, false));
        if (bpm.ephemeralDisk()) {
            mounts.add(new Mount("/var/vcap/data/" + job, "/var/vcap/data/" + job, true, false));
        }
        if (bpm.persistentDisk()) {
            mounts.add(new Mount("/var/vcap/store/" + job, "/var/vcap/store/" + job, true, false));
        }
    }

    /** bpm drops what begins with the text of one of its own mounts, also where the path only looks like one below it. */
    private void add(List<String> own, BpmConfig.Volume volume, String path) {
        if (own.stream().anyMatch(path::startsWith)) {
            LOG.warn("job {}: bpm does not mount {}, which begins like a mount of its own", job, path);
            return;
        }
        mounts.add(new Mount(path, path, volume.writable(), volume.allowsExecutions()));
    }

    /** The paths that a glob matches at this moment. */
    private List<String> matches(String glob) {
        List<String> found = List.of("");
        for (String name : glob.substring(1).split("/")) {
            found = found.stream()
                    .flatMap(directory -> matches(directory, name).stream())
                    .toList();
        }
        return found;
    }

    private List<String> matches(String directory, String name) {
        if (!name.matches(".*[*?\\[{].*")) {
            String path = directory + "/" + name;
            return Files.exists(machine.hostPath(path)) ? List.of(path) : List.of();
        }
        try (DirectoryStream<Path> found = Files.newDirectoryStream(machine.hostPath(directory), name)) {
            List<String> paths = new ArrayList<>();
            found.forEach(path -> paths.add(directory + "/" + path.getFileName()));
            return paths.stream().sorted().toList();
        } catch (IOException absent) {
            return List.of();
        }
    }

    /** Volumes from which nothing may be executed. */
    List<String> noexec() {
        return mounts.stream()
                .filter(mount -> !mount.executable())
                .map(Mount::source)
                .distinct()
                .toList();
    }

    Map<String, String> environment() {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("TMPDIR", "/var/vcap/data/" + job + "/tmp");
        environment.put("LANG", "en_US.UTF-8");
        environment.put(
                "PATH",
                "/var/vcap/jobs/" + job + "/bin:/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin:.");
        environment.put("HOME", "/var/vcap/data/" + job);
        environment.putAll(bpm.environment());
        return environment;
    }

    /** Arguments of bubblewrap that set the environment, NUL-separated: it may hold secrets. */
    String environmentArguments() {
        StringBuilder arguments = new StringBuilder("--clearenv\0");
        environment()
                .forEach((name, value) -> arguments
                        .append("--setenv\0")
                        .append(name)
                        .append('\0')
                        .append(value)
                        .append('\0'));
        return arguments.toString();
    }

    /**
     * Arguments of bubblewrap, with the command.
     *
     * @param vcap id of the user that the process gets; null if it stays who it is
     */
    List<String> arguments(@org.jspecify.annotations.Nullable Integer vcap) {
        List<String> arguments = new ArrayList<>(List.of("--unshare-ipc", "--unshare-uts"));
        if (!bpm.unsafe().hostPidNamespace()) {
            arguments.addAll(List.of("--unshare-pid", "--as-pid-1"));
        }
        SYSTEM.stream()
                .filter(path -> Files.exists(Path.of(path)))
                .forEach(path -> arguments.addAll(List.of("--ro-bind", path, path)));
        arguments.addAll(List.of("--proc", "/proc", "--dev", "/dev"));
        arguments.addAll(
                List.of("--perms", "1777", "--size", Long.toString(SHARED_MEMORY_BYTES), "--tmpfs", "/dev/shm"));
        arguments.addAll(List.of("--mqueue", "/dev/mqueue", "--ro-bind", "/sys", "/sys"));
        parents().forEach(path -> arguments.addAll(List.of("--perms", "0755", "--dir", path)));
        mounts.forEach(mount -> arguments.addAll(mount.arguments()));
        arguments.addAll(List.of("--remount-ro", "/"));
        arguments.addAll(List.of("--chdir", bpm.workingDirectory().orElse("/var/vcap/jobs/" + job)));
        if (vcap != null && !bpm.unsafe().privileged()) {
            arguments.addAll(List.of("--cap-drop", "ALL"));
            Stream.concat(Stream.of("SETUID", "SETGID", "SETPCAP"), bpm.capabilities().stream())
                    .forEach(capability -> arguments.addAll(List.of("--cap-add", "CAP_" + capability)));
            String kept = bpm.capabilities().stream()
                    .map(capability -> ",+" + capability.toLowerCase(java.util.Locale.ROOT))
                    .reduce("-all", String::concat);
            arguments.addAll(List.of(
                    "/usr/bin/setpriv", "--reuid", vcap.toString(), "--regid", vcap.toString(), "--clear-groups"));
            arguments.addAll(List.of("--inh-caps=" + kept, "--ambient-caps=" + kept, "--bounding-set=" + kept));
        }
        // The process opens its logs itself: they lie in a directory of its own.
        arguments.addAll(List.of(
                "/bin/sh",
                "-c",
                "exec >>\"$0.stdout.log\" 2>>\"$0.stderr.log\" && echo ready >&4 && exec \"$@\" 4>&-",
                "/var/vcap/sys/log/" + job + "/" + bpm.name(),
                TINI,
                "-w",
                "-s",
                "--",
                bpm.executable()));
        arguments.addAll(bpm.arguments());
        return arguments;
    }

    /** Directories above the mounts, which bubblewrap would make for their owner alone. */
    private SortedSet<String> parents() {
        SortedSet<String> parents = new TreeSet<>();
        for (Mount mount : mounts) {
            for (Path path = Path.of(mount.target()).getParent();
                    path != null && path.getNameCount() > 0;
                    path = path.getParent()) {
                parents.add(path.toString());
            }
        }
        return parents;
    }

    /** Creates the directories that bpm creates. */
    void createDirectories(MachineHost host) {
        // The director writes logs of its own beside the process's.
        host.shareWithVcap(machine.ownDirectory("/var/vcap/sys/log/" + job, "rwx------"));
        List<String> directories =
                new ArrayList<>(List.of("/var/vcap/sys/run/" + job, "/var/vcap/data/" + job + "/tmp"));
        if (bpm.ephemeralDisk()) {
            directories.add("/var/vcap/data/" + job);
        }
        if (bpm.persistentDisk()) {
            if (machine.disk() == null) {
                throw DirectorException.uncoded("bpm: requested persistent disk does not exist");
            }
            directories.add("/var/vcap/store/" + job);
        }
        bpm.additionalVolumes().stream()
                .filter(volume -> !volume.mountOnly())
                .map(BpmConfig.Volume::path)
                .forEach(directories::add);
        directories.forEach(path -> host.giveToVcap(machine.ownDirectory(path, "rwx------")));
    }
}
