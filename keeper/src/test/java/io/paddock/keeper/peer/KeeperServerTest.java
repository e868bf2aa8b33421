package io.paddock.keeper.peer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.paddock.keeper.decision.Word;
import io.paddock.keeper.system.IssuedNode;
import io.paddock.keeper.system.NodeTls;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The boundary from the network to a keeper's availability: whoever has no certificate, nodes are heard. */
@Tag("security")
@Timeout(60)
class KeeperServerTest {

    private static final int FLOOD = 100;
    /** Far less than a node waits for an answer, were it not for machines that are busy with something else. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    @TempDir
    private Path directory;

    private final List<Socket> flood = new ArrayList<>();
    private InetSocketAddress address = new InetSocketAddress(0);
    private HttpClient node = HttpClient.newHttpClient();
    private HttpClient postgres = HttpClient.newHttpClient();
    private SSLContext anonymous;

    @BeforeEach
    void start() throws Exception {
        IssuedNode issued = IssuedNode.in(directory, "postgres-0", "127.0.0.1");
        NodeTls tls = issued.node();
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        address = new InetSocketAddress("127.0.0.1", port);
        // No address is known as a node's: only certificates tell.
        new KeeperServer(address, tls.context(), peer -> false, new Answering()).start();
        node = HttpClient.newBuilder().sslContext(tls.context()).build();
        postgres = HttpClient.newBuilder()
                .sslContext(issued.ofPostgres().context())
                .build();
        anonymous = SSLContext.getInstance("TLS");
        anonymous.init(null, new TrustManager[] {new Trusting()}, null);
    }

    @AfterEach
    void close() throws IOException {
        for (Socket socket : flood) {
            socket.close();
        }
    }

    @Test
    void connectionsThatSayNothing() throws Exception {
        flood(socket -> {});
        heardAnew();
    }

    @Test
    void handshakesThatStop() throws Exception {
        flood(socket -> socket.getOutputStream().write(new byte[] {22, 3, 1}));
        heardAnew();
    }

    @Test
    @Tag("verify")
    void handshakesThatStopFromManyAddresses() throws Exception {
        for (int i = 0; i < FLOOD; i++) {
            Socket socket =
                    new Socket(address.getAddress(), address.getPort(), InetAddress.getByName("127.0.1." + i), 0);
            flood.add(socket);
            socket.getOutputStream().write(new byte[] {22, 3, 1});
        }
        heardAnew();
    }

    @Test
    void whatIsNoHandshake() throws Exception {
        flood(socket -> socket.getOutputStream().write("GET / HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII)));
        heardAnew();
    }

    @Test
    void requestLinesThatStop() throws Exception {
        floodInTls("GET /health");
        heardAnew();
    }

    @Test
    @Tag("verify")
    void headersThatStop() throws Exception {
        floodInTls("GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ");
        heardAnew();
    }

    @Test
    void bodiesThatStop() throws Exception {
        floodInTls("POST /switchover HTTP/1.1\r\nHost: x\r\nContent-Length: 16000\r\n\r\n{");
        heardAnew();
    }

    @Test
    void bodiesOfPathsThatAreNotThere() throws Exception {
        floodInTls("POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 16000\r\n\r\n{");
        heardAnew();
    }

    @Test
    void secondRequestsThatStop() throws Exception {
        floodInTls("GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ");
        heardAnew();
    }

    @Test
    void answersThatNobodyReads() throws Exception {
        floodInTls("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".repeat(50));
        heardAnew();
    }

    @Test
    @Tag("verify")
    void aNodesConnectionOutlivesAFlood() throws Exception {
        assertThat(ask()).isEqualTo(200);
        flood(socket -> socket.getOutputStream().write(new byte[] {22, 3, 1}));

        assertThat(ask()).isEqualTo(200);
    }

    @Test
    void whoIsAnsweredMayGoOn() throws Exception {
        HttpClient client = HttpClient.newBuilder().sslContext(anonymous).build();
        for (int i = 0; i < 3; i++) {
            HttpResponse<String> answer =
                    client.send(request("/health").GET().build(), HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Connection")).contains("close");
        }
        assertThat(client.send(
                                request("/switchover")
                                        .POST(HttpRequest.BodyPublishers.noBody())
                                        .build(),
                                HttpResponse.BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(403);
    }

    private interface Saying {
        void say(Socket socket) throws IOException;
    }

    private void flood(Saying saying) throws IOException {
        for (int i = 0; i < FLOOD; i++) {
            Socket socket = new Socket(address.getAddress(), address.getPort());
            flood.add(socket);
            saying.say(socket);
        }
    }

    /** Some of them are turned away while they begin, which they are prepared for. */
    private void floodInTls(String text) throws IOException {
        for (int i = 0; i < FLOOD / 4; i++) {
            SSLSocket socket =
                    (SSLSocket) anonymous.getSocketFactory().createSocket(address.getAddress(), address.getPort());
            flood.add(socket);
            socket.setSoTimeout(1000);
            try {
                OutputStream out = socket.getOutputStream();
                out.write(text.getBytes(StandardCharsets.US_ASCII));
                out.flush();
            } catch (IOException turnedAway) {
                // It is one of a flood.
            }
        }
    }

