package io.paddock.broker.osb;

import io.paddock.broker.catalog.CatalogCache;
import io.paddock.broker.instance.ServiceInstanceRepository;
import io.paddock.broker.operation.OperationProperties;
import io.paddock.broker.remote.RemoteException;
import io.paddock.contracts.spi.ServiceOffering;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.servicebroker.model.catalog.Catalog;
import org.springframework.cloud.servicebroker.model.catalog.MaintenanceInfo;
import org.springframework.cloud.servicebroker.model.catalog.MethodSchema;
import org.springframework.cloud.servicebroker.model.catalog.Plan;
import org.springframework.cloud.servicebroker.model.catalog.Schemas;
import org.springframework.cloud.servicebroker.model.catalog.ServiceDefinition;
import org.springframework.cloud.servicebroker.model.catalog.ServiceInstanceSchema;
import org.springframework.cloud.servicebroker.service.CatalogService;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** The catalog in the words of Spring Cloud Open Service Broker. */
@Component
class OsbCatalog implements CatalogService {

    private final CatalogCache catalog;
    private final ServiceInstanceRepository instances;
    private final OperationProperties operations;
    private volatile @Nullable Offered last;

    OsbCatalog(CatalogCache catalog, ServiceInstanceRepository instances, OperationProperties operations) {
        this.catalog = catalog;
        this.instances = instances;
        this.operations = operations;
    }

    /** An offering and what it is in SCOSB's words. */
    private record Offered(ServiceOffering offering, ServiceDefinition definition) {}

    @Override
    public Mono<Catalog> getCatalog() {
        return Mono.fromSupplier(
                () -> Catalog.builder().serviceDefinitions(offered()).build());
    }

    @Override
    public Mono<ServiceDefinition> getServiceDefinition(String serviceId) {
        return Mono.fromSupplier(() -> known(serviceId))
                .filter(definition -> definition.getId().equals(serviceId));
    }

    /**
     * SCOSB wants a definition for every request, a deletion too: plans of stored instances count as known even when they are not
     * offered any more or the service provider is away. Creating an instance asks the service provider anyway.
     */
    private ServiceDefinition known(String serviceId) {
        Ids.printable("service_id", serviceId);
        List<Plan> stored = instances.plansInUse(serviceId).stream()
                .map(id -> Plan.builder().id(id).name(id).description("in use").build())
                .toList();
        try {
            ServiceDefinition offered = offered();
            if (!offered.getId().equals(serviceId)) {
                return stored.isEmpty() ? offered : inUse(serviceId, stored);
            }
            List<Plan> plans = new ArrayList<>(offered.getPlans());
            stored.stream()
                    .filter(plan ->
                            plans.stream().noneMatch(other -> other.getId().equals(plan.getId())))
                    .forEach(plans::add);
            return inUse(serviceId, plans);
        } catch (RemoteException away) {
            if (stored.isEmpty()) {
                throw away;
            }
            return inUse(serviceId, stored);
        }
    }

    private static ServiceDefinition inUse(String serviceId, List<Plan> plans) {
        return ServiceDefinition.builder()
                .id(serviceId)
                .name(serviceId)
                .description("in use")
                .bindable(true)
                .plans(plans)
                .build();
    }

    /** Every request wants it, and it seldom changes. */
    private ServiceDefinition offered() {
        ServiceOffering offering = catalog.offering();
        Offered known = last;
        if (known == null || known.offering() != offering) {
            known = new Offered(offering, definition(offering));
            last = known;
        }
        return known.definition();
    }

    private ServiceDefinition definition(ServiceOffering offering) {
        return ServiceDefinition.builder()
                .id(offering.id())
                .name(offering.name())
                .description(offering.description())
                .tags(offering.tags())
                .metadata(offering.metadata())
                .bindable(true)
                .planUpdateable(true)
                .instancesRetrievable(true)
                .bindingsRetrievable(true)
                .allowContextUpdates(true)
                .plans(offering.plans().stream().map(this::plan).toList())
                .build();
    }

    private Plan plan(ServiceOffering.Plan plan) {
        return new RotatablePlan(Plan.builder()
                .id(plan.id())
                .name(plan.name())
                .description(plan.description())
                .free(plan.free())
                .metadata(plan.metadata())
                .maximumPollingDuration(Math.toIntExact(operations.longest().toSeconds()))
                .maintenanceInfo(Optional.ofNullable(plan.maintenance())
                        .map(OsbCatalog::maintenance)
                        .orElse(null))
                .schemas(Schemas.builder()
                        .serviceInstanceSchema(ServiceInstanceSchema.builder()
                                .createMethodSchema(MethodSchema.builder()
                                        .parameters(plan.createSchema())
                                        .build())
                                .updateMethodSchema(MethodSchema.builder()
                                        .parameters(plan.updateSchema())
                                        .build())
                                .build())
                        .build())
                .build());
    }

    private static MaintenanceInfo maintenance(ServiceOffering.Maintenance maintenance) {
        return MaintenanceInfo.builder()
                .version(maintenance.version())
                .description(maintenance.description())
                .build();
    }
}
