package io.paddock.broker.osb;

import io.paddock.broker.binding.BindRequest;
import io.paddock.broker.binding.BindServiceInstance;
import io.paddock.broker.binding.FetchServiceBinding;
import io.paddock.broker.binding.UnbindServiceInstance;
import io.paddock.broker.operation.OperationText;
import io.paddock.contracts.spi.BindingCredentials;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.springframework.cloud.servicebroker.model.binding.BindResource;
import org.springframework.cloud.servicebroker.model.binding.CreateServiceInstanceAppBindingResponse;
import org.springframework.cloud.servicebroker.model.binding.CreateServiceInstanceBindingRequest;
import org.springframework.cloud.servicebroker.model.binding.CreateServiceInstanceBindingResponse;
import org.springframework.cloud.servicebroker.model.binding.DeleteServiceInstanceBindingRequest;
import org.springframework.cloud.servicebroker.model.binding.DeleteServiceInstanceBindingResponse;
import org.springframework.cloud.servicebroker.model.binding.Endpoint;
import org.springframework.cloud.servicebroker.model.binding.GetLastServiceBindingOperationRequest;
import org.springframework.cloud.servicebroker.model.binding.GetLastServiceBindingOperationResponse;
import org.springframework.cloud.servicebroker.model.binding.GetServiceInstanceAppBindingResponse;
import org.springframework.cloud.servicebroker.model.binding.GetServiceInstanceBindingRequest;
import org.springframework.cloud.servicebroker.model.binding.GetServiceInstanceBindingResponse;
import org.springframework.cloud.servicebroker.model.instance.OperationState;
import org.springframework.cloud.servicebroker.service.ServiceInstanceBindingService;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;

/** Translates requests about bindings from and to Spring Cloud Open Service Broker. */
@Component
class OsbBindings implements ServiceInstanceBindingService {

    private final BindServiceInstance bind;
    private final UnbindServiceInstance unbind;
    private final FetchServiceBinding fetch;

    OsbBindings(BindServiceInstance bind, UnbindServiceInstance unbind, FetchServiceBinding fetch) {
        this.bind = bind;
        this.unbind = unbind;
        this.fetch = fetch;
    }

    @Override
    public Mono<CreateServiceInstanceBindingResponse> createServiceInstanceBinding(
            CreateServiceInstanceBindingRequest request) {
        return Mono.fromSupplier(() -> {
            BindServiceInstance.Bound bound = bind.bind(new BindRequest(
                    Ids.checked("service instance", request.getServiceInstanceId()),
                    Ids.checked("binding", request.getBindingId()),
                    request.getServiceDefinitionId(),
                    request.getPlanId(),
                    app(request).map(app -> Ids.printable("app_guid", app)),
                    Objects.requireNonNullElse(request.getParameters(), Map.of()),
                    BindingRotation.predecessor(request)));
            return CreateServiceInstanceAppBindingResponse.builder()
                    .bindingExisted(bound.existed())
                    .credentials(bound.binding().credentials())
                    .endpoints(endpoints(bound.binding()))
                    .async(false)
                    .build();
        });
    }

    @Override
    public Mono<GetServiceInstanceBindingResponse> getServiceInstanceBinding(GetServiceInstanceBindingRequest request) {
        return Mono.fromSupplier(() -> {
            BindingCredentials binding = fetch.fetch(request.getServiceInstanceId(), request.getBindingId());
            return GetServiceInstanceAppBindingResponse.builder()
                    .credentials(binding.credentials())
                    .endpoints(endpoints(binding))
                    .build();
        });
    }

    /** Bindings are made and removed while the platform waits, so there is not much to poll for. */
    @Override
    public Mono<GetLastServiceBindingOperationResponse> getLastOperation(
            GetLastServiceBindingOperationRequest request) {
        return Mono.fromSupplier(() -> {
            boolean made = fetch.isMade(request.getServiceInstanceId(), request.getBindingId());
            return GetLastServiceBindingOperationResponse.builder()
                    .operationState(made ? OperationState.SUCCEEDED : OperationState.IN_PROGRESS)
                    .description(made ? OperationText.BINDING_MADE.text() : OperationText.BINDING_UNDER_WAY.text())
                    .build();
        });
    }

    @Override
    public Mono<DeleteServiceInstanceBindingResponse> deleteServiceInstanceBinding(
            DeleteServiceInstanceBindingRequest request) {
        return Mono.fromSupplier(() -> {
            unbind.unbind(request.getServiceInstanceId(), request.getBindingId());
            return DeleteServiceInstanceBindingResponse.builder().async(false).build();
        });
    }

    /** {@code app_guid} beside {@code bind_resource} is deprecated, but the specification has it still. */
    @SuppressWarnings("deprecation")
    private static Optional<String> app(CreateServiceInstanceBindingRequest request) {
        return Optional.ofNullable(request.getBindResource())
                .map(BindResource::getAppGuid)
                .or(() -> Optional.ofNullable(request.getAppGuid()));
    }

    private static List<Endpoint> endpoints(BindingCredentials binding) {
        return binding.endpoints().stream()
                .map(endpoint -> Endpoint.builder()
                        .host(endpoint.host())
                        .ports(endpoint.ports())
                        .protocol(Endpoint.Protocol.TCP)
                        .build())
                .toList();
    }
}
