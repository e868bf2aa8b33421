package io.paddock.minidirector.api;

import io.paddock.minidirector.deployment.DeployOptions;
import io.paddock.minidirector.deployment.DeployTask;
import io.paddock.minidirector.deployment.Deployment;
import io.paddock.minidirector.deployment.DeploymentStatus;
import io.paddock.minidirector.deployment.Deployments;
import io.paddock.minidirector.deployment.InstanceActionTask;
import io.paddock.minidirector.deployment.InstanceActionTask.Action;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.task.TaskQueue;
import java.util.HashMap;
import java.util.Map;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The instances of a deployment: what they are, and what shall become of them. */
@RestController
class InstancesController {

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
            @RequestAttribute(BasicAuthenticationFilter.USER) String user) {
        Deployment deployment = deployments.get(name);
        if (format.equals("full")) {
            return readStatus(name, user, false);
        }
        return Answers.html(deployment.instances().stream().map(status::brief).toList());
    }

    @GetMapping("/deployments/{name}/vms")
    ResponseEntity<String> vms(
            @PathVariable String name,
            @RequestParam(defaultValue = "") String format,
            @RequestAttribute(BasicAuthenticationFilter.USER) String user) {
        Deployment deployment = deployments.get(name);
        if (format.equals("full")) {
            return readStatus(name, user, true);
        }
        return Answers.html(deployment.instances().stream()
                .filter(instance -> instance.vm() != null)
                .map(status::vm)
                .toList());
    }

    /** All instances of a group; of all groups for "*". */
    @PutMapping(path = "/deployments/{name}/jobs/{group}", consumes = "text/yaml")
    ResponseEntity<String> changeGroup(
            @PathVariable String name,
            @PathVariable String group,
            @RequestParam Map<String, String> query,
            @RequestAttribute(BasicAuthenticationFilter.USER) String user,
            @RequestHeader(name = Answers.CONTEXT_ID, defaultValue = "") String contextId) {
        Deployment deployment = deployments.get(name);
        if (!group.equals("*")
                && deployment.instances().stream()
                        .noneMatch(instance -> instance.group().equals(group))) {
            throw new DirectorException(70001, 404, "'" + name + "/" + group + "' doesn't exist");
        }
        return deployWithState(deployment, new DeployOptions.Target(group, "", state(query)), query, user, contextId);
    }

    @PutMapping(path = "/deployments/{name}/jobs/{group}/{instance}", consumes = "text/yaml")
    ResponseEntity<String> changeInstance(
            @PathVariable String name,
            @PathVariable String group,
            @PathVariable String instance,
            @RequestParam Map<String, String> query,
            @RequestAttribute(BasicAuthenticationFilter.USER) String user,
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
            @RequestAttribute(BasicAuthenticationFilter.USER) String user,
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
                                Boolean.toString(skipDrain)))
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
