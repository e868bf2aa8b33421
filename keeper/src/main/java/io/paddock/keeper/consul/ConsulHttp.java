package io.paddock.keeper.consul;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** Requests to the Consul server on this node. */
final class ConsulHttp {

    private static final Duration TIMEOUT = Duration.ofSeconds(1);

    private final HttpClient http;
    private final URI agent;

    ConsulHttp(HttpClient http, URI agent) {
        this.http = http;
        this.agent = agent;
    }

    /**
     * @param token empty for nobody's
     * @throws IOException if there is no answer
     */
    HttpResponse<String> send(String method, String path, String body, String token)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(agent.resolve(path))
                .timeout(TIMEOUT)
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (!token.isEmpty()) {
            request.header("X-Consul-Token", token);
        }
        try {
            // The request's own limit ends with the headers of the answer.
            return http.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString())
                    .orTimeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                    .get();
        } catch (ExecutionException failure) {
            throw new IOException("Consul does not answer", failure.getCause());
        }
    }

    static HttpResponse<String> expect(HttpResponse<String> answer, int status) throws IOException {
        if (answer.statusCode() != status) {
            throw new IOException("Consul answered " + answer.statusCode() + " "
                    + answer.body().strip());
        }
        return answer;
    }
}
