package io.paddock.keeper.peer;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.jr.ob.JSON;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.paddock.keeper.decision.Word;
import io.paddock.keeper.system.Log;
import io.paddock.keeper.system.NodeTls;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * What a keeper answers, over TLS. Who only asks how the node is needs no certificate: {@code GET /health} (200 if it is as it should be,
 * 503 otherwise), {@code /primary} and {@code /replica} (200 if it is one, for load balancers), {@code /metrics} (Prometheus). What changes
 * something wants the certificate of a node of this instance, 403 otherwise: {@code POST /switchover}, {@code /drain}, {@code /leave},
 * {@code /take-over}, and what keepers say to each other.
 */
public final class KeeperServer {

    private static final int LONGEST_BODY = 16_384;
    private static final int BACKLOG = 512;
    /** However many connect: a keeper that runs out of memory costs its node the primary. */
    private static final int THREADS = 20;
    /** Threads among these for clients that have not shown a node's certificate. */
    private static final int PLACES = 12;

    private static final int PLACES_OF_AN_ADDRESS = 6;

    private final HttpsServer server;
    private final Admission admission;
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS, work -> {
        Thread thread = new Thread(work, "http");
        thread.setDaemon(true);
        return thread;
    });

    /** What the node says and does. */
    public interface Node {

        Description hear(Hello hello);

        void takeBack(String node, Word.Stamp stamp, String successor);

        Answer health();

        boolean isPrimary();

        boolean isReplica();

        String metrics();

        /** @param successor empty for the best one */
        Answer switchover(String successor);

        /**
         * Hands over if it can, and stops PostgreSQL; it does not start it again.
         *
         * @param forGood whether all nodes end, so that there is nobody to hand over to
         */
        Answer drain(boolean forGood);

        /** Hands over, and gives up its vote, since this node is about to be deleted while others stay. 200 once that is done. */
        Answer leave();

        /** Makes this node a cluster of one with the data that it has, since the others, or what they had, are gone for good. */
        Answer takeOver();

        /** Takes the vote of a node that is about to be deleted, which only the primary can. 200 once it has none. */
        Answer dismiss(String leaver);
    }

    /** An answer to a person or a script. */
    public record Answer(int status, Map<String, Object> body) {

        public static Answer of(int status, String message) {
            return new Answer(status, Map.of("message", message));
        }
    }

    /** @param isPeer whether an address is that of a node of this cluster */
    public KeeperServer(InetSocketAddress address, SSLContext tls, Predicate<String> isPeer, Node node)
            throws IOException {
        admission = new Admission(PLACES, PLACES_OF_AN_ADDRESS, isPeer, System::nanoTime);
        server = HttpsServer.create(address, BACKLOG);
        server.setHttpsConfigurator(new HttpsConfigurator(new AdmittingContext(tls, admission::enter)) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters wanted = getSSLContext().getDefaultSSLParameters();
                wanted.setWantClientAuth(true);
                parameters.setSSLParameters(wanted);
            }
        });
        server.setExecutor(exchange -> threads.execute(() -> {
            try {
                exchange.run();
            } finally {
                admission.leave();
            }
        }));
        get("/health", exchange -> node.health());
        get("/primary", exchange -> is(node.isPrimary(), "primary"));
        get("/replica", exchange -> is(node.isReplica(), "replica"));
        server.createContext("/metrics", exchange -> {
            try (exchange) {
                admit(exchange);
                send(exchange, 200, "text/plain; version=0.0.4", node.metrics());
            }
        });
        post("/v1/hello", json -> new Answer(200, node.hear(Hello.parse(json)).json()));
        post("/v1/leave", json -> node.dismiss(Json.text(json, "node")));
        post("/v1/give-back", json -> {
            node.takeBack(Json.text(json, "node"), Hello.stamp(json), Json.text(json, "successor"));
            return Answer.of(200, "taken back");
        });
        post("/switchover", json -> node.switchover(json.get("to") instanceof String to ? to : ""));
        post("/drain", json -> node.drain(Boolean.TRUE.equals(json.get("for_good"))));
        post("/leave", json -> node.leave());
        post("/take-over", json -> node.takeOver());
    }

    public void start() {
        server.start();
    }

    private static Answer is(boolean holds, String role) {
        return Answer.of(holds ? 200 : 503, (holds ? "is " : "is not ") + role);
    }

    private interface Question {
        Answer answer(HttpExchange exchange);
    }

    private interface Command {
        Answer answer(Map<String, Object> json);
    }

    private void get(String path, Question question) {
        server.createContext(path, exchange -> handle(exchange, "GET", path, () -> question.answer(exchange)));
    }

    private void post(String path, Command command) {
        server.createContext(
                path,
                exchange -> handle(
                        exchange,
                        "POST",
                        path,
                        () -> isNode(exchange)
                                ? command.answer(body(exchange))
                                : Answer.of(403, "this wants the certificate of a node of this instance")));
    }

    private interface Handling {
        Answer answer() throws IOException;
    }

    private void handle(HttpExchange exchange, String method, String path, Handling handling) throws IOException {
        try (exchange) {
            admit(exchange);
            Answer answer;
            try {
                answer = !exchange.getRequestURI().getPath().equals(path)
                        ? Answer.of(404, "there is nothing here")
                        : exchange.getRequestMethod().equals(method)
                                ? handling.answer()
                                : Answer.of(405, "this is a " + method);
            } catch (IllegalArgumentException bad) {
                answer = Answer.of(400, String.valueOf(bad.getMessage()));
            } catch (RuntimeException failure) {
                Log.warn(method + " " + path + " failed", failure);
                answer = Answer.of(500, "failed; the keeper's log says why");
            }
            send(exchange, answer.status(), "application/json", JSON.std.asString(answer.body()));
        }
    }

    /** A node may keep its connection. Anybody else has it for one request, and may have to give way until that is answered. */
    private void admit(HttpExchange exchange) {
        if (isNode(exchange)) {
            admission.leave();
        } else {
            exchange.getResponseHeaders().set("Connection", "close");
        }
    }

    /** The server trusts the instance's CA only, and wants no certificate from those who have none. */
    private static boolean isNode(HttpExchange exchange) {
        try {
            return ((HttpsExchange) exchange).getSSLSession().getPeerCertificates()[0] instanceof X509Certificate shown
                    && !NodeTls.isOfPostgres(shown);
        } catch (SSLPeerUnverifiedException none) {
            return false;
        }
    }

    private static Map<String, Object> body(HttpExchange exchange) throws IOException {
        try (InputStream content = exchange.getRequestBody()) {
            byte[] bytes = content.readNBytes(LONGEST_BODY + 1);
            if (bytes.length > LONGEST_BODY) {
                throw new IllegalArgumentException("the body is too long");
            }
            return bytes.length == 0 ? Map.of() : JSON.std.mapFrom(new String(bytes, StandardCharsets.UTF_8));
        } catch (JacksonException bad) {
            throw new IllegalArgumentException("the body is not a JSON object", bad);
        }
    }

    private static void send(HttpExchange exchange, int status, String type, String text) throws IOException {
        byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }
}
