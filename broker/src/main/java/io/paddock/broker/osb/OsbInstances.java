package io.paddock.broker.osb;

import io.paddock.broker.instance.Accepted;
import io.paddock.broker.instance.DeprovisionServiceInstance;
import io.paddock.broker.instance.FetchServiceInstance;
import io.paddock.broker.instance.ProvisionRequest;
import io.paddock.broker.instance.ProvisionServiceInstance;
import io.paddock.broker.instance.ReadLastOperation;
import io.paddock.broker.instance.ServiceInstance;
import io.paddock.broker.instance.UpdateRequest;
import io.paddock.broker.instance.UpdateServiceInstance;
import io.paddock.broker.operation.Operation;
import io.paddock.broker.request.Refusal;
import io.paddock.broker.request.RefusedException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.servicebroker.model.Context;
import org.springframework.cloud.servicebroker.model.catalog.MaintenanceInfo;
import org.springframework.cloud.servicebroker.model.instance.CreateServiceInstanceRequest;
import org.springframework.cloud.servicebroker.model.instance.CreateServiceInstanceResponse;
import org.springframework.cloud.servicebroker.model.instance.DeleteServiceInstanceRequest;
import org.springframework.cloud.servicebroker.model.instance.DeleteServiceInstanceResponse;
import org.springframework.cloud.servicebroker.model.instance.GetLastServiceOperationRequest;
import org.springframework.cloud.servicebroker.model.instance.GetLastServiceOperationResponse;
import org.springframework.cloud.servicebroker.model.instance.GetServiceInstanceRequest;
import org.springframework.cloud.servicebroker.model.instance.GetServiceInstanceResponse;
import org.springframework.cloud.servicebroker.model.instance.OperationState;
import org.springframework.cloud.servicebroker.model.instance.UpdateServiceInstanceRequest;
import org.springframework.cloud.servicebroker.model.instance.UpdateServiceInstanceResponse;
import org.springframework.cloud.servicebroker.service.ServiceInstanceService;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Translates requests about instances from and to Spring Cloud Open Service Broker. */
@Component
class OsbInstances implements ServiceInstanceService {

    private final ProvisionServiceInstance provision;
    private final UpdateServiceInstance update;
    private final DeprovisionServiceInstance deprovision;
    private final FetchServiceInstance fetch;
    private final ReadLastOperation lastOperation;

    OsbInstances(
            ProvisionServiceInstance provision,
            UpdateServiceInstance update,
            DeprovisionServiceInstance deprovision,
            FetchServiceInstance fetch,
            ReadLastOperation lastOperation) {
        this.provision = provision;
        this.update = update;
        this.deprovision = deprovision;
        this.fetch = fetch;
        this.lastOperation = lastOperation;
    }

    @Override
    public Mono<CreateServiceInstanceResponse> createServiceInstance(CreateServiceInstanceRequest request) {
        return Mono.fromSupplier(() -> {
            refuseSynchronous(request.isAsyncAccepted());
            Accepted accepted = provision.provision(new ProvisionRequest(
                    Ids.checked("service instance", request.getServiceInstanceId()),
                    request.getServiceDefinitionId(),
                    request.getPlanId(),
                    required("organization_guid", request.getOrganizationGuid()),
                    required("space_guid", request.getSpaceGuid()),
                    parameters(request.getParameters()),
                    context(request.getContext()),
                    version(request.getMaintenanceInfo())));
            return CreateServiceInstanceResponse.builder()
                    .instanceExisted(accepted.operation().isEmpty())
                    .async(accepted.operation().isPresent())
                    .operation(accepted.operation().map(UUID::toString).orElse(null))
                    .build();
        });
    }

    @Override
    public Mono<GetServiceInstanceResponse> getServiceInstance(GetServiceInstanceRequest request) {
        return Mono.fromSupplier(() -> {
            ServiceInstance instance = fetch.fetch(request.getServiceInstanceId());
            return GetServiceInstanceResponse.builder()
                    .serviceDefinitionId(instance.serviceId())
                    .planId(instance.planId())
                    .parameters(instance.parameters())
                    .build();
        });
    }

    @Override
    public Mono<GetLastServiceOperationResponse> getLastOperation(GetLastServiceOperationRequest request) {
        return Mono.fromSupplier(() -> {
            Operation operation =
                    lastOperation.read(request.getServiceInstanceId(), Optional.ofNullable(request.getOperation()));
            return GetLastServiceOperationResponse.builder()
                    .operationState(
                            switch (operation.state()) {
                                case IN_PROGRESS -> OperationState.IN_PROGRESS;
                                case SUCCEEDED -> OperationState.SUCCEEDED;
                                case FAILED -> OperationState.FAILED;
                            })
                    .description(operation.userText())
                    .instanceUsable(operation.instanceUsable().orElse(null))
                    .updateRepeatable(operation.updateRepeatable().orElse(null))
                    .build();
        });
    }

    @Override
    public Mono<DeleteServiceInstanceResponse> deleteServiceInstance(DeleteServiceInstanceRequest request) {
        return Mono.fromSupplier(() -> {
            refuseSynchronous(request.isAsyncAccepted());
            Accepted accepted = deprovision.deprovision(request.getServiceInstanceId());
            return DeleteServiceInstanceResponse.builder()
                    .async(true)
                    .operation(accepted.operation().map(UUID::toString).orElse(null))
                    .build();
        });
    }

    @Override
    public Mono<UpdateServiceInstanceResponse> updateServiceInstance(UpdateServiceInstanceRequest request) {
        return Mono.fromSupplier(() -> {
            Accepted accepted = update.update(new UpdateRequest(
                    Ids.checked("service instance", request.getServiceInstanceId()),
                    request.getServiceDefinitionId(),
                    Optional.ofNullable(request.getPlanId()),
                    parameters(request.getParameters()),
                    context(request.getContext()),
                    version(request.getMaintenanceInfo()),
                    request.isAsyncAccepted()));
            return UpdateServiceInstanceResponse.builder()
                    .async(accepted.operation().isPresent())
                    .operation(accepted.operation().map(UUID::toString).orElse(null))
                    .build();
        });
    }

    private static void refuseSynchronous(boolean asynchronousAccepted) {
        if (!asynchronousAccepted) {
            throw new RefusedException(Refusal.ASYNC_REQUIRED);
        }
    }

    private static String required(String field, @Nullable String value) {
        if (value == null || value.isBlank()) {
            throw new RefusedException(Refusal.FIELD_MISSING, field);
        }
        return Ids.printable(field, value);
    }

    private static Optional<String> version(@Nullable MaintenanceInfo given) {
        return Optional.ofNullable(given).map(MaintenanceInfo::getVersion);
    }

    private static Map<String, Object> parameters(@Nullable Map<String, Object> given) {
        return given == null ? Map.of() : given;
    }

    private static Map<String, Object> context(@Nullable Context given) {
        Map<String, Object> context = new LinkedHashMap<>();
        if (given != null) {
            context.put("platform", given.getPlatform());
            context.putAll(given.getProperties());
        }
        return context;
    }
}
