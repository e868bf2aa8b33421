package io.paddock.minidirector.api;

import io.paddock.minidirector.deployment.DeleteVmTask;
import io.paddock.minidirector.deployment.DeployOptions;
import io.paddock.minidirector.deployment.DeployTask;
import io.paddock.minidirector.deployment.Deployment;
import io.paddock.minidirector.deployment.DeploymentStatus;
import io.paddock.minidirector.deployment.Deployments;
import io.paddock.minidirector.deployment.FetchLogsTask;
import io.paddock.minidirector.deployment.Instance;
import io.paddock.minidirector.deployment.InstanceActionTask;
import io.paddock.minidirector.deployment.InstanceActionTask.Action;
import io.paddock.minidirector.deployment.SnapshotTasks;
import io.paddock.minidirector.deployment.SshTask;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.task.TaskQueue;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** The instances of a deployment: what they are, and what shall become of them. */
@RestController
class InstancesController {

    private static final JsonMapper MAPPER = new JsonMapper();

    private final Deployments deployments;
    private final DeploymentStatus status;
    private final TaskQueue queue;

    InstancesController(Deployments deployments, DeploymentStatus status, TaskQueue queue) {
        this.deployments = deployments;
        this.status = status;
        this.queue = queue;
    }

    @GetMapping("/deployments/{name}/instances")
    ResponseEntity<String> instances(
            @PathVariable String name,
            @RequestParam(defaultValue = "") String format,
            @RequestAttribute(AuthenticationFilter.USER) String user) {
        Deployment deployment = deployments.get(name);
        if (format.equals("full")) {
            return readStatus(name, user, false);
        }
        Set<String> errands = deployment.errandGroups();
        return Answers.html(deployment.instances().stream()
                .map(instance -> status.brief(instance, errands.contains(instance.group())))
                .toList());
    }

    @GetMapping("/deployments/{name}/vms")
    ResponseEntity<String> vms(
            @PathVariable String name,
            @RequestParam(defaultValue = "") String format,
            @RequestAttribute(AuthenticationFilter.USER) String user) {
        Deployment deployment = deployments.get(name);
        if (format.equals("full")) {
            return readStatus(name, user, true);
        }
        return Answers.html(deployment.instances().stream()
                .filter(instance -> instance.vm() != null)
                .map(status::vm)
                .toList());
    }

    /** All instances of a group; of all groups for "*". A group that does not exist has none: what is deployed is deployed again. */
    @PutMapping(path = "/deployments/{name}/jobs/{group}", consumes = "text/yaml")
    ResponseEntity<String> changeGroup(
            @PathVariable String name,
            @PathVariable String group,
            @RequestParam Map<String, String> query,
            @RequestAttribute(AuthenticationFilter.USER) String user,
            @RequestHeader(name = Answers.CONTEXT_ID, defaultValue = "") String contextId) {
        Deployment deployment = deployments.get(name);
        return deployWithState(deployment, new DeployOptions.Target(group, "", state(query)), query, user, contextId);
    }

    @PutMapping(path = "/deployments/{name}/jobs/{group}/{instance}", consumes = "text/yaml")
    ResponseEntity<String> changeInstance(
            @PathVariable String name,
            @PathVariable String group,
            @PathVariable String instance,
            @RequestParam Map<String, String> query,
            @RequestAttribute(AuthenticationFilter.USER) String user,
            @RequestHeader(name = Answers.CONTEXT_ID, defaultValue = "") String contextId) {
        Deployment deployment = deployments.get(name);
        deployment.instance(group, instance);
        return deployWithState(
                deployment, new DeployOptions.Target(group, instance, state(query)), query, user, contextId);
    }

