package io.paddock.broker.osb;

import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.broker.BrokerTest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;

/** What no sensible client sends gets a 4xx with a JSON object, changes nothing, and can't be found in the log. */
@Tag("security")
@Tag("verify")
@ExtendWith(OutputCaptureExtension.class)
class HostileRequestsTest extends BrokerTest {

    private static final String INSTANCE = "/v2/service_instances/";
    private static final String ASYNC = "?accepts_incomplete=true";

    @LocalServerPort
    private int serverPort;

    private record Answer(int status, String contentType, String body) {}

    static Stream<Arguments> requests() {
        String body =
                "{\"service_id\":\"5e1f7a52-0d7b-4a6e-9c1d-3f5d5f1f0a01\",\"plan_id\":\"5e1f7a52-0d7b-4a6e-9c1d-3f5d5f1f0a02\","
                        + "\"organization_guid\":\"o\",\"space_guid\":\"s\",\"parameters\":%s}";
        return Stream.of(
                Arguments.of("an overlong id", "PUT", INSTANCE + "a".repeat(200) + ASYNC, body.formatted("{}")),
                Arguments.of(
                        "an id as long as a book", "PUT", INSTANCE + "a".repeat(20_000) + ASYNC, body.formatted("{}")),
                Arguments.of("a percent sign alone", "PUT", INSTANCE + "%" + ASYNC, body.formatted("{}")),
                Arguments.of("a broken escape", "PUT", INSTANCE + "%zz" + ASYNC, body.formatted("{}")),
                Arguments.of("an escaped NUL", "PUT", INSTANCE + "a%00b" + ASYNC, body.formatted("{}")),
                Arguments.of("an escaped line break", "PUT", INSTANCE + "a%0d%0ab" + ASYNC, body.formatted("{}")),
                Arguments.of("broken UTF-8", "PUT", INSTANCE + "%c3%28" + ASYNC, body.formatted("{}")),
                Arguments.of("an escaped slash", "PUT", INSTANCE + "a%2fb" + ASYNC, body.formatted("{}")),
                Arguments.of("an escaped percent", "PUT", INSTANCE + "a%2500b" + ASYNC, body.formatted("{}")),
                Arguments.of("a way out", "PUT", INSTANCE + "..%2f..%2factuator" + ASYNC, body.formatted("{}")),
                Arguments.of("a semicolon", "PUT", INSTANCE + "a;b=c" + ASYNC, body.formatted("{}")),
                Arguments.of("letters beyond ASCII", "PUT", INSTANCE + "%e9%b4%a8" + ASYNC, body.formatted("{}")),
                Arguments.of("an empty id", "PUT", INSTANCE + ASYNC, body.formatted("{}")),
                Arguments.of(
                        "a deep JSON",
                        "PUT",
                        INSTANCE + "a" + ASYNC,
                        body.formatted("{\"a\":".repeat(10_000) + "1" + "}".repeat(10_000))),
                Arguments.of(
                        "a name that stands twice",
                        "PUT",
                        INSTANCE + "a" + ASYNC,
                        body.formatted("{\"depth\":\"2m\",\"depth\":\"3m\"}")),
                Arguments.of("a deep array", "PUT", INSTANCE + "a" + ASYNC, "[".repeat(100_000)),
                Arguments.of(
                        "a number without end",
                        "PUT",
                        INSTANCE + "a" + ASYNC,
                        body.formatted("{\"a\":" + "9".repeat(100_000) + "}")),
                Arguments.of(
                        "a NUL in a parameter's name",
                        "PUT",
                        INSTANCE + "a" + ASYNC,
                        body.formatted("{\"crocodiles\\u0000\":1,\"crocodiles\":1}")),
                Arguments.of(
                        "a NUL in the organization",
                        "PUT",
                        INSTANCE + "a" + ASYNC,
                        body.formatted("{}").replace("\"o\"", "\"o\\u0000\"")),
                Arguments.of(
                        "a NUL in the offering",
                        "PUT",
                        INSTANCE + "a" + ASYNC,
                        body.formatted("{}").replace("5e1f7a52-0d7b-4a6e-9c1d-3f5d5f1f0a01", "\\u0000")),
                Arguments.of(
                        "a NUL in the offering of a deletion",
                        "DELETE",
                        INSTANCE + "a" + ASYNC + "&plan_id=p&service_id=%00",
                        ""),
                Arguments.of(
                        "half a surrogate pair in the space",
                        "PUT",
                        INSTANCE + "a" + ASYNC,
                        body.formatted("{}").replace("\"s\"", "\"s\\ud800\"")),
                Arguments.of(
                        "half a surrogate pair in the context",
                        "PUT",
                        INSTANCE + "a" + ASYNC,
                        body.formatted("{}")
                                .replace(
                                        "\"space_guid\"",
                                        "\"context\":{\"platform\":\"p\",\"x\":\"\\udfff\"},\"space_guid\"")),
                Arguments.of(
                        "fields of other types",
                        "PUT",
                        INSTANCE + "a" + ASYNC,
                        "{\"service_id\":{},\"plan_id\":[],\"context\":7}"),
                Arguments.of(
                        "a context that is an array",
                        "PUT",
                        INSTANCE + "a" + ASYNC,
                        body.formatted("{}").replace("\"space_guid\"", "\"context\":[1],\"space_guid\"")),
                Arguments.of(
                        "maintenance that is text",
                        "PUT",
                        INSTANCE + "a" + ASYNC,
                        body.formatted("{}").replace("\"space_guid\"", "\"maintenance_info\":\"new\",\"space_guid\"")),
                Arguments.of(
                        "a predecessor that is a number",
                        "PUT",
                        INSTANCE + "a/service_bindings/b",
                        "{\"predecessor_binding_id\":7}"),
                Arguments.of(
                        "an overlong predecessor",
                        "PUT",
                        INSTANCE + "a/service_bindings/b",
                        "{\"predecessor_binding_id\":\"" + "p".repeat(9_000) + "\"}"),
                Arguments.of(
                        "accepts_incomplete=banana",
                        "PUT",
                        INSTANCE + "a?accepts_incomplete=banana",
                        body.formatted("{}")),
                Arguments.of("a query with a broken escape", "GET", "/v2/catalog?a=%zz", ""),
                Arguments.of("a query that is no UTF-8", "GET", INSTANCE + "a?plan_id=%ff", ""),
                Arguments.of("a query without names", "DELETE", INSTANCE + "a?&&&=&", ""),
                Arguments.of("a query with too many names", "GET", "/v2/catalog?" + "a&".repeat(1_001), ""),
                Arguments.of(
                        "a change with a broken query", "PUT", INSTANCE + "a" + ASYNC + "&%", body.formatted("{}")),
                Arguments.of("another method", "POST", INSTANCE + "a" + ASYNC, body.formatted("{}")),
                Arguments.of("a method that nobody knows", "PURGE", INSTANCE + "a" + ASYNC, body.formatted("{}")),
                Arguments.of("TRACE", "TRACE", "/v2/catalog", ""),
                Arguments.of("the end of a session", "POST", "/logout", ""),
                Arguments.of(
                        "an operation that is none",
                        "GET",
                        INSTANCE + "a/last_operation?operation=%27%3b+drop+table+operation",
                        ""),
                Arguments.of(
                        "a deletion with an overlong id",
                        "DELETE",
                        INSTANCE + "a".repeat(2_000) + "?service_id=s&plan_id=p&accepts_incomplete=true",
                        ""));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("requests")
    void isRefused(String what, String method, String target, String body, CapturedOutput log) throws IOException {
        int before = log.getAll().length();

        Answer answer = send(method, target, body, "secret");

        assertThat(answer.status()).as(answer.toString()).isBetween(400, 499);
        assertThat(answer.contentType()).as(answer.toString()).startsWith("application/json");
        assertThat(json.readTree(answer.body()).path("description").asText())
                .as(answer.toString())
                .isNotBlank()
                .doesNotContain("Exception", "org.", "java.");
        assertThat(database.queryForObject("select count(*) from service_instance", Integer.class))
                .isZero();
        assertThat(log.getAll()
                        .substring(before)
                        .lines()
                        .filter(line -> line.contains("ERROR") || line.startsWith("\tat ") || line.length() > 2_000))
                .as("the log stays readable")
                .isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("requests")
    void nobodyGetsFurtherThanTheDoorWithoutItsPassword(String what, String method, String target, String body)
            throws IOException {
        Answer answer = send(method, target, body, "wrong");

        assertThat(answer.status()).as(answer.toString()).isIn(400, 401, 405);
        assertThat(answer.contentType()).as(answer.toString()).startsWith("application/json");
    }

    /** The connection may be closed before all of it is sent, and then the answer is lost. */
    @Test
    void fiveMegabytesAreNotRead() throws IOException {
        String body = "{\"parameters\":{\"a\":\"" + "x".repeat(5 << 20) + "\"}}";
        for (String password : List.of("secret", "wrong")) {
            try {
                assertThat(send("PUT", INSTANCE + "a" + ASYNC, body, password).status())
                        .isBetween(400, 499);
            } catch (SocketException closed) {
                assertThat(closed).hasMessageMatching("Broken pipe|Connection reset.*");
            }
        }
        assertThat(database.queryForObject("select count(*) from service_instance", Integer.class))
                .isZero();
    }

    @Test
    void whatIsLeftOfARefusedBodyIsNotTakenForTheNextRequest() throws IOException {
        try (Socket socket = new Socket("localhost", serverPort)) {
            OutputStream out = socket.getOutputStream();
            out.write(
                    request("PUT", INSTANCE + "a" + ASYNC, "GET /v2/catalog HTTP/1.1\r\n\r\n", "wrong", "keep-alive"));
            out.flush();
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            assertThat(read(in).status()).isEqualTo(401);
            assertThat(in.readLine()).as("the connection is closed").isNull();
        }
    }

    private Answer send(String method, String target, String body, String password) throws IOException {
        try (Socket socket = new Socket("localhost", serverPort)) {
            socket.getOutputStream().write(request(method, target, body, password, "close"));
            socket.getOutputStream().flush();
            return read(new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8)));
        }
    }

