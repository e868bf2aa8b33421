package io.paddock.minidirector.api;

import io.paddock.minidirector.access.Caller;
import io.paddock.minidirector.access.Permissions;
import io.paddock.minidirector.deployment.Deployments;
import io.paddock.minidirector.deployment.LinkRegister;
import io.paddock.minidirector.deployment.LinkRegister.Consumer;
import io.paddock.minidirector.deployment.LinkRegister.Link;
import io.paddock.minidirector.deployment.LinkRegister.Provider;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Yaml;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Links between jobs, and from the outside to a job. */
@RestController
class LinksController {

    private final Deployments deployments;
    private final LinkRegister register;
    private final Permissions permissions;

    LinksController(Deployments deployments, LinkRegister register, Permissions permissions) {
        this.permissions = permissions;
        this.deployments = deployments;
        this.register = register;
    }

    @GetMapping("/links")
    ResponseEntity<String> links(@RequestParam(required = false) @Nullable String deployment) {
        return Answers.html(register.links(existing(deployment)).stream()
                .map(LinksController::shown)
                .toList());
    }

    @GetMapping("/link_providers")
    ResponseEntity<String> providers(@RequestParam(required = false) @Nullable String deployment) {
        return Answers.html(register.providers(existing(deployment)).stream()
                .map(LinksController::shown)
                .toList());
    }

    @GetMapping("/link_consumers")
    ResponseEntity<String> consumers(@RequestParam(required = false) @Nullable String deployment) {
        return Answers.html(register.consumers(existing(deployment)).stream()
                .map(LinksController::shown)
                .toList());
    }

    /** Links somebody outside to a provider, who can then ask for its address. */
    @PostMapping(path = "/links", consumes = "application/json")
    ResponseEntity<String> create(@RequestBody Map<String, Object> body) {
        Map<String, Object> owner = Yaml.map(Yaml.map(body.get("link_consumer")).get("owner_object"));
        Object type = owner.get("type");
        if (!"external".equals(type)) {
            throw new DirectorException(
                    810000, "Invalid request: `link_consumer.owner_object.type` should be 'external'");
        }
        Object network = body.get("network");
        return Answers.html(shown(register.add(
                Answers.required(body, "link_provider_id"),
                Answers.required(owner, "name"),
                network == null ? null : network.toString())));
    }

    @DeleteMapping("/links/{id}")
    ResponseEntity<Void> delete(@PathVariable String id) {
        register.delete(id);
        return ResponseEntity.noContent().build();
    }

    @GetMapping("/link_address")
    ResponseEntity<String> address(
            @RequestParam(name = "link_id", required = false) @Nullable String link,
            @RequestAttribute(AuthenticationFilter.CALLER) Caller caller) {
        if (link == null) {
            throw new DirectorException(810000, "Link id is required");
        }
        register.providerOf(link).ifPresent(provider -> permissions.readDeployment(caller, provider.deployment()));
        return Answers.html(Map.of("address", register.address(link)));
    }

    private String existing(@Nullable String deployment) {
        if (deployment == null) {
            throw new DirectorException(190024, "Deployment name is required");
        }
        return deployments.get(deployment).name();
    }

    private static Map<String, Object> shown(Link link) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("id", Long.toString(link.id()));
        shown.put("name", link.name());
        shown.put("link_consumer_id", Long.toString(link.consumerId()));
        shown.put("link_provider_id", Long.toString(link.providerId()));
        shown.put("created_at", link.createdAt());
        return shown;
    }

    private static Map<String, Object> shown(Provider provider) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("id", Long.toString(provider.id()));
        shown.put("name", provider.name());
        shown.put("shared", provider.shared());
        shown.put("deployment", provider.deployment());
        shown.put("link_provider_definition", Map.of("type", provider.type(), "name", provider.definition()));
        shown.put("owner_object", owner("job", provider.job(), provider.group()));
        return shown;
    }

    private static Map<String, Object> shown(Consumer consumer) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("id", Long.toString(consumer.id()));
        shown.put("name", consumer.name());
        shown.put("optional", consumer.optional());
        shown.put("deployment", consumer.deployment());
        shown.put(
                "owner_object", owner(consumer.isExternal() ? "external" : "job", consumer.owner(), consumer.group()));
        shown.put("link_consumer_definition", Map.of("type", consumer.type(), "name", consumer.name()));
        return shown;
    }

    private static Map<String, Object> owner(String type, String name, @Nullable String group) {
        Map<String, Object> owner = new LinkedHashMap<>();
        owner.put("type", type);
        owner.put("name", name);
        if (group != null) {
            owner.put("info", Map.of("instance_group", group));
        }
        return owner;
    }
}