    @PostMapping("/deployments/{name}/instance_groups/{group}/{instance}/actions/{action:stop|start|restart|recreate}")
    ResponseEntity<String> act(
            @PathVariable String name,
            @PathVariable String group,
            @PathVariable String instance,
            @PathVariable String action,
            @RequestParam(defaultValue = "false") boolean hard,
            @RequestParam(name = "skip_drain", defaultValue = "false") boolean skipDrain,
            @RequestParam(name = "ignore_unresponsive_agent", defaultValue = "false") boolean ignoreUnresponsive,
            @RequestAttribute(AuthenticationFilter.USER) String user,
            @RequestHeader(name = Answers.CONTEXT_ID, defaultValue = "") String contextId) {
        String id = deployments.get(name).instance(group, instance).id();
        Answers.checked(contextId);
        return Answers.started(queue.submit(
                        InstanceActionTask.TYPE,
                        action + " instance",
                        user,
                        name,
                        contextId,
                        Map.of(
                                InstanceActionTask.INSTANCE,
                                id,
                                InstanceActionTask.ACTION,
                                Action.valueOf(action.toUpperCase(java.util.Locale.ROOT))
                                        .name(),
                                InstanceActionTask.HARD,
                                Boolean.toString(hard),
                                InstanceActionTask.SKIP_DRAIN,
                                Boolean.toString(skipDrain),
                                InstanceActionTask.IGNORE_UNRESPONSIVE,
                                Boolean.toString(ignoreUnresponsive)))
                .id());
    }

    @PutMapping(path = "/deployments/{name}/instance_groups/{group}/{instance}/ignore", consumes = "application/json")
    ResponseEntity<String> ignore(
            @PathVariable String name,
            @PathVariable String group,
            @PathVariable String instance,
            @RequestBody Map<String, Object> body) {
        deployments.ignore(
                name, deployments.get(name).instance(group, instance), Boolean.TRUE.equals(body.get("ignore")));
        return ResponseEntity.ok().contentType(Answers.HTML).build();
    }

    /** An instance as the director has it in its records. */
    @GetMapping("/deployments/{name}/jobs/{group}/{instance}")
    ResponseEntity<String> instance(
            @PathVariable String name, @PathVariable String group, @PathVariable String instance) {
        Instance found = deployments.get(name).instance(group, instance);
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("deployment", name);
        shown.put("job", found.group());
        shown.put("index", found.index());
        shown.put("id", found.id());
        shown.put("state", found.state().wireName());
        shown.put(
                "disks", Stream.ofNullable(found.disk()).map(Instance.Disk::cid).toList());
        return Answers.html(shown);
    }

    /** "*" for all groups, or for all instances of one. */
    @GetMapping("/deployments/{name}/jobs/{group}/{instance}/logs")
    ResponseEntity<String> logs(
            @PathVariable String name,
            @PathVariable String group,
            @PathVariable String instance,
            @RequestParam(defaultValue = "job") String type,
            @RequestParam(defaultValue = "") String filters,
            @RequestAttribute(AuthenticationFilter.USER) String user) {
        Deployment deployment = deployments.get(name);
        List<Instance> wanted = instance.equals("*")
                ? deployment.instances().stream()
                        .filter(candidate ->
                                candidate.vm() != null && (group.equals("*") || group.equals(candidate.group())))
                        .toList()
                : List.of(deployment.instance(group, instance));
        if (wanted.isEmpty() || wanted.stream().anyMatch(candidate -> candidate.vm() == null)) {
            // The real director fails without words on an instance that has no machine.
            throw new IllegalStateException("no machine to fetch logs from: " + group + "/" + instance);
        }
        return Answers.started(queue.submit(
                        FetchLogsTask.TYPE,
                        "fetch logs",
                        user,
                        name,
                        "",
                        Map.of(
                                FetchLogsTask.INSTANCES,
                                wanted.stream().map(Instance::id).collect(Collectors.joining(",")),
                                FetchLogsTask.KIND,
                                type,
                                FetchLogsTask.FILTERS,
                                filters))
                .id());
    }

    @PostMapping(path = "/deployments/{name}/ssh", consumes = "application/json")
    ResponseEntity<String> ssh(
            @PathVariable String name,
            @RequestBody Map<String, Object> body,
            @RequestAttribute(AuthenticationFilter.USER) String user) {
        deployments.get(name);
        String command = Answers.required(body, "command");
        return Answers.started(queue.submit(
                        SshTask.TYPE,
                        "ssh: " + command + ":" + MAPPER.writeValueAsString(body.get("target")),
                        user,
                        name,
                        "",
                        Map.of())
                .id());
    }

