package io.paddock.spi.boundary;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;

/** The boundary from the network to a service's availability, for all services that have the same edge: whatever strangers do, its caller is heard. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "spring.security.user.name=broker",
            "spring.security.user.password=secret",
            "spi.offering.versions.stemcell-version=1.0",
            "paddock.request-limit=1s"
        })
@ExtendWith(OutputCaptureExtension.class)
@Tag("security")
@Timeout(60)
class NetworkToServiceTest {

    /** More than may be open (server.tomcat.max-connections) and more than there are threads. */
    private static final int FLOOD = 300;

    private static final String AUTHORIZATION =
            "Basic " + Base64.getEncoder().encodeToString("broker:secret".getBytes(StandardCharsets.UTF_8));

    @LocalServerPort
    private int port;

    private final List<Socket> flood = new ArrayList<>();
    private final HttpClient caller = HttpClient.newHttpClient();

    @AfterEach
    void close() throws IOException {
        for (Socket socket : flood) {
            socket.close();
        }
    }

    @Test
    void connectionsThatSayNothing() throws Exception {
        flood("");
        assertHeard();
    }

    @Test
    void requestLinesThatStop() throws Exception {
        flood("GET /v1/cat");
        assertHeard();
    }

    @Test
    @Tag("verify")
    void headersThatStop() throws Exception {
        flood("GET /v1/catalog HTTP/1.1\r\nHost: x\r\nX-Slow: " + "x".repeat(1_000));
        assertHeard();
    }

    @Test
    void headersThatGoOnSlowly() throws Exception {
        flood("GET /v1/catalog HTTP/1.1\r\nHost: x\r\n");
        for (Socket socket : flood) {
            say(socket, "X-More: x\r\n");
        }
        assertHeard();
    }

    @Test
    @Tag("verify")
    void bodiesOfStrangersThatStop() throws Exception {
        flood("POST /v1/deployment-specs HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n{");
        assertHeard();
    }

    @Test
    void smallBodiesOfStrangersThatStop() throws Exception {
        flood("POST /v1/deployment-specs HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{");
        assertHeard();
    }

    @Test
    void chunksOfStrangersThatStop() throws Exception {
        flood("POST /v1/deployment-specs HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{");
        assertHeard();
    }

    @Test
    void bodiesWithAWrongPassword() throws Exception {
        flood(
                "POST /v1/deployment-specs HTTP/1.1\r\nHost: x\r\nAuthorization: Basic eDp5\r\nContent-Length: 2000000\r\n\r\n{");
        assertHeard();
    }

    @Test
    @Tag("verify")
    void bodiesOfRequestsThatAreRefused() throws Exception {
        flood("POST /v1/catalog HTTP/1.1\r\nHost: x\r\nOrigin: https://evil.example\r\nContent-Length: 1000\r\n\r\n{");
        flood("POST /actuator/health/liveness HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{");
        flood("POST /v1/a;b HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{");
        flood("TRACE /v1/catalog HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{");
        assertHeard();
    }

    @Test
    @Tag("verify")
    void formsAndPartsThatStop() throws Exception {
        flood(
                "PUT /v1/x HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\na=");
        flood(
                "POST /actuator/health/liveness HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n--b");
        flood("GET /actuator/health/liveness HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx");
        assertHeard();
    }

    @Test
    void requestsAfterRequestsThatStop() throws Exception {
        flood("GET /actuator/health/liveness HTTP/1.1\r\nHost: x\r\n\r\nGET /actuator");
        assertHeard();
    }

    @Test
    void answersThatNobodyReads() throws Exception {
        flood("GET /actuator/health/liveness HTTP/1.1\r\nHost: x\r\n\r\n".repeat(3));
        assertHeard();
    }

    @Test
    void connectionsFromManyAddresses() throws Exception {
        for (int i = 0; i < FLOOD; i++) {
            Socket socket = new Socket(
                    InetAddress.getByName("127.0.0.1"), port, InetAddress.getByName("127.0.2." + (1 + i % 50)), 0);
            flood.add(socket);
            say(socket, "GET /v1/cat");
        }
        assertHeard();
    }

    @Test
    @Tag("verify")
    void aStrangersBodyIsNotAwaited() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            say(socket, "POST /v1/deployment-specs HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n{");
            InputStream answer = socket.getInputStream();

            // To the end: the server closes it.
            assertThat(new String(answer.readAllBytes(), StandardCharsets.US_ASCII))
                    .startsWith("HTTP/1.1 401");
        }
    }

    /** With the right password: who has stolen it must not stop the service so easily, nor a caller that hangs. */
    @Test
    void aBodyThatComesByteByByteIsNotAwaitedForEver() throws Exception {
        assertThat(trickled(
                        "POST /v1/deployment-specs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: "
                                + AUTHORIZATION + "\r\nContent-Length: 10000\r\n\r\n{"))
                .containsPattern("^HTTP/1.1 (400|408) ");
    }

    @Test
    @Tag("verify")
    void aHeaderThatComesByteByByteIsNotAwaitedForEver() throws Exception {
        assertThat(trickled("GET /v1/catalog HTTP/1.1\r\nHost: x\r\nX-More: ")).isEmpty();
    }

    /** On a connection that was used before: it counts for each request. */
    @Test
    void aSecondHeaderThatComesByteByByteIsNotAwaitedForEver() throws Exception {
        assertThat(
                        trickled(
                                "GET /actuator/health/liveness HTTP/1.1\r\nHost: x\r\n\r\nGET /v1/catalog HTTP/1.1\r\nHost: x\r\nX-More: "))
                .startsWith("HTTP/1.1 200 ")
                .containsOnlyOnce("HTTP/1.1");
    }

    /** An idle connection, of which nothing comes for longer than a header may take, is still there for the next request. */
    @Test
    void aConnectionThatIsKeptAliveIsNotTakenForASlowRequest() throws Exception {
        String ask = "GET /actuator/health/liveness HTTP/1.1\r\nHost: x\r\n\r\n";
        try (Socket idle = new Socket(InetAddress.getLoopbackAddress(), port)) {
            idle.setSoTimeout((int) Duration.ofSeconds(30).toMillis());
            say(idle, ask);
            assertThat(idle.getInputStream().read()).isEqualTo('H');

            // Takes longer than a header may.
            trickled("GET /v1/catalog HTTP/1.1\r\nHost: x\r\nX-More: ");

            say(idle, ask + "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            assertThat(new String(idle.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .containsSubsequence("TTP/1.1 200 ", "HTTP/1.1 200 ", "HTTP/1.1 401 ");
        }
    }

    /** What is answered to something that is followed by a blank every 100 ms, until the server closes the connection. */
    private String trickled(String beginning) throws IOException {
        ScheduledExecutorService trickle = Executors.newSingleThreadScheduledExecutor();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout((int) Duration.ofSeconds(30).toMillis());
            say(socket, beginning);
            trickle.scheduleAtFixedRate(() -> say(socket, " "), 100, 100, TimeUnit.MILLISECONDS);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } finally {
            trickle.shutdownNow();
        }
    }

    @Test
    @Tag("verify")
    void whatAnotherSiteHasABrowserSendIsRefused() throws Exception {
        String body = "{}";
        assertThat(status("Sec-Fetch-Site", "cross-site", body)).isEqualTo(403);
        assertThat(status("Sec-Fetch-Site", "same-site", body)).isEqualTo(403);
        assertThat(status("Origin", "https://elsewhere.example", body)).isEqualTo(403);
        assertThat(status("Origin", "null", body)).isEqualTo(403);
        assertThat(status("Sec-Fetch-Site", "same-origin", body)).isNotEqualTo(403);
        assertThat(status("Origin", "http://127.0.0.1:" + port, body)).isNotEqualTo(403);
        assertThat(status("X-Nothing", "x", body)).isNotEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/catalog?a=%ff", "/v1/catalog?&&&=&", "/actuator/health/liveness?a=%ff"})
    @Tag("verify")
    void aQueryThatCannotBeReadIsTheCallersFault(String path) throws Exception {
        assertThat(caller.send(request(path).GET().build(), HttpResponse.BodyHandlers.discarding())
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    @Tag("verify")
    void noTextInALogLooksLikeAnotherLine(CapturedOutput output) {
        String forged = "2026-01-01 ERROR forged";
        LoggerFactory.getLogger("io.paddock.spi.test")
                .warn(
                        "said: {}",
                        "x\r\n" + forged + "\u001b[2J\u0085\u2028\u202e",
                        new SQLException(
                                "ERROR: y\n" + forged + "\u001b[1m", new IllegalStateException("z\n" + forged)));

        assertThat(output.getOut()).contains("said: x " + forged);
        assertThat(output.getOut().lines()).noneMatch(line -> line.startsWith("2026-01-01"));
        assertThat(output.getOut().lines().filter(line -> line.contains(forged)))
                .hasSize(3)
                .allMatch(line -> line.chars().noneMatch(Character::isISOControl));
    }

    private int status(String header, String value, String body) throws Exception {
        return caller.send(
                        request("/v1/deployment-specs")
                                .header(header, value)
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private void flood(String text) throws IOException {
        for (int i = 0; i < FLOOD; i++) {
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
            flood.add(socket);
            say(socket, text);
        }
    }

    /** Who had to give way has noticed. */
    private static void say(Socket socket, String text) {
        try {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException gaveWay) {
            // It is one of a flood.
        }
    }

    private void assertHeard() throws Exception {
        for (int i = 0; i < 3; i++) {
            HttpResponse<String> answer = HttpClient.newHttpClient()
                    .send(request("/v1/catalog").GET().build(), HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(4))
                .header("Authorization", AUTHORIZATION);
    }
}
