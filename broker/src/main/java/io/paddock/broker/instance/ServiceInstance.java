package io.paddock.broker.instance;

import io.paddock.broker.operation.JsonMap;
import io.paddock.broker.operation.Operation;
import io.paddock.contracts.Outputs;
import io.paddock.contracts.spi.DeploymentSpec;
import jakarta.persistence.Convert;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.PostLoad;
import jakarta.persistence.PostPersist;
import jakarta.persistence.Transient;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.data.domain.Persistable;

/** A service instance from its request on until its deletion has ended. No secrets: those stay in the config server. */
@Entity
public class ServiceInstance implements Persistable<String> {

    @Id
    private String id = "";

    private String serviceId = "";

    private String planId = "";

    private String organizationId = "";

    private String spaceId = "";

    @Convert(converter = JsonMap.class)
    private Map<String, Object> parameters = Map.of();

    @Convert(converter = JsonMap.class)
    private Map<String, Object> context = Map.of();

    private String deployment = "";

    private @Nullable String template;

    @Convert(converter = JsonMap.class)
    private Map<String, Object> attributes = Map.of();

    @Convert(converter = JsonMap.class)
    private Map<String, Object> versions = Map.of();

    @Convert(converter = JsonMap.class)
    private Map<String, Object> liveSettings = Map.of();

    @Convert(converter = JsonMap.class)
    private Map<String, Object> outputs = Map.of();

    private @Nullable String maintenanceVersion;

    private boolean ready;

    private boolean settled;

    private Instant createdAt = Instant.EPOCH;

    @Transient
    private boolean stored;

    protected ServiceInstance() {}

    ServiceInstance(ProvisionRequest request, String deployment, Optional<String> maintenanceVersion, Instant now) {
        this.id = request.instanceId();
        this.serviceId = request.serviceId();
        this.planId = request.planId();
        this.organizationId = request.organizationId();
        this.spaceId = request.spaceId();
        this.parameters = request.values();
        this.context = request.context();
        this.deployment = deployment;
        this.maintenanceVersion = maintenanceVersion.orElse(null);
        this.createdAt = now;
    }

    /** Whether a request asks for what this instance is. */
    boolean isWhatWasAskedFor(ProvisionRequest request) {
        return serviceId.equals(request.serviceId())
                && planId.equals(request.planId())
                && organizationId.equals(request.organizationId())
                && spaceId.equals(request.spaceId())
                && parameters.equals(request.values());
    }

    void specified(DeploymentSpec spec) {
        template = spec.template();
        attributes = spec.attributes();
        versions = new LinkedHashMap<>(spec.versions());
        liveSettings = spec.liveSettings();
    }

    /** Whether it is known what shall be deployed. */
    boolean isSpecified() {
        return template != null;
    }

    /** Whether plan, parameters and versions are those of another reading of the row. */
    boolean isStill(ServiceInstance earlier) {
        return planId.equals(earlier.planId)
                && parameters.equals(earlier.parameters)
                && versions.equals(earlier.versions)
                && attributes.equals(earlier.attributes);
    }

    void told(Outputs found) {
        outputs = found.values();
    }

    void becomeReady() {
        ready = true;
        settled = true;
    }

    /** From now on the deployment may be half of what was and half of what shall be. */
    void unsettle() {
        settled = false;
    }

    /** The deployment is what this row says. */
    void settle() {
        settled = true;
    }

    public boolean isSettled() {
        return settled;
    }

    /** Whether the deployment is what is specified, so that nothing has to be deployed. */
    boolean isDeployedAs(DeploymentSpec spec) {
        return settled && spec.template().equals(template) && spec.attributes().equals(attributes);
    }

    /** Plan, parameters, versions and deployment are those of an update that got through. */
    void becomes(Operation update) {
        planId = update.planId();
        parameters = update.parameters();
        maintenanceVersion = update.maintenanceVersion().orElse(maintenanceVersion);
        specified(update.spec());
        settled = true;
    }

    void isKnownIn(Map<String, Object> newContext) {
        context = newContext;
    }

    @Override
    public String getId() {
        return id;
    }

    /** An id that is assigned does not tell a new row from an old one, and a merge would overwrite the old one. */
    @Override
    public boolean isNew() {
        return !stored;
    }

    @PostLoad
    @PostPersist
    void markStored() {
        stored = true;
    }

    public String planId() {
        return planId;
    }

    public String serviceId() {
        return serviceId;
    }

    public Map<String, Object> parameters() {
        return parameters;
    }

    /** What is deployed was not deployed by this broker's word, and may be anything. */
    static ServiceInstance adopted(ProvisionRequest request, String deployment, DeploymentSpec spec, Instant now) {
        ServiceInstance instance = new ServiceInstance(request, deployment, Optional.empty(), now);
        instance.specified(spec);
        instance.ready = true;
        return instance;
    }

    public String deployment() {
        return deployment;
    }

    /** Name of the deployed template; there is one once the instance is ready. */
    public String template() {
        if (template == null) {
            throw new IllegalStateException("instance " + id + " has not been deployed yet");
        }
        return template;
    }

    public Map<String, Object> attributes() {
        return attributes;
    }

    Map<String, Object> context() {
        return context;
    }

    public Map<String, String> versions() {
        Map<String, String> result = new LinkedHashMap<>();
        versions.forEach((name, version) -> result.put(name, version.toString()));
        return result;
    }

    /** Of the catalog, when it was made or upgraded; empty if that had none, or is not known. */
    public Optional<String> maintenanceVersion() {
        return Optional.ofNullable(maintenanceVersion);
    }

    Map<String, Object> liveSettings() {
        return liveSettings;
    }

    /** The part of the deployment's outputs that is not secret. */
    public Outputs outputs() {
        return new Outputs(outputs, Map.of());
    }

    /** Whether its creation has succeeded. */
    public boolean isReady() {
        return ready;
    }
}
