package io.paddock.broker.osb;

import io.paddock.broker.catalog.CatalogCache;
import io.paddock.contracts.spi.ServiceOffering;
import org.springframework.cloud.servicebroker.model.catalog.Catalog;
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

    OsbCatalog(CatalogCache catalog) {
        this.catalog = catalog;
    }

    @Override
    public Mono<Catalog> getCatalog() {
        return Mono.fromSupplier(() -> Catalog.builder()
                .serviceDefinitions(definition(catalog.offering()))
                .build());
    }

    @Override
    public Mono<ServiceDefinition> getServiceDefinition(String serviceId) {
        return Mono.fromSupplier(() -> definition(catalog.offering()))
                .filter(definition -> definition.getId().equals(serviceId));
    }

    private static ServiceDefinition definition(ServiceOffering offering) {
        return ServiceDefinition.builder()
                .id(offering.id())
                .name(offering.name())
                .description(offering.description())
                .tags(offering.tags())
                .metadata(offering.metadata())
                .bindable(true)
                .planUpdateable(false)
                .instancesRetrievable(true)
                .bindingsRetrievable(true)
                .plans(offering.plans().stream().map(OsbCatalog::plan).toList())
                .build();
    }

    private static Plan plan(ServiceOffering.Plan plan) {
        return Plan.builder()
                .id(plan.id())
                .name(plan.name())
                .description(plan.description())
                .free(plan.free())
                .metadata(plan.metadata())
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
                .build();
    }
}
