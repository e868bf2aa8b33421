package io.paddock.broker.osb;

import org.jspecify.annotations.Nullable;
import org.springframework.cloud.servicebroker.model.instance.GetLastServiceOperationResponse;
import org.springframework.cloud.servicebroker.model.instance.OperationState;
import org.springframework.core.MethodParameter;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyAdvice;

/**
 * Tells platforms when to poll again (OSB 2.17, Polling Last Operation). Cloud Controller polls every minute at most and takes this only to
 * poll more seldom, so it is what a client that can poll often should wait.
 */
@RestControllerAdvice
class RetryAfter implements ResponseBodyAdvice<Object> {

    private static final String SECONDS = "5";

    @Override
    public boolean supports(MethodParameter returnType, Class<? extends HttpMessageConverter<?>> converterType) {
        return true;
    }

    @Override
    public @Nullable Object beforeBodyWrite(
            @Nullable Object body,
            MethodParameter returnType,
            MediaType selectedContentType,
            Class<? extends HttpMessageConverter<?>> selectedConverterType,
            ServerHttpRequest request,
            ServerHttpResponse response) {
        if (body instanceof GetLastServiceOperationResponse poll && poll.getState() == OperationState.IN_PROGRESS) {
            response.getHeaders().set(HttpHeaders.RETRY_AFTER, SECONDS);
        }
        return body;
    }
}
