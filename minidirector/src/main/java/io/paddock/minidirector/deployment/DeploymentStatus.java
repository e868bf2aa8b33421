package io.paddock.minidirector.deployment;

import io.paddock.minidirector.machine.JobProcesses.Status;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Component;

/** Instances as the director lists them: from its records, or with the state of their processes. */
@Component
public class DeploymentStatus {

    private final InstanceUpdater updater;

    DeploymentStatus(InstanceUpdater updater) {
        this.updater = updater;
    }

    /** Keys of {@code GET /deployments/NAME/instances}. */
    public Map<String, Object> brief(Instance instance) {
        Map<String, Object> shown = machine(instance);
        shown.put("expects_vm", instance.vm() != null);
        return shown;
    }

    /** Keys of {@code GET /deployments/NAME/vms}. */
    public Map<String, Object> vm(Instance instance) {
        Map<String, Object> shown = machine(instance);
        shown.put("active", true);
        shown.put("permanent_nats_credentials", false);
        return shown;
    }

    /** Keys of a line of {@code instances?format=full}; vitals are those of the one machine that there is, so they are left out. */
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
        shown.put("job_state", vm == null ? null : updater.jobState(instance));
        shown.put("state", "started");
        shown.put("vm_type", vm == null ? null : vm.vmType());
        shown.put("vitals", null);
        shown.put(
                "processes",
                updater.processes(instance).stream()
                        .map(DeploymentStatus::process)
                        .toList());
        shown.put("az", instance.az());
        shown.put("id", instance.id());
        shown.put("bootstrap", instance.bootstrap());
        shown.put("ignore", false);
        return shown;
    }

    private static Map<String, Object> process(Status status) {
        return Map.of("name", status.name(), "state", status.running() ? "running" : "failing");
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
