package io.paddock.minidirector.machine;

import io.paddock.minidirector.release.Package;
import io.paddock.minidirector.release.Packages;
import io.paddock.minidirector.release.RenderedJob;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Directories;
import io.paddock.minidirector.system.MinidirectorProperties;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * What a BOSH agent with monit and bpm does on a machine: installs rendered jobs, runs their scripts, starts, watches and
 * stops their processes. All of it is found again on disk, so a new director goes on where the old one was.
 */
@Component
public class JobProcesses {

    private static final Logger LOG = LoggerFactory.getLogger(JobProcesses.class);
    private static final long STOP_SECONDS = 15;
    private static final long CANCEL_MILLISECONDS = 200;
    private static final int LONGEST_OUTPUT = 1 << 20;
    private static final String VCAP = "/var/vcap/";

    private static final String MONIT_FILE = ".monitrc";

    /** Monit files that are installed but not loaded: monit learns of them when it starts the jobs. */
    private static final String NEXT_MONIT = "monit.next";

    private final MachineHost host;
    private final Packages packages;
    private final Bpm bpm;
    private final boolean shufflesStarts;

    JobProcesses(MachineHost host, Packages packages, Bpm bpm, MinidirectorProperties properties) {
        this.shufflesStarts = properties.shuffledStarts();
        this.host = host;
        this.packages = packages;
        this.bpm = bpm;
    }

    /** A process of a job as monit sees it. */
    public record Status(String job, String name, boolean running, long pid) {}

    /** What a script printed, and how it ended. */
    public record ScriptResult(int exitCode, String standardOutput, String standardError) {}

    /** Lays the jobs' files and packages on the machine, in place of those that were there. */
    public void install(Machine machine, List<RenderedJob> jobs) {
        Path installed = machine.vcap().resolve("data/jobs");
        Directories.delete(machine.vcap().resolve("jobs"));
        Directories.delete(machine.vcap().resolve("monit"));
        Directories.delete(machine.vcap().resolve(NEXT_MONIT));
        Directories.delete(installed);
        for (String directory : List.of("jobs", NEXT_MONIT, "data/jobs")) {
            Directories.create(machine.vcap().resolve(directory), "rwxr-xr-x");
        }
        for (RenderedJob job : jobs) {
            install(machine, installed.resolve(job.name()), job);
            // As the agent does: monit loads the files by name, which begins with the job's place in the manifest.
            Path monit = machine.vcap()
                    .resolve(NEXT_MONIT)
                    .resolve("%04d_%s%s".formatted(jobs.indexOf(job), job.name(), MONIT_FILE));
            write(monit, monit(job), "rw-------");
        }
    }

    /** Whether anything was ever installed. */
    public boolean hasJobs(Machine machine) {
        return !jobs(machine).isEmpty();
    }

    /** Jobs that have a script of this name. */
    public List<String> jobsWithScript(Machine machine, String script) {
        return jobs(machine).stream()
                .filter(job -> Files.exists(machine.job(job).resolve("bin").resolve(script)))
                .toList();
    }

    /** Names of installed packages that are others, or not there any more, with these jobs. */
    public List<String> changedPackages(Machine machine, List<RenderedJob> jobs) {
        Map<String, Package> wanted = jobs.stream()
                .flatMap(job -> job.packages().stream())
                .collect(Collectors.toMap(Package::name, found -> found, (one, two) -> one));
        Path installed = machine.vcap().resolve("packages");
        try (Stream<Path> links = Files.list(installed)) {
            return links.map(link -> link.getFileName().toString())
                    .filter(name -> !wanted.containsKey(name) || !isInstalled(machine, wanted.get(name)))
                    .sorted()
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot read " + installed, failure);
        }
    }

    private static boolean isInstalled(Machine machine, Package wanted) {
        return !wanted.isCompiledHere() || Files.exists(machine.installed(wanted));
    }

    /** Starts a script as root; its output goes to /var/vcap/sys/log/JOB/SCRIPT.std{out,err}.log. */
    public ScriptResult run(
            Machine machine, String job, String script, List<String> arguments, Map<String, String> environment) {
        return runCancellable(machine, job, script, arguments, environment, () -> false);
    }

    /** Runs an errand's script, without arguments. */
    public ScriptResult runErrand(Machine machine, String job, BooleanSupplier cancelled) {
        return runCancellable(machine, job, "run", List.of(), Map.of(), cancelled);
    }

