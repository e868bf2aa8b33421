package io.paddock.broker.remote;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.paddock.broker.remote.RemoteException.Kind;
import io.paddock.broker.request.Refusal;
import io.paddock.contracts.Problem;
import io.paddock.contracts.deployer.DeployerApi;
import io.paddock.contracts.spi.SpiApi;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Objects;
import org.springframework.boot.http.client.ClientHttpRequestFactoryBuilder;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.HttpRedirects;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpRequest;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.client.ClientHttpRequestExecution;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientException;
import org.springframework.web.client.support.RestClientAdapter;
import org.springframework.web.service.invoker.HttpServiceProxyFactory;

/**
 * The clients of the SPI and the deployer, one pair for users who wait and one for the worker. All errors are
 * {@link RemoteException}s.
 */
@Configuration
class RemoteServices {

    private final RemoteProperties properties;
    private final RestClient.Builder builder;
    private final ObjectMapper json;

    RemoteServices(RemoteProperties properties, RestClient.Builder builder, ObjectMapper json) {
        this.properties = properties;
        this.builder = builder;
        this.json = json;
    }

    @Bean
    Interactive interactive() {
        return new Interactive(
                client(SpiApi.class, "the service provider", properties.spi(), properties.interactiveTimeout()),
                client(DeployerApi.class, "the deployer", properties.deployer(), properties.interactiveTimeout()));
    }

    @Bean
    Patient patient() {
        return new Patient(
                client(SpiApi.class, "the service provider", properties.spi(), properties.workerTimeout()),
                client(DeployerApi.class, "the deployer", properties.deployer(), properties.workerTimeout()));
    }

    private <T> T client(Class<T> api, String name, RemoteProperties.Peer peer, Duration readTimeout) {
        HttpClientSettings settings = HttpClientSettings.defaults()
                .withRedirects(HttpRedirects.DONT_FOLLOW)
                .withTimeouts(properties.connectTimeout(), readTimeout);
        RestClient client = builder.clone()
                .baseUrl(peer.url())
                .requestFactory(ClientHttpRequestFactoryBuilder.jdk().build(settings))
                .defaultHeaders(headers -> headers.setBasicAuth(peer.username(), peer.password()))
                .requestInterceptor((request, body, execution) -> reaching(name, request, body, execution))
                .defaultStatusHandler(HttpStatusCode::isError, (request, response) -> {
                    throw refusal(name, response);
                })
                .build();
        return readable(
                api,
                name,
                HttpServiceProxyFactory.builderFor(RestClientAdapter.create(client))
                        .build()
                        .createClient(api));
    }

    /** An answer that breaks off or is not JSON is "unavailable" as well; the client's own exceptions stay inside. */
    private static <T> T readable(Class<T> api, String name, T client) {
        InvocationHandler handler = (proxy, method, arguments) -> {
            try {
                return method.invoke(client, arguments);
            } catch (InvocationTargetException failure) {
                Throwable cause = failure.getCause();
                if (cause instanceof RestClientException || cause instanceof InvalidMediaTypeException) {
                    throw new RemoteException(
                            Kind.UNAVAILABLE,
                            Refusal.NO_ANSWER.text(),
                            name + " gave an answer that can't be read",
                            cause);
                }
                throw cause;
            }
        };
        return api.cast(Proxy.newProxyInstance(api.getClassLoader(), new Class<?>[] {api}, handler));
    }

    private static ClientHttpResponse reaching(
            String name, HttpRequest request, byte[] body, ClientHttpRequestExecution execution) {
        try {
            return execution.execute(request, body);
        } catch (IOException unreachable) {
            throw new RemoteException(
                    Kind.UNAVAILABLE,
                    Refusal.NO_ANSWER.text(),
                    name + " can't be reached: "
                            + Objects.requireNonNullElse(
                                    unreachable.getMessage(),
                                    unreachable.getClass().getSimpleName()),
                    unreachable);
        }
    }

    private RemoteException refusal(String name, ClientHttpResponse response) throws IOException {
        int status = response.getStatusCode().value();
        Problem problem = problem(status, response);
        Kind kind = switch (status) {
            // A router that knows no running instance of the service answers 404 as well.
            case 400 -> isProblem(response) ? Kind.INVALID : Kind.REFUSED;
            case 404 -> isProblem(response) ? Kind.NOT_FOUND : Kind.UNAVAILABLE;
            case 409 -> Kind.BUSY;
            case 410 -> Kind.LEASE_EXPIRED;
            // Credentials that are being rotated, or a service that just starts.
            case 401, 403, 408, 429 -> Kind.UNAVAILABLE;
            case 500 -> isProblem(response) ? Kind.FAILED : Kind.UNAVAILABLE;
            default -> status >= 500 ? Kind.UNAVAILABLE : Kind.REFUSED;
        };
        return new RemoteException(
                kind,
                Objects.requireNonNullElse(problem.detail(), Refusal.NO_ANSWER.text()),
                name + " answered " + status + ": "
                        + Objects.requireNonNullElse(problem.operatorMessage(), "no reason given"),
                isProblem(response),
                null);
    }

    private static boolean isProblem(ClientHttpResponse response) {
        String type = response.getHeaders().getFirst(HttpHeaders.CONTENT_TYPE);
        return type != null && type.startsWith(Problem.MEDIA_TYPE);
    }

    private Problem problem(int status, ClientHttpResponse response) {
        try {
            return json.readValue(response.getBody(), Problem.class);
        } catch (IOException notAProblem) {
            return new Problem(null, status, null, null);
        }
    }
}
