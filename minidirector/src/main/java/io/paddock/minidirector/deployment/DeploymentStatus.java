package io.paddock.minidirector.deployment;

import io.paddock.minidirector.machine.JobProcesses.Status;
import io.paddock.minidirector.machine.Machine;
import io.paddock.minidirector.machine.Vitals;
import io.paddock.minidirector.release.Stemcells;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Instances as the director lists them: from its records, or with the state of their processes. */
@Component
public class DeploymentStatus {

    private final InstanceUpdater updater;
    private final Vitals vitals;
    private final Stemcells stemcells;

    DeploymentStatus(InstanceUpdater updater, Vitals vitals, Stemcells stemcells) {
        this.updater = updater;
        this.vitals = vitals;
        this.stemcells = stemcells;
    }

    /**
     * Keys of {@code GET /deployments/NAME/instances}.
     *
     * @param errand whether the instance is one of an errand's group
     */
    public Map<String, Object> brief(Instance instance, boolean errand) {
        Map<String, Object> shown = machine(instance);
        shown.put("expects_vm", !errand && instance.state() != Instance.State.DETACHED);
        return shown;
    }

    /** Keys of {@code GET /deployments/NAME/vms}. */
    public Map<String, Object> vm(Instance instance) {
        Map<String, Object> shown = machine(instance);
        shown.put("active", true);
        shown.put("permanent_nats_credentials", false);
        return shown;
    }

    /** Keys of a line of {@code instances?format=full}; vitals are those of the one machine that there is. */
    public Map<String, Object> full(Instance instance) {
        Instance.Vm vm = instance.vm();
        String disk = instance.disk() == null ? null : instance.disk().cid();
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("vm_cid", vm == null ? null : vm.cid());
        shown.put("active", vm == null ? null : Boolean.TRUE);
        shown.put("vm_created_at", vm == null ? null : vm.createdAt());
        shown.put("cloud_properties", Map.of());
        shown.put("disk_cid", disk);
        shown.put("disk_cids", disk == null ? List.of() : List.of(disk));
        shown.put(
                "ips", vm == null ? List.of() : List.copyOf(instance.addresses().values()));
        shown.put("agent_id", vm == null ? null : vm.agentId());
        shown.put("job_name", instance.group());
        shown.put("index", instance.index());
        String jobState = vm == null ? null : updater.jobState(instance);
        boolean alive = jobState != null && !jobState.equals("unresponsive agent");
        shown.put("job_state", jobState);
        shown.put("state", instance.state().wireName());
        shown.put("vm_type", vm == null ? null : vm.vmType());
        shown.put("vitals", alive ? vitals.ofMachine(disk != null) : null);
        shown.put(
                "processes",
                alive
                        ? updater.processes(instance).stream()
                                .map(status -> process(updater.machine(instance), status))
                                .toList()
                        : List.of());
        shown.put("az", instance.az());
        shown.put("id", instance.id());
        shown.put("bootstrap", instance.bootstrap());
        shown.put("ignore", instance.ignored());
        String[] stemcell = vm == null || vm.stemcell() == null
                ? new String[0]
                : vm.stemcell().split("/", 2);
        Map<String, Object> shownStemcell = new LinkedHashMap<>();
        Optional<Stemcells.Stemcell> known =
                stemcell.length == 2 ? stemcells.byOs(stemcell[0], stemcell[1]) : Optional.empty();
        shownStemcell.put("name", known.map(Stemcells.Stemcell::name).orElse(null));
        shownStemcell.put("version", stemcell.length == 2 ? stemcell[1] : null);
        shownStemcell.put(
                "api_version", known.map(Stemcells.Stemcell::apiVersion).orElse(null));
        shown.put("stemcell", shownStemcell);
        return shown;
    }

    private Map<String, Object> process(Machine machine, Status status) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("name", status.name());
        shown.put("state", status.running() ? "running" : "unknown");
        shown.putAll(vitals.ofProcess(machine, status.pid()));
        return shown;
    }

    private static Map<String, Object> machine(Instance instance) {
        Instance.Vm vm = instance.vm();
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("agent_id", vm == null ? null : vm.agentId());
        shown.put("cid", vm == null ? null : vm.cid());
        shown.put("job", instance.group());
        shown.put("index", instance.index());
        shown.put("id", instance.id());
        shown.put("az", instance.az());
        shown.put(
                "ips", vm == null ? List.of() : List.copyOf(instance.addresses().values()));
        shown.put("vm_created_at", vm == null ? null : vm.createdAt());
        return shown;
    }
}