    private static byte[] request(String method, String target, String body, String password, String connection) {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        return (method + " " + target + " HTTP/1.1\r\nHost: localhost\r\nX-Broker-API-Version: 2.17\r\n"
                        + authorization(password)
                        + "Content-Type: application/json\r\nConnection: " + connection + "\r\nContent-Length: "
                        + content.length
                        + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.UTF_8);
    }

    private static String authorization(String password) {
        String credentials =
                Base64.getEncoder().encodeToString(("platform:" + password).getBytes(StandardCharsets.UTF_8));
        return "Authorization: Basic " + credentials + "\r\n";
    }

    private static Answer read(BufferedReader in) throws IOException {
        String status = in.readLine();
        if (status == null) {
            throw new SocketException("Connection reset: there is no answer");
        }
        String type = "";
        int length = 0;
        boolean chunked = false;
        for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
            String lower = line.toLowerCase(Locale.ROOT);
            if (lower.startsWith("content-type: ")) {
                type = line.substring("content-type: ".length());
            } else if (lower.startsWith("content-length: ")) {
                length = Integer.parseInt(line.substring("content-length: ".length()));
            } else if (lower.equals("transfer-encoding: chunked")) {
                chunked = true;
            }
        }
        StringBuilder body = new StringBuilder();
        if (chunked) {
            for (int size = Integer.parseInt(in.readLine(), 16); size > 0; size = Integer.parseInt(in.readLine(), 16)) {
                read(in, size, body);
                in.readLine();
            }
            in.readLine();
        } else {
            read(in, length, body);
        }
        return new Answer(Integer.parseInt(status.split(" ")[1]), type, body.toString());
    }

    private static void read(BufferedReader in, int length, StringBuilder body) throws IOException {
        for (int i = 0; i < length; i++) {
            body.append((char) in.read());
        }
    }
}
