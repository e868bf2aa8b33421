package io.paddock.broker.osb;

import io.paddock.broker.binding.BindServiceInstance;
import io.paddock.broker.binding.FetchServiceBinding;
import io.paddock.broker.binding.UnbindServiceInstance;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.springframework.cloud.servicebroker.model.binding.BindResource;
import org.springframework.cloud.servicebroker.model.binding.CreateServiceInstanceAppBindingResponse;
import org.springframework.cloud.servicebroker.model.binding.CreateServiceInstanceBindingRequest;
import org.springframework.cloud.servicebroker.model.binding.CreateServiceInstanceBindingResponse;
import org.springframework.cloud.servicebroker.model.binding.DeleteServiceInstanceBindingRequest;
import org.springframework.cloud.servicebroker.model.binding.DeleteServiceInstanceBindingResponse;
import org.springframework.cloud.servicebroker.model.binding.GetServiceInstanceAppBindingResponse;
import org.springframework.cloud.servicebroker.model.binding.GetServiceInstanceBindingRequest;
import org.springframework.cloud.servicebroker.model.binding.GetServiceInstanceBindingResponse;
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
            BindServiceInstance.Bound bound = bind.bind(
                    request.getServiceInstanceId(),
                    Ids.checked("binding", request.getBindingId()),
                    Optional.ofNullable(request.getBindResource())
                            .map(BindResource::getAppGuid)
                            .map(app -> Ids.printable("app_guid", app)),
                    Objects.requireNonNullElse(request.getParameters(), Map.of()));
            return CreateServiceInstanceAppBindingResponse.builder()
                    .bindingExisted(bound.existed())
                    .credentials(bound.credentials())
                    .async(false)
                    .build();
        });
    }

    @Override
    public Mono<GetServiceInstanceBindingResponse> getServiceInstanceBinding(GetServiceInstanceBindingRequest request) {
        return Mono.fromSupplier(() -> GetServiceInstanceAppBindingResponse.builder()
                .credentials(fetch.fetch(request.getServiceInstanceId(), request.getBindingId()))
                .build());
    }

    @Override
    public Mono<DeleteServiceInstanceBindingResponse> deleteServiceInstanceBinding(
            DeleteServiceInstanceBindingRequest request) {
        return Mono.fromSupplier(() -> {
            unbind.unbind(request.getServiceInstanceId(), request.getBindingId());
            return DeleteServiceInstanceBindingResponse.builder().async(false).build();
        });
    }
}
