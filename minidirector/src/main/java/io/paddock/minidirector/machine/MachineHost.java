package io.paddock.minidirector.machine;

import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Directories;
import io.paddock.minidirector.system.MinidirectorProperties;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Makes, enters and ends machines. A machine is a set of namespaces that its first process, a sleeping one, holds open; the processes in its
 * pid namespace are the machine's processes, and end with the first one. It needs no director to live on. The script {@code machine.sh} has
 * the same knowledge for other programs.
 *
 * <p>As root, jobs run as an unprivileged id of their own; as an ordinary user, everything runs as that user in a user namespace.
 */
@Component
public class MachineHost {

    private static final Logger LOG = LoggerFactory.getLogger(MachineHost.class);
    private static final long START_SECONDS = 20;
    private static final long KILL_SECONDS = 20;
    private static final int OWN_TRIES = 100;
    private static final Set<PosixFilePermission> LOG_PERMISSIONS = PosixFilePermissions.fromString("rw-r-----");
    /** Sticky: nobody but root and a file's owner takes the file away. */
    private static final int SHARED = 01770;

    private static final int SHARED_BY_ALL = 01777;

    private final Path machines;
    private final Path disks;
    private final Path script;
    private final boolean root;
    private final int vcapId;
    /** Network device of this director to which machines with addresses outside of loopback are connected. */
    private final String bridge;