    /** Asks as a node that has no connection yet: its first tries may have to give way as well. */
    private void heardAnew() throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        int tries = 0;
        while (true) {
            tries++;
            try {
                assertThat(ask()).isEqualTo(200);
                break;
            } catch (IOException turnedAway) {
                assertThat(System.nanoTime())
                        .as("after " + tries + " tries: " + turnedAway)
                        .isLessThan(end);
            }
        }
    }

    @Test
    void whatRunsAsPostgresIsNoNode() throws IOException, InterruptedException {
        for (String command :
                List.of("/v1/hello", "/v1/leave", "/v1/give-back", "/switchover", "/drain", "/leave", "/take-over")) {
            HttpRequest request = request(command)
                    .timeout(PATIENCE)
                    .POST(HttpRequest.BodyPublishers.ofString("{}"))
                    .build();
            assertThat(postgres.send(request, HttpResponse.BodyHandlers.discarding())
                            .statusCode())
                    .as(command)
                    .isEqualTo(403);
        }
    }

    private int ask() throws IOException, InterruptedException {
        String body = JSON.std.asString(Map.of("to", ""));
        return node.send(
                        request("/switchover")
                                .timeout(PATIENCE)
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + address.getPort() + path));
    }

    /** Wants no proof of who the server is: this is an attacker's. */
    private static final class Trusting implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private static final class Answering implements KeeperServer.Node {

        @Override
        public Description hear(Hello hello) {
            throw new IllegalStateException("is not asked here");
        }

        @Override
        public void takeBack(String node, Word.Stamp stamp, String successor) {}

        @Override
        public KeeperServer.Answer health() {
            return KeeperServer.Answer.of(200, "primary");
        }

        @Override
        public boolean isPrimary() {
            return true;
        }

        @Override
        public boolean isReplica() {
            return false;
        }

        @Override
        public String metrics() {
            return "paddock_primary 1\n".repeat(1000);
        }

        @Override
        public KeeperServer.Answer switchover(String successor) {
            return KeeperServer.Answer.of(200, "done");
        }

        @Override
        public KeeperServer.Answer drain(boolean forGood) {
            return KeeperServer.Answer.of(200, "done");
        }

        @Override
        public KeeperServer.Answer leave() {
            return KeeperServer.Answer.of(200, "done");
        }

        @Override
        public KeeperServer.Answer takeOver() {
            return KeeperServer.Answer.of(200, "done");
        }

        @Override
        public KeeperServer.Answer dismiss(String leaver) {
            return KeeperServer.Answer.of(200, "done");
        }
    }
}
