package io.paddock.deployer.director;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.springframework.boot.http.client.ClientHttpRequestFactoryBuilder;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.HttpRedirects;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.pem.PemSslStore;
import org.springframework.boot.ssl.pem.PemSslStoreBundle;
import org.springframework.boot.ssl.pem.PemSslStoreDetails;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpRequest;
import org.springframework.http.HttpStatus;
import org.springframework.http.client.ClientHttpRequestExecution;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.stereotype.Component;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClient;

/**
 * HTTP as the director wants it: its CA, time-outs, redirects read instead of followed, credentials on every request, renewed
 * once when they are refused.
 */
@Component
public class DirectorHttp {

    private final DirectorProperties properties;
    private final RestClient plain;
    private final RestClient authenticated;

    DirectorHttp(DirectorProperties properties, RestClient.Builder builder) {
        this.properties = properties;
        HttpClientSettings settings = HttpClientSettings.defaults()
                .withRedirects(HttpRedirects.DONT_FOLLOW)
                .withTimeouts(properties.connectTimeout(), properties.readTimeout());
        if (properties.caCert() != null) {
            settings = settings.withSslBundle(trusting(properties.caCert()));
        }
        this.plain = builder.clone()
                .requestFactory(ClientHttpRequestFactoryBuilder.jdk().build(settings))
                .build();
        DirectorAuthentication authentication = new DirectorAuthentication(properties, plain);
        this.authenticated = plain.mutate()
                .requestInterceptor((request, body, execution) -> authorized(request, body, execution, authentication))
                // The callers of this class look at every status themselves.
                .defaultStatusHandler(status -> true, (request, response) -> {})
                .build();
    }

    /** A client for the director at its URL; no status is an exception. */
    RestClient director() {
        return authenticated.mutate().baseUrl(properties.url()).build();
    }

    /** A client for the config server. */
    public RestClient configServer() {
        return authenticated
                .mutate()
                .baseUrl(properties.configServer() == null ? properties.url() : properties.configServer())
                .build();
    }

    /** Turns what the network does into the deployer's words. */
    public static <T> T reaching(String peer, java.util.function.Supplier<T> call) {
        try {
            return call.get();
        } catch (ResourceAccessException unreachable) {
            throw Failures.unavailable(
                    peer + " can't be reached: " + reason(unreachable.getMostSpecificCause()), unreachable);
        } catch (org.springframework.web.client.RestClientException garbage) {
            throw Failures.unavailable(
                    peer + " gave an answer that can't be read: "
                            + garbage.getMostSpecificCause().getClass().getSimpleName(),
                    garbage);
        }
    }

    /** Exceptions of a refused connection mostly have no message. */
    private static String reason(Throwable cause) {
        return Objects.requireNonNullElse(cause.getMessage(), cause.getClass().getSimpleName());
    }

    private static ClientHttpResponse authorized(
            HttpRequest request,
            byte[] body,
            ClientHttpRequestExecution execution,
            DirectorAuthentication authentication)
            throws IOException {
        request.getHeaders().set(HttpHeaders.AUTHORIZATION, authentication.header());
        ClientHttpResponse response = execution.execute(request, body);
        if (response.getStatusCode().value() != HttpStatus.UNAUTHORIZED.value() || !authentication.renew()) {
            return response;
        }
        response.close();
        request.getHeaders().set(HttpHeaders.AUTHORIZATION, authentication.header());
        return execution.execute(request, body);
    }

    private static SslBundle trusting(String caCert) {
        String pem = caCert;
        if (!caCert.contains("-----BEGIN")) {
            try {
                pem = Files.readString(Path.of(caCert));
            } catch (IOException unreadable) {
                throw new UncheckedIOException(
                        "deployer.director.ca-cert is no PEM text and no readable file: " + caCert, unreadable);
            }
        }
        PemSslStore trust = PemSslStore.load(PemSslStoreDetails.forCertificate(pem));
        return SslBundle.of(new PemSslStoreBundle(null, trust));
    }
}