    /** The same for the scripts that a cancelled task kills: those of drain and of errands. */
    public ScriptResult runCancellable(
            Machine machine,
            String job,
            String script,
            List<String> arguments,
            Map<String, String> environment,
            BooleanSupplier cancelled) {
        List<String> command = new ArrayList<>(List.of(VCAP + "jobs/" + job + "/bin/" + script));
        command.addAll(arguments);
        return runCancellable(machine, command, environment, machine.log(job).resolve(script), cancelled);
    }

    /**
     * Runs a package's script {@code packaging} in a copy of its sources, with what it depends on in /var/vcap/packages.
     *
     * @return with what it printed; {@link Machine#compiled} holds what it made
     */
    public ScriptResult compile(
            Machine machine, Package wanted, Path sources, List<Package> dependencies, BooleanSupplier cancelled) {
        Path work = machine.vcap().resolve("data/compile").resolve(wanted.name());
        Directories.create(work.getParent(), "rwxr-xr-x");
        // Another release may bring a package of the same name.
        Directories.delete(work);
        Directories.copy(sources, work);
        dependencies.forEach(dependency -> install(machine, dependency));
        Directories.create(machine.compiled(wanted), "rwxr-xr-x");
        link(machine.vcap().resolve("packages").resolve(wanted.name()), Path.of(VCAP + Machine.compiledBelow(wanted)));
        String directory = VCAP + "data/compile/" + wanted.name();
        return runCancellable(
                machine,
                List.of("sh", "-c", "cd \"$1\" && exec bash -x packaging", "packaging", directory),
                Map.of(
                        "BOSH_COMPILE_TARGET",
                        directory,
                        "BOSH_INSTALL_TARGET",
                        VCAP + "packages/" + wanted.name(),
                        "BOSH_PACKAGE_NAME",
                        wanted.name(),
                        "BOSH_PACKAGE_VERSION",
                        wanted.fingerprint()),
                work.resolveSibling(wanted.name() + ".packaging"),
                cancelled);
    }

    /**
     * A directory of this computer's system is linked. Others are copied, since they may be built again while the machine runs, and so is what was
     * compiled.
     */
    private void install(Machine machine, Package wanted) {
        Path content = packages.directory(wanted);
        if (!wanted.isCompiledHere()) {
            boolean isOfSystem =
                    Container.SYSTEM.stream().anyMatch(content::startsWith) && Directories.isOpenToAll(content);
            link(
                    machine.vcap().resolve("packages").resolve(wanted.name()),
                    isOfSystem ? content : copied(machine, wanted));
            return;
        }
        Path target = machine.installed(wanted);
        if (!Files.exists(target)) {
            Directories.create(target.getParent(), "rwxr-xr-x");
            Directories.copy(content, target);
        }
        link(machine.vcap().resolve("packages").resolve(wanted.name()), Path.of(VCAP + Machine.installedBelow(wanted)));
    }

    /** Copies each time: the director's own may have been built again. */
    private Path copied(Machine machine, Package wanted) {
        Path target =
                machine.vcap().resolve("data/packages").resolve(wanted.name()).resolve("copy");
        Directories.create(target.getParent(), "rwxr-xr-x");
        Directories.delete(target);
        Directories.copy(packages.directory(wanted), target);
        Directories.openToAll(target);
        return Path.of(VCAP + "data/packages/" + wanted.name() + "/copy");
    }

