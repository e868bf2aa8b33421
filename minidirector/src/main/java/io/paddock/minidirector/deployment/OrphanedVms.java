package io.paddock.minidirector.deployment;

import io.paddock.minidirector.machine.MachineHost;
import io.paddock.minidirector.system.JsonFile;
import io.paddock.minidirector.system.MinidirectorProperties;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.springframework.stereotype.Component;

/** Machines whose instance has another one by now ({@code vm_strategy: create-swap-delete}): stopped, and removed a little later. */
@Component
public class OrphanedVms {

    private static final Duration KEPT = Duration.ofMinutes(5);

    /** The file's content. */
    record Content(List<Orphan> machines) {}

    /** @param orphanedAt seconds since the epoch */
    public record Orphan(
            String cid, String az, String deployment, String instance, List<String> addresses, long orphanedAt) {}

    private final JsonFile<Content> file;
    private final MachineHost host;
    private final Clock clock;
    private final List<Orphan> machines;

    OrphanedVms(MinidirectorProperties properties, MachineHost host, Clock clock) {
        this.file = new JsonFile<>(properties.stateDirectory().resolve("orphaned_vms.json"), Content.class);
        this.host = host;
        this.clock = clock;
        this.machines = new ArrayList<>(file.read().map(Content::machines).orElse(List.of()));
    }

    public synchronized List<Orphan> all() {
        return List.copyOf(machines);
    }

    /** @param instance with the machine and the addresses that it had */
    synchronized void add(String deployment, Instance instance, Instance.Vm machine) {
        machines.add(new Orphan(
                machine.cid(),
                instance.az(),
                deployment,
                instance.name(),
                List.copyOf(instance.addresses().values()),
                clock.instant().getEpochSecond()));
        save();
    }

    /** Removes those whose time is over. */
    synchronized void removeExpired() {
        long limit = clock.instant().minus(KEPT).getEpochSecond();
        remove(machines.stream().filter(orphan -> orphan.orphanedAt() <= limit).toList());
    }

    synchronized void removeAll() {
        remove(all());
    }

    synchronized void remove(Orphan machine) {
        remove(List.of(machine));
    }

    private void remove(List<Orphan> gone) {
        if (!gone.isEmpty()) {
            gone.forEach(orphan -> host.destroy(host.machine(orphan.cid(), null)));
            machines.removeAll(gone);
            save();
        }
    }

    private void save() {
        file.write(new Content(List.copyOf(machines)));
    }
}