    MachineHost(MinidirectorProperties properties) {
        this.machines = Directories.create(properties.stateDirectory().resolve("machines"), "rwx------");
        this.disks = Directories.create(properties.stateDirectory().resolve("disks"), "rwx------");
        this.script = properties.stateDirectory().resolve("machine.sh");
        this.root = isRoot();
        this.vcapId = properties.vcapId();
        this.bridge = "pd"
                + Integer.toHexString(
                        properties.stateDirectory().toAbsolutePath().hashCode());
        try {
            Files.writeString(script, resource("machine.sh"));
            // For whoever switches the machines off: it outlives the director.
            Files.writeString(properties.stateDirectory().resolve("bridge"), bridge + "\n");
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The text of a script that lies beside this class. */
    static String resource(String name) throws IOException {
        try (InputStream text = MachineHost.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(text).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    public Machine machine(String cid, @Nullable String diskCid) {
        return new Machine(cid, machines.resolve(cid), diskCid == null ? null : disk(diskCid));
    }

    public Path disk(String diskCid) {
        return disks.resolve(diskCid);
    }

    public void createDisk(String diskCid) {
        Directories.create(disk(diskCid), "rwxr-xr-x");
    }

    /** Names of all disks. */
    public Set<String> existingDisks() {
        try (var found = Files.list(disks)) {
            return found.map(path -> path.getFileName().toString()).collect(java.util.stream.Collectors.toSet());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Names of all machines that have a directory, known to a deployment or not. */
    public Set<String> existing() {
        try (var found = Files.list(machines)) {
            return found.map(path -> path.getFileName().toString()).collect(java.util.stream.Collectors.toSet());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /**
     * Creates the machine's directories and starts its first process.
     *
     * @param addresses of the machine. With those of the loopback network it shares the host's network; with others it gets a network
     *     namespace of its own, which only root can make
     * @throws DirectorException uncoded, as a CPI's error, if that can't be
     */
    public void create(Machine machine, Collection<String> addresses) {
        List<String> own = addresses.stream()
                .filter(address -> !address.startsWith("127."))
                .toList();
        if (!own.isEmpty() && !root) {
            throw DirectorException.uncoded(
                    "Unknown CPI error 'Unknown' with message 'only root can make a network for " + own
                            + "; other users have addresses of 127.0.0.0/8' in 'create_vm' CPI method");
        }
        Directories.create(machine.directory(), "rwx------");
        Directories.create(machine.vcap(), "rwxr-xr-x");
        for (String directory : List.of(
                "bosh",
                "data",
                "data/jobs",
                "data/packages",
                "instance",
                "instance/dns",
                "jobs",
                "monit",
                "packages",
                "store",
                "sys",
                "sys/log",
                "sys/run",
                "sys/run/bpm")) {
            Directories.create(machine.vcap().resolve(directory), "rwxr-xr-x");
        }
        Path temporary = Directories.create(machine.directory().resolve("tmp"), "rwxrwxrwx");
        try {
            Files.setAttribute(temporary, "unix:mode", SHARED_BY_ALL);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot create " + temporary, failure);
        }
        Directories.create(machine.directory().resolve("var"), "rwxr-xr-x");
        if (machine.disk() != null && !Files.isDirectory(machine.disk())) {
            // An empty one in its place would look like a database that was never there.
            throw DirectorException.uncoded("Unknown CPI error 'Unknown' with message 'disk "
                    + machine.disk().getFileName() + " is missing' in 'attach_disk' CPI method");
        }
        List<String> command = new ArrayList<>(List.of(
                "sh",
                script.toString(),
                "start",
                machine.directory().toString(),
                machine.disk() == null ? "" : machine.disk().toString(),
                Integer.toString(vcapId)));
        if (!own.isEmpty()) {
            removeLink(machine);
            command.addAll(List.of("/proc/" + ProcessHandle.current().pid() + "/ns/net", bridge, link(machine)));
            command.addAll(own);
        }
        Process holder = start(command, Map.of(), machine.agentLog());
        await(holder, machine);
    }

    /** The host's end of a machine's network device. */
    private static String link(Machine machine) {
        return "pd" + machine.cid().replace("-", "").substring(0, 12);
    }

    /** A network namespace ends some time after its last process; a machine that is made again at once needs the name. */
    private void removeLink(Machine machine) {
        if (root && Files.exists(Path.of("/sys/class/net", link(machine)))) {
            try {
                new ProcessBuilder("ip", "link", "del", link(machine))
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(
                                machine.agentLog().toFile()))
                        .start()
                        .waitFor();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Whether the machine's first process lives; its other processes may be dead or alive. */
    public boolean isAlive(Machine machine) {
        return holder(machine).isPresent();
    }

    /** Whether a living machine still has its persistent disk. */
    public boolean hasDiskMounted(Machine machine) {
        return holder(machine)
                .map(holder -> Namespaces.isMountPoint(holder.pid(), "/var/vcap/store"))
                .orElse(false);
    }

    /** Kills all processes of the machine: what is left is a dead machine with its directories. */
    public void kill(Machine machine) {
        removeLink(machine);
        if (!Files.isDirectory(machine.directory())) {
            return;
        }
        Process killing = start(
                List.of("sh", script.toString(), "kill", machine.directory().toString()), Map.of(), machine.agentLog());
        if (!await(killing, KILL_SECONDS) || killing.exitValue() != 0) {
            // Its disk must not be used by another machine.
            throw DirectorException.uncoded("Unknown CPI error 'Unknown' with message 'machine " + machine.cid()
                    + " does not end' in 'delete_vm' CPI method");
        }
    }

    /** Kills the machine and removes its directories, its persistent disk not among them. */
    public void destroy(Machine machine) {
        kill(machine);
        // Under another name first: who writes to the machine by its name now finds nothing, and can't get in the way.
        Path gone = machine.directory().resolveSibling(machine.cid() + ".gone");
        try {
            Files.move(machine.directory(), gone, StandardCopyOption.ATOMIC_MOVE);
        } catch (java.nio.file.NoSuchFileException already) {
            return;
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot remove " + machine.directory(), failure);
        }
        Directories.delete(gone);
    }

    /** Kills what runs in the machine besides these processes, their descendants and their monitors: scripts of a lost director. */
    public void killStrays(Machine machine, Set<Long> wanted) {
        holder(machine).ifPresent(holder -> {
            Set<Long> kept = new HashSet<>(wanted);
            wanted.forEach(pid -> kept.addAll(holder.ancestors(pid)));
            List<Long> strays = holder.members(machine).stream()
                    .filter(pid -> !kept.contains(pid)
                            && holder.ancestors(pid).stream().noneMatch(wanted::contains))
                    .toList();
            strays.forEach(pid -> {
                LOG.warn("machine {}: killing stray process {}", machine.cid(), pid);
                await(signal(machine, pid, "KILL"), KILL_SECONDS);
            });
            // Nothing is started beside them: two servers on the same data do not see each other.
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(KILL_SECONDS);
            while (strays.stream().anyMatch(pid -> holder.hasMember(machine, pid)) && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
        });
    }

    /** Whether a process with this id, as the machine numbers it, lives in the machine. */
    public boolean isMember(Machine machine, long pid) {
        return holder(machine).filter(holder -> holder.hasMember(machine, pid)).isPresent();
    }

    /** The machine's own view of its processes; empty if it is dead. */
    Optional<Path> proc(Machine machine) {
        return holder(machine).map(Holder::proc);
    }

    /** Sends a signal to a process of the machine, which may have ended. */
    Process signal(Machine machine, long pid, String signal) {
        List<String> command = new ArrayList<>(entering(machine));
        command.addAll(List.of("kill", "-s", signal, Long.toString(pid)));
        return start(command, Map.of(), machine.agentLog());
    }

    /** Whether an earlier director made the machine: one whose processes are isolated by their file systems only, until it is recreated. */
    boolean isOfEarlierDirector(Machine machine) {
        return holder(machine).map(holder -> holder.pidNamespace().isEmpty()).orElse(false);
    }

    /**
     * The command line that runs a command in the machine as its root: in the director's own rights if that is root, as the
     * ordinary user otherwise.
     *
     * @throws DirectorException 450002 if the machine is dead
     */
    List<String> entering(Machine machine) {
        Holder holder = holder(machine)
                .orElseThrow(() ->
                        new DirectorException(450002, "Timed out sending 'get_state' to machine " + machine.cid()));
        List<String> command = new ArrayList<>(List.of("nsenter", "--target", Long.toString(holder.pid()), "--mount"));
        // A machine without a network of its own has the host's.
        command.addAll(root ? List.of("--net") : List.of("--user", "--preserve-credentials"));
        if (!holder.pidNamespace().isEmpty()) {
            command.addAll(List.of("--pid", "--ipc", "--uts"));
        }
        // Like a machine's agent, whatever the director was started with.
        command.addAll(List.of("sh", "-c", "umask 022 && exec \"$@\"", "machine"));
        return command;
    }

    /** Namespaces of its own for a process that is about to get a container. */
    List<String> unsharing() {
        return root
                ? List.of("unshare", "--mount")
                : List.of("unshare", "--user", "--map-current-user", "--keep-caps", "--mount");
    }

    /** Id of the unprivileged user; null where everything runs as the user that this is. */
    @Nullable
    Integer vcap() {
        return root ? vcapId : null;
    }

    /** The prefix of a command that gives up root's rights, empty if there are none. */
    List<String> asVcap() {
        return root
                ? List.of(
                        "setpriv",
                        "--reuid",
                        "" + vcapId,
                        "--regid",
                        "" + vcapId,
                        "--clear-groups",
                        "--no-new-privs",
                        "--inh-caps=-all",
                        "--bounding-set=-all")
                : List.of();
    }

    /** Hands a directory of the machine to the unprivileged user. */
    void giveToVcap(Path path) {
        if (!root) {
            return;
        }
        try {
            Files.setAttribute(path, "unix:uid", vcapId, LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(path, "unix:gid", vcapId, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot give " + path + " to vcap", failure);
        }
    }

    /** Hands a file or directory to root with the unprivileged group. */
    void giveToVcapGroup(Path path) {
        if (!root) {
            return;
        }
        try {
            Files.setAttribute(path, "unix:gid", vcapId);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot give " + path + " to the group vcap", failure);
        }
    }

    /** Starts a command that reads this text from its standard input. */
    static Process start(List<String> command, String input, Path log) {
        Process process = start(command, Map.of(), ProcessBuilder.Redirect.PIPE, log);
        try (OutputStream standardInput = process.getOutputStream()) {
            standardInput.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException ended) {
            LOG.debug("{} ended before it had read its input", command.get(0));
        }
        return process;
    }

    static Process start(List<String> command, Map<String, String> environment, Path log) {
        return start(command, environment, ProcessBuilder.Redirect.from(new java.io.File("/dev/null")), log);
    }

    private static Process start(
            List<String> command, Map<String, String> environment, ProcessBuilder.Redirect input, Path log) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        builder.environment().putAll(environment);
        builder.redirectErrorStream(true);
        builder.redirectInput(input);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(ownLog(log).toFile()));
        try {
            return builder.start();
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot start " + command.get(0), failure);
        }
    }

    /**
     * The log, as a file of root's own: the job may have laid a link or a FIFO in its place. What it laid is moved aside; once the file is root's, the
     * directory, which is root's as well, keeps it where it is.
     */
    static Path ownLog(Path log) {
        try {
            for (int tries = 0; tries < OWN_TRIES; tries++) {
                try {
                    if (isOwn(log)) {
                        return log;
                    }
                    if (Files.exists(log, LinkOption.NOFOLLOW_LINKS)) {
                        Files.move(log, log.resolveSibling(log.getFileName() + ".not-ours-" + UUID.randomUUID()));
                    }
                    // Fails if there is anything, a link too.
                    Files.createFile(log, PosixFilePermissions.asFileAttribute(LOG_PERMISSIONS));
                } catch (FileAlreadyExistsException | NoSuchFileException laidAgain) {
                    LOG.debug("{} was laid again", log);
                }
            }
            throw new IOException("somebody lays something in its place");
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot write " + log, failure);
        }
    }

    private static boolean isOwn(Path log) throws IOException {
        if (!Files.isRegularFile(log, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        Map<String, Object> file = Files.readAttributes(log, "unix:uid,nlink", LinkOption.NOFOLLOW_LINKS);
        return !isRoot() || file.get("uid").equals(0) && file.get("nlink").equals(1);
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** Lets the unprivileged user lay files in a directory in which root has some of its own. */
    void shareWithVcap(Path directory) {
        if (!root) {
            return;
        }
        try {
            Files.setAttribute(directory, "unix:uid", 0, LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(directory, "unix:gid", vcapId, LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(directory, "unix:mode", SHARED, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot share " + directory + " with vcap", failure);
        }
    }

    /**
     * The living first process.
     *
     * @param pid as the host numbers it
     * @param pidNamespace empty for a machine of an earlier director, whose processes are those in the mount namespace
     */
    private record Holder(long pid, String mountNamespace, String pidNamespace) {

        /** The machine's view of its processes. */
        private Path proc() {
            return Path.of(pidNamespace.isEmpty() ? "/proc" : "/proc/" + pid + "/root/proc");
        }

        List<Long> members(Machine machine) {
            return Namespaces.processes(proc()).stream()
                    .filter(member -> hasMember(machine, member))
                    .toList();
        }

        boolean hasMember(Machine machine, long member) {
            return pidNamespace.isEmpty()
                    ? member != pid
                            && Namespaces.mounts(member)
                                    .filter(mountNamespace::equals)
                                    .isPresent()
                            && Namespaces.shows(member, machine.vcap())
                    : member != 1 && Namespaces.isAlive(proc(), member);
        }

        List<Long> ancestors(long member) {
            return Namespaces.ancestors(proc(), member);
        }
    }

    private Optional<Holder> holder(Machine machine) {
        return holderRecord(machine)
                .filter(holder -> Namespaces.mounts(holder.pid())
                                .filter(holder.mountNamespace()::equals)
                                .isPresent()
                        && Namespaces.shows(holder.pid(), machine.vcap()));
    }

    private static Optional<Holder> holderRecord(Machine machine) {
        try {
            String line = Files.readString(machine.holderFile());
            if (!line.endsWith("\n")) {
                return Optional.empty();
            }
            String[] fields = line.strip().split(" ");
            return Optional.of(new Holder(Long.parseLong(fields[0]), fields[1], fields.length < 3 ? "" : fields[2]));
        } catch (IOException absent) {
            return Optional.empty();
        }
    }

    private void await(Process starting, Machine machine) {
        if (!await(starting, START_SECONDS) || holder(machine).isEmpty()) {
            starting.destroyForcibly();
            throw DirectorException.uncoded("Unknown CPI error 'Unknown' with message 'machine " + machine.cid()
                    + " did not start: " + lastLine(machine.agentLog()) + "' in 'create_vm' CPI method");
        }
    }

    /** Whether a process ended in time. */
    private static boolean await(Process process, long seconds) {
        try {
            return process.waitFor(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", interrupted);
        }
    }

    private static String lastLine(Path log) {
        try {
            List<String> lines = Files.readAllLines(log);
            return lines.isEmpty() ? "no output" : lines.get(lines.size() - 1);
        } catch (IOException unreadable) {
            return "no output";
        }
    }
}
