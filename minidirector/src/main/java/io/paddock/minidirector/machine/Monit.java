package io.paddock.minidirector.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/**
 * Watches the processes of machines and starts those that died. Whether a machine is watched is a file on it: an update that
 * failed half-way leaves it unwatched, also for the next director.
 */
@Component
public class Monit {

    private final JobProcesses processes;
    private final MachineHost host;
    private final Set<String> starting = ConcurrentHashMap.newKeySet();

    Monit(JobProcesses processes, MachineHost host) {
        this.processes = processes;
        this.host = host;
    }

    /** Starts all processes and watches them from now on. */
    public synchronized void start(Machine machine) {
        try {
            Files.write(marker(machine), new byte[0]);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        processes.declare(machine);
        starting.add(machine.cid());
        try {
            processes.startAll(machine);
        } finally {
            starting.remove(machine.cid());
        }
    }

    /** Whether its processes are being started at this moment. */
    public boolean isStarting(Machine machine) {
        return starting.contains(machine.cid());
    }

    /** Stops watching; the processes go on. */
    public synchronized void unmonitor(Machine machine) {
        try {
            Files.deleteIfExists(marker(machine));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    public boolean isMonitored(Machine machine) {
        return Files.exists(marker(machine));
    }

    /** Starts what died since the last look. */
    public synchronized void supervise(Machine machine) {
        if (isMonitored(machine) && host.isAlive(machine)) {
            processes.startAll(machine);
        }
    }

    private static Path marker(Machine machine) {
        return machine.directory().resolve("monitored");
    }
}
