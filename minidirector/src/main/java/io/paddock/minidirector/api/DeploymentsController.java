package io.paddock.minidirector.api;

import io.paddock.minidirector.access.Caller;
import io.paddock.minidirector.access.Permissions;
import io.paddock.minidirector.certificate.Certificates;
import io.paddock.minidirector.config.Config;
import io.paddock.minidirector.config.Configs;
import io.paddock.minidirector.deployment.DeleteDeploymentTask;
import io.paddock.minidirector.deployment.DeployOptions;
import io.paddock.minidirector.deployment.DeployTask;
import io.paddock.minidirector.deployment.Deployment;
import io.paddock.minidirector.deployment.Deployments;
import io.paddock.minidirector.lock.Locks;
import io.paddock.minidirector.manifest.ManifestDiff;
import io.paddock.minidirector.manifest.ManifestParser;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.task.TaskQueue;
import io.paddock.minidirector.variable.ConfigServer;
import io.paddock.minidirector.variable.Variable;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    private final Deployments deployments;
    private final Locks locks;
    private final ConfigServer configServer;
    private final Configs configs;
    private final Clock clock;
    private final Permissions permissions;
    private final TaskQueue queue;

    DeploymentsController(
            Deployments deployments,
            Locks locks,
            ConfigServer configServer,
            Configs configs,
            Clock clock,
            Permissions permissions,
            TaskQueue queue) {
        this.deployments = deployments;
        this.locks = locks;
        this.configServer = configServer;
        this.configs = configs;
        this.clock = clock;
        this.permissions = permissions;
        this.queue = queue;
    }

    @GetMapping("/deployments")
    ResponseEntity<String> deployments(
            @RequestParam(name = "exclude_configs", defaultValue = "false") boolean withoutConfigs,
            @RequestParam(name = "exclude_releases", defaultValue = "false") boolean withoutReleases,
            @RequestParam(name = "exclude_stemcells", defaultValue = "false") boolean withoutStemcells,
            @RequestParam(name = "exclude_lock", defaultValue = "false") boolean withoutLock,
            @RequestAttribute(AuthenticationFilter.CALLER) Caller caller) {
        List<Map<String, Object>> shown = new ArrayList<>();
        for (Deployment deployment : deployments.all()) {
            if (!caller.mayRead(deployment.teams())) {
                continue;
            }
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("name", deployment.name());
            entry.put("teams", deployment.teams());
            if (!withoutConfigs) {
                entry.put("cloud_config", cloudConfig(deployment));
            }
            if (!withoutStemcells) {
                entry.put("stemcells", versions(deployment.stemcells()));
            }
            if (!withoutReleases) {
                entry.put("releases", versions(deployment.releases()));
            }
            if (!withoutLock) {
                entry.put("locked", locks.isDeploymentLocked(deployment.name()));
            }
            shown.add(entry);
        }
        return Answers.html(shown);
    }

    private String cloudConfig(Deployment deployment) {
        List<Long> current = configs.currentFor("cloud", deployment.teams()).stream()
                .map(Config::id)
                .sorted()
                .toList();
        if (current.isEmpty()) {
            return "none";
        }
        List<Long> used = deployment.cloudConfigs();
        return used.isEmpty() || used.equals(current) ? "latest" : "outdated";
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
            @RequestParam Map<String, String> query,
            @RequestAttribute(AuthenticationFilter.CALLER) Caller caller,
            @RequestHeader(name = Answers.CONTEXT_ID, defaultValue = "") String contextId) {
        String text = manifest == null ? "" : manifest;
        Object name = ManifestParser.tree(text).get("name");
        if (!(name instanceof String deployment) || deployment.isEmpty()) {
            // The real director fails without words on a name that is no text.
            throw new IllegalArgumentException("the deployment's name is not a text: " + name);
        }
        Answers.checked(contextId);
        DeployOptions options = DeployOptions.ofQuery(query);
        permissions.changeDeployment(caller, deployment);
        boolean isNew = deployments.find(deployment).isEmpty();
        deployments.ensure(deployment, caller.adminTeams());
        Map<String, String> input = new HashMap<>(options.input());
        input.put(DeployTask.NEW, Boolean.toString(isNew));
        input.put(DeployTask.MANIFEST, text);
        input.put(DeployTask.TEAMS, String.join(",", caller.adminTeams()));
        return Answers.started(queue.submit(
                        DeployTask.TYPE,
                        options.dryRun() ? "create deployment (dry run)" : "create deployment",
                        caller.user(),
                        deployment,
                        contextId,
                        input)
                .id());
    }

    @PostMapping(path = "/deployments/{name}/diff", consumes = "text/yaml")
    ResponseEntity<String> diff(
            @PathVariable String name,
            @RequestBody(required = false) @Nullable String manifest,
            @RequestParam(defaultValue = "true") boolean redact,
            @RequestAttribute(AuthenticationFilter.CALLER) Caller caller) {
        Map<String, Object> answer = new LinkedHashMap<>();
        try {
            Map<String, Object> wanted = ManifestParser.tree(manifest == null ? "" : manifest);
            Optional<Deployment> deployed = deployments.find(name);
            String before = deployed.map(Deployment::manifest).orElse(null);
            // What a new deployment is compared with has no cloud config either, so that is shown as added.
            List<String> teams = deployed.map(Deployment::teams).orElse(caller.adminTeams());
            Map<String, Object> cloud = before == null ? configs.merged("cloud", teams) : Map.of();
            Map<String, Object> after = new LinkedHashMap<>(cloud);
            after.putAll(wanted);
            answer.put(
                    "context",
                    Map.of(
                            "cloud_config_ids",
                            configs.currentFor("cloud", teams).stream()
                                    .map(Config::id)
                                    .toList(),
                            "runtime_config_ids",
                            configs.currentFor("runtime", teams).stream()
                                    .map(Config::id)
                                    .toList()));
            answer.put(
                    "diff",
                    ManifestDiff.between(before == null ? Map.of() : ManifestParser.tree(before), after, redact));
        } catch (DirectorException broken) {
            answer.put("diff", List.of());
            answer.put("error", "Unable to diff manifest: " + broken.getMessage());
        }
        return Answers.html(answer);
    }

    @DeleteMapping("/deployments/{name}")
    ResponseEntity<String> delete(
            @PathVariable String name,
            @RequestParam(defaultValue = "false") boolean force,
            @RequestAttribute(AuthenticationFilter.USER) String user,
            @RequestHeader(name = Answers.CONTEXT_ID, defaultValue = "") String contextId) {
        deployments.get(name);
        Answers.checked(contextId);
        return Answers.started(queue.submit(
                        DeleteDeploymentTask.TYPE,
                        "delete deployment " + name,
                        user,
                        name,
                        contextId,
                        Map.of(DeleteDeploymentTask.FORCE, Boolean.toString(force)))
                .id());
    }

    @GetMapping("/deployments/{name}/variables")
    ResponseEntity<String> variables(@PathVariable String name) {
        return Answers.html(deployments.get(name).variables().stream()
                .flatMap(variable -> configServer.find(variable).stream())
                .map(DeploymentsController::variable)
                .toList());
    }

    @GetMapping("/deployments/{name}/certificate_expiry")
    ResponseEntity<String> certificates(@PathVariable String name) {
        return Answers.html(deployments.get(name).variables().stream()
                .flatMap(variable -> configServer.find(variable).stream())
                .filter(variable -> variable.type().equals("certificate"))
                .map(this::expiry)
                .toList());
    }

    /** Which deployments use a variable, in which version. */
    @GetMapping("/deployed_variables/{*name}")
    ResponseEntity<String> deployedVariable(
            @PathVariable String name, @RequestAttribute(AuthenticationFilter.CALLER) Caller caller) {
        // Clients escape the slashes of an absolute name; the path's own slash comes on top of them.
        String absolute = name.startsWith("//") ? name.substring(1) : name;
        return Answers.html(Map.of(
                "deployments",
                deployments.all().stream()
                        .filter(deployment -> caller.mayRead(deployment.teams()))
                        .filter(deployment -> deployment.variables().contains(absolute))
                        .flatMap(deployment -> configServer.find(absolute).stream()
                                .map(variable -> Map.of("name", deployment.name(), "version", variable.id())))
                        .toList()));
    }

    private Map<String, Object> expiry(Variable variable) {
        Instant end = Certificates.expiry(String.valueOf(((Map<?, ?>) variable.value()).get("certificate")));
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("name", variable.name());
        shown.put("id", variable.id());
        shown.put("expiry_date", end.truncatedTo(ChronoUnit.SECONDS).toString());
        shown.put("days_left", Duration.between(clock.instant(), end).toDays());
        return shown;
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
