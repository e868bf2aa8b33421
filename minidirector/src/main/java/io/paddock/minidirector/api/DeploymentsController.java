package io.paddock.minidirector.api;

import io.paddock.minidirector.deployment.DeleteDeploymentTask;
import io.paddock.minidirector.deployment.DeployTask;
import io.paddock.minidirector.deployment.Deployment;
import io.paddock.minidirector.deployment.DeploymentLocks;
import io.paddock.minidirector.deployment.DeploymentStatus;
import io.paddock.minidirector.deployment.Deployments;
import io.paddock.minidirector.manifest.ManifestParser;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.task.TaskQueue;
import io.paddock.minidirector.variable.ConfigServer;
import io.paddock.minidirector.variable.Variable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Deployments: what there is, and the tasks that change it. */
@RestController
class DeploymentsController {

    private static final int LONGEST_CONTEXT_ID = 64;

    private final Deployments deployments;
    private final DeploymentStatus status;
    private final DeploymentLocks locks;
    private final ConfigServer configServer;
    private final TaskQueue queue;

    DeploymentsController(
            Deployments deployments,
            DeploymentStatus status,
            DeploymentLocks locks,
            ConfigServer configServer,
            TaskQueue queue) {
        this.deployments = deployments;
        this.status = status;
        this.locks = locks;
        this.configServer = configServer;
        this.queue = queue;
    }

    @GetMapping("/deployments")
    ResponseEntity<String> deployments(
            @RequestParam(name = "exclude_configs", defaultValue = "false") boolean withoutConfigs,
            @RequestParam(name = "exclude_releases", defaultValue = "false") boolean withoutReleases,
            @RequestParam(name = "exclude_stemcells", defaultValue = "false") boolean withoutStemcells,
            @RequestParam(name = "exclude_lock", defaultValue = "false") boolean withoutLock) {
        List<Map<String, Object>> shown = new ArrayList<>();
        for (Deployment deployment : deployments.all()) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("name", deployment.name());
            entry.put("teams", List.of());
            if (!withoutConfigs) {
                entry.put("cloud_config", deployment.manifest() == null ? "none" : "latest");
            }
            if (!withoutStemcells) {
                entry.put("stemcells", versions(deployment.stemcells()));
            }
            if (!withoutReleases) {
                entry.put("releases", versions(deployment.releases()));
            }
            if (!withoutLock) {
                entry.put("locked", locks.isLocked(deployment.name()));
            }
            shown.add(entry);
        }
        return Answers.html(shown);
    }

    @GetMapping("/deployments/{name}")
    ResponseEntity<String> deployment(@PathVariable String name) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("manifest", deployments.get(name).manifest());
        return Answers.html(shown);
    }

    @PostMapping(path = "/deployments", consumes = "text/yaml")
    ResponseEntity<String> deploy(
            @RequestBody(required = false) @Nullable String manifest,
            @RequestAttribute(BasicAuthenticationFilter.USER) String user,
            @RequestHeader(name = Answers.CONTEXT_ID, defaultValue = "") String contextId) {
        String text = manifest == null ? "" : manifest;
        Object name = ManifestParser.tree(text).get("name");
        if (!(name instanceof String deployment) || deployment.isEmpty()) {
            // The real director fails without words on a name that is no text.
            throw new IllegalArgumentException("the deployment's name is not a text: " + name);
        }
        checked(contextId);
        deployments.ensure(deployment);
        return Answers.started(queue.submit(
                        DeployTask.TYPE,
                        "create deployment",
                        user,
                        deployment,
                        contextId,
                        Map.of(DeployTask.MANIFEST, text))
                .id());
    }

    @DeleteMapping("/deployments/{name}")
    ResponseEntity<String> delete(
            @PathVariable String name,
            @RequestAttribute(BasicAuthenticationFilter.USER) String user,
            @RequestHeader(name = Answers.CONTEXT_ID, defaultValue = "") String contextId) {
        deployments.get(name);
        checked(contextId);
        return Answers.started(
                queue.submit(DeleteDeploymentTask.TYPE, "delete deployment " + name, user, name, contextId, Map.of())
                        .id());
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

    @GetMapping("/deployments/{name}/variables")
    ResponseEntity<String> variables(@PathVariable String name) {
        return Answers.html(deployments.get(name).variables().stream()
                .flatMap(variable -> configServer.find(variable).stream())
                .map(DeploymentsController::variable)
                .toList());
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

    private static void checked(String contextId) {
        if (contextId.length() > LONGEST_CONTEXT_ID) {
            throw new DirectorException(70010, "X-Bosh-Context-Id cannot be more than 64 characters in length");
        }
    }

    private static Map<String, Object> variable(Variable variable) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("id", variable.id());
        shown.put("name", variable.name());
        return shown;
    }

    private static List<Map<String, String>> versions(List<String> names) {
        return names.stream()
                .map(name -> name.split("/", 2))
                .map(parts -> Map.of("name", parts[0], "version", parts[1]))
                .toList();
    }
}