    @DeleteMapping("/vms/{cid}")
    ResponseEntity<String> deleteVm(
            @PathVariable String cid, @RequestAttribute(AuthenticationFilter.USER) String user) {
        return Answers.started(
                queue.submit(DeleteVmTask.TYPE, "delete vm " + cid, user, null, "", Map.of(DeleteVmTask.CID, cid))
                        .id());
    }

    /** Snapshots are off, as {@code GET /info} says: there is none, and asking for some makes none. */
    @GetMapping({"/deployments/{name}/snapshots", "/deployments/{name}/jobs/{group}/{instance}/snapshots"})
    ResponseEntity<String> snapshots(@PathVariable String name) {
        deployments.get(name);
        return Answers.html(List.of());
    }

    /** See {@link #snapshots}. */
    @PostMapping("/deployments/{name}/snapshots")
    ResponseEntity<String> takeSnapshots(
            @PathVariable String name, @RequestAttribute(AuthenticationFilter.USER) String user) {
        deployments.get(name);
        return Answers.started(
                queue.submit(SnapshotTasks.OF_DEPLOYMENT, "snapshot deployment", user, name, "", Map.of())
                        .id());
    }

    /** See {@link #snapshots}. */
    @PostMapping("/deployments/{name}/jobs/{group}/{instance}/snapshots")
    ResponseEntity<String> takeSnapshot(
            @PathVariable String name,
            @PathVariable String group,
            @PathVariable String instance,
            @RequestAttribute(AuthenticationFilter.USER) String user) {
        deployments.get(name).instance(group, instance);
        // The director keeps no deployment with this one.
        return Answers.started(queue.submit(SnapshotTasks.OF_INSTANCE, "create snapshot", user, null, "", Map.of())
                .id());
    }

    /** See {@link #snapshots}. */
    @DeleteMapping("/deployments/{name}/snapshots")
    ResponseEntity<String> deleteSnapshots(
            @PathVariable String name, @RequestAttribute(AuthenticationFilter.USER) String user) {
        deployments.get(name);
        return Answers.started(
                queue.submit(SnapshotTasks.DELETION, "delete deployment snapshots", user, name, "", Map.of())
                        .id());
    }

    @DeleteMapping("/deployments/{name}/snapshots/{cid}")
    ResponseEntity<String> deleteSnapshot(@PathVariable String name, @PathVariable String cid) {
        deployments.get(name);
        throw new DirectorException(70008, "snapshot " + cid + " not found");
    }

    @PutMapping("/deployments/{name}/jobs/{group}/{instance}/resurrection")
    ResponseEntity<String> resurrection() {
        return Answers.text(
                410,
                Answers.HTML,
                "This endpoint has been removed. Please use"
                        + " https://bosh.io/docs/resurrector/#enable-with-resurrection-config to configure resurrection"
                        + " for the deployment or instance group. If you need to prevent a single instance from being"
                        + " resurrected, consider using https://bosh.io/docs/cli-v2/#ignore.");
    }

    private static String state(Map<String, String> query) {
        return query.getOrDefault("state", "");
    }

    /** A change of state deploys what is deployed again. */
    private ResponseEntity<String> deployWithState(
            Deployment deployment,
            DeployOptions.Target target,
            Map<String, String> query,
            String user,
            String contextId) {
        Answers.checked(contextId);
        String manifest = deployment.manifest();
        if (manifest == null) {
            throw DirectorException.deploymentNotFound(deployment.name());
        }
        Map<String, String> input =
                new HashMap<>(DeployOptions.ofQuery(query).to(target).input());
        input.put(DeployTask.MANIFEST, manifest);
        return Answers.started(
                queue.submit(DeployTask.TYPE, "create deployment", user, deployment.name(), contextId, input)
                        .id());
    }

    private ResponseEntity<String> readStatus(String name, String user, boolean onlyVms) {
        return Answers.started(queue.submit(
                        VmStatusTask.TYPE,
                        "retrieve vm-stats",
                        user,
                        name,
                        "",
                        Map.of(VmStatusTask.ONLY_VMS, Boolean.toString(onlyVms)))
                .id());
    }
}