    /** @param log its output is appended to LOG.stdout.log and LOG.stderr.log */
    private ScriptResult runCancellable(
            Machine machine,
            List<String> script,
            Map<String, String> environment,
            Path log,
            BooleanSupplier cancelled) {
        List<String> command = new ArrayList<>(host.entering(machine));
        command.addAll(List.of("setsid", "--wait"));
        command.addAll(script);
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        builder.environment().putAll(environment);
        builder.redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
        Path standardOutput = log.resolveSibling(log.getFileName() + ".stdout.log");
        Path standardError = log.resolveSibling(log.getFileName() + ".stderr.log");
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(
                MachineHost.ownLog(standardOutput).toFile()));
        builder.redirectError(ProcessBuilder.Redirect.appendTo(
                MachineHost.ownLog(standardError).toFile()));
        try {
            long outputBefore = size(standardOutput);
            long errorBefore = size(standardError);
            Process process = builder.start();
            while (!process.waitFor(CANCEL_MILLISECONDS, TimeUnit.MILLISECONDS)) {
                if (cancelled.getAsBoolean()) {
                    process.descendants().forEach(ProcessHandle::destroyForcibly);
                    process.destroyForcibly();
                }
            }
            return new ScriptResult(
                    process.exitValue(), since(standardOutput, outputBefore), since(standardError, errorBefore));
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot run " + script, failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while " + script + " ran", interrupted);
        }
    }

    private static long size(Path log) throws IOException {
        return Files.exists(log) ? Files.size(log) : 0;
    }

    /** What was added to a log, at most a megabyte of it. */
    private static String since(Path log, long offset) throws IOException {
        try (InputStream content = Files.newInputStream(log)) {
            content.skipNBytes(offset);
            return new String(content.readNBytes(LONGEST_OUTPUT), StandardCharsets.UTF_8);
        }
    }

    public List<Status> status(Machine machine) {
        List<Status> all = new ArrayList<>();
        for (String job : jobs(machine)) {
            for (MonitFile.Process process : declared(machine, job)) {
                long pid = pid(machine, process);
                boolean running = pid > 0 && host.isMember(machine, pid);
                all.add(new Status(job, process.name(), running, running ? pid : 0));
            }
        }
        return all;
    }

    /** From now on monit knows the processes of the jobs that were installed last. */
    void declare(Machine machine) {
        Path next = machine.vcap().resolve(NEXT_MONIT);
        if (Files.exists(next)) {
            Directories.delete(machine.vcap().resolve("monit"));
            try {
                Files.move(next, machine.vcap().resolve("monit"));
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
    }

    /** Starts every declared process that does not run: in the manifest's order, or in another one each time where the settings want that. */
    public void startAll(Machine machine) {
        List<String> jobs = new ArrayList<>(jobsWithMonitFile(machine));
        if (shufflesStarts) {
            Collections.shuffle(jobs);
        }
        List<RuntimeException> failures = new ArrayList<>();
        for (String job : jobs) {
            for (MonitFile.Process process : declared(machine, job)) {
                long pid = pid(machine, process);
                if (pid == 0 || !host.isMember(machine, pid)) {
                    try {
                        start(machine, job, process);
                    } catch (RuntimeException failure) {
                        // One job's failure must not keep the others from running.
                        failures.add(failure);
                    }
                }
            }
        }
        if (!failures.isEmpty()) {
            throw failures.get(0);
        }
    }

    /** Stops every declared process: its signal, then SIGQUIT, then SIGKILL, as bpm does. */
    public void stopAll(Machine machine) {
        for (String job : jobs(machine)) {
            for (MonitFile.Process process : declared(machine, job)) {
                stop(machine, job, process);
            }
        }
    }

    /** Kills what a lost director left running besides the jobs' processes. */
    public void killStrays(Machine machine) {
        Set<Long> wanted = status(machine).stream()
                .filter(Status::running)
                .map(Status::pid)
                .collect(Collectors.toSet());
        host.killStrays(machine, wanted);
    }

    private List<String> jobs(Machine machine) {
        Path directory = machine.vcap().resolve("jobs");
        try (Stream<Path> found = Files.list(directory)) {
            return found.map(path -> path.getFileName().toString()).sorted().toList();
        } catch (java.nio.file.NoSuchFileException none) {
            return List.of();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private void install(Machine machine, Path directory, RenderedJob job) {
        Directories.create(directory, "rwxr-x---");
        host.giveToVcapGroup(directory);
        job.files().forEach((path, content) -> {
            Path file = directory.resolve(path).normalize();
            if (!file.startsWith(directory)) {
                throw DirectorException.uncoded(
                        "Job '" + job.name() + "' has a template outside of its directory: " + path);
            }
            for (Path parent = file.getParent(); !parent.equals(directory); parent = parent.getParent()) {
                Directories.create(parent, "rwxr-x---");
                host.giveToVcapGroup(parent);
            }
            write(file, content, path.startsWith("bin/") ? "rwxr-x---" : "rw-r-----");
            host.giveToVcapGroup(file);
        });
        Path links = Directories.create(directory.resolve(".bosh"), "rwxr-x---");
        write(links.resolve("links.json"), job.links(), "rw-r-----");
        host.giveToVcapGroup(links);
        host.giveToVcapGroup(links.resolve("links.json"));
        host.shareWithVcap(machine.ownDirectory(VCAP + "sys/log/" + job.name(), "rwxrwx---"));
        for (String own : List.of("sys/run/%s", "data/%s", "data/%s/tmp")) {
            host.giveToVcap(machine.ownDirectory(VCAP + own.formatted(job.name()), "rwxrwx---"));
        }
        Directories.create(machine.vcap().resolve("sys/run/bpm").resolve(job.name()), "rwxr-xr-x");
        link(machine.vcap().resolve("jobs").resolve(job.name()), Path.of(VCAP + "data/jobs/" + job.name()));
        job.packages().forEach(used -> {
            install(machine, used);
            link(
                    Directories.create(directory.resolve("packages"), "rwxr-x---")
                            .resolve(used.name()),
                    Path.of(VCAP + "packages/" + used.name()));
            host.giveToVcapGroup(directory.resolve("packages"));
        });
    }

    /** Rendered files that end with .monit count as well. */
    private static String monit(RenderedJob job) {
        return Stream.concat(
                        Stream.of(job.monit()),
                        job.files().entrySet().stream()
                                .filter(file -> file.getKey().endsWith(".monit"))
                                .map(Map.Entry::getValue))
                .collect(Collectors.joining("\n"));
    }

    private List<MonitFile.Process> declared(Machine machine, String job) {
        return monitFiles(machine).stream()
                .filter(file -> job.equals(jobOf(file)))
                .findFirst()
                .map(file -> {
                    try {
                        return MonitFile.parse(Files.readString(file));
                    } catch (IOException failure) {
                        throw new UncheckedIOException(failure);
                    }
                })
                .orElse(List.of());
    }

    /** In the manifest's order. */
    private static List<String> jobsWithMonitFile(Machine machine) {
        return monitFiles(machine).stream().map(JobProcesses::jobOf).toList();
    }

    private static List<Path> monitFiles(Machine machine) {
        try (Stream<Path> found = Files.list(machine.vcap().resolve("monit"))) {
            return found.sorted().toList();
        } catch (java.nio.file.NoSuchFileException notYet) {
            return List.of();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** An earlier director's files have no number. */
    private static String jobOf(Path monitFile) {
        return monitFile
                .getFileName()
                .toString()
                .replaceFirst("^\\d{4}_", "")
                .replaceFirst("\\" + MONIT_FILE + "$", "");
    }

    private void start(Machine machine, String job, MonitFile.Process process) {
        LOG.info("machine {}: starting {}", machine.cid(), process.name());
        if (!process.isBpm()) {
            List<String> command = new ArrayList<>(host.entering(machine));
            command.addAll(List.of("setsid", "sh", "-c", process.start()));
            MachineHost.start(command, Map.of(), machine.log(job).resolve("monit.log"));
            return;
        }
        bpm.start(machine, job, process);
    }

    private void stop(Machine machine, String job, MonitFile.Process process) {
        long pid = pid(machine, process);
        if (pid == 0 || !host.isMember(machine, pid)) {
            return;
        }
        if (process.isBpm()) {
            bpm.stop(machine, job, process, pid);
        } else {
            List<String> command = new ArrayList<>(host.entering(machine));
            command.addAll(List.of("sh", "-c", process.stop()));
            Process stopping =
                    MachineHost.start(command, Map.of(), machine.log(job).resolve("monit.log"));
            try {
                stopping.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(interrupted);
            }
        }
        deletePidFile(machine, process);
    }

    private long pid(Machine machine, MonitFile.Process process) {
        try {
            return Long.parseLong(
                    Files.readString(machine.hostPath(process.pidFile())).strip());
        } catch (IOException | NumberFormatException absent) {
            return 0;
        }
    }

    private void deletePidFile(Machine machine, MonitFile.Process process) {
        try {
            Files.deleteIfExists(machine.hostPath(process.pidFile()));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static void write(Path file, String content, String permissions) {
        try {
            Files.createFile(
                    file,
                    java.nio.file.attribute.PosixFilePermissions.asFileAttribute(
                            java.nio.file.attribute.PosixFilePermissions.fromString("rw-------")));
            Files.writeString(file, content);
            Files.setPosixFilePermissions(file, java.nio.file.attribute.PosixFilePermissions.fromString(permissions));
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot write " + file, failure);
        }
    }

    private static void link(Path link, Path target) {
        try {
            Files.deleteIfExists(link);
            Files.createSymbolicLink(link, target);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
