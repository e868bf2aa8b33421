package io.paddock.keeper.peer;

import com.fasterxml.jackson.jr.ob.JSON;
import io.paddock.keeper.decision.Word;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** Speaks to other keepers. Nothing is repeated: the next round asks anew. */
public final class PeerClient {

    /** Shorter than the silence after which a node counts as lost, so that a lost packet is not a lost node. */
    private static final Duration TIMEOUT = Duration.ofMillis(800);
    /** For what the lock's servers have to agree on. */
    private static final Duration CHANGE = Duration.ofSeconds(5);

    private final HttpClient http;
    private final int port;

    public PeerClient(HttpClient http, int port) {
        this.http = http;
        this.port = port;
    }

    /** The answer, or exceptionally an {@link IOException}: no answer in time, or one that is none. */
    public CompletableFuture<Description> hello(String address, Hello hello) {
        return post(address, "/v1/hello", TIMEOUT, hello.json()).thenApply(json -> {
            try {
                return Description.parse(json, hello.protocol());
            } catch (IllegalArgumentException bad) {
                throw new CompletionException(new IOException("not a description of a node", bad));
            }
        });
    }

    /**
     * Gives back the word that the other keeper gave: this node's PostgreSQL certainly does not run as the primary.
     *
     * @param successor that shall be the next primary; empty for the best one
     */
    public CompletableFuture<?> giveBack(String address, String node, Word.Stamp stamp, String successor) {
        return post(
                address,
                "/v1/give-back",
                TIMEOUT,
                Map.of("node", node, "life", stamp.life(), "number", stamp.number(), "successor", successor));
    }

    /** Asks the primary to take the vote of a node that is about to be deleted; ends exceptionally if it has not done that. */
    public CompletableFuture<?> leave(String address, String node) {
        return post(address, "/v1/leave", CHANGE, Map.of("node", node));
    }

    private CompletableFuture<Map<String, Object>> post(
            String address, String path, Duration timeout, Map<String, Object> body) {
        try {
            HttpRequest request = HttpRequest.newBuilder(new URI("https", null, address, port, path, null, null))
                    .timeout(timeout)
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(JSON.std.asString(body)))
                    .build();
            // The request's own limit ends with the headers of the answer.
            return http.sendAsync(request, HttpResponse.BodyHandlers.ofString())
                    .orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                    .thenApply(PeerClient::parse);
        } catch (IOException | URISyntaxException | IllegalArgumentException failure) {
            return CompletableFuture.failedFuture(failure);
        }
    }

    private static Map<String, Object> parse(HttpResponse<String> answer) {
        try {
            if (answer.statusCode() != 200) {
                throw new IOException("answered " + answer.statusCode() + " " + answer.body());
            }
            return JSON.std.mapFrom(answer.body());
        } catch (IOException failure) {
            throw new CompletionException(failure);
        }
    }
}
