package io.paddock.broker.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The user of the platform behind a request (OSB 2.17, Originating Identity): who it is goes into the audit log. */
public final class OriginatingIdentity {

    public static final String HEADER = "X-Broker-API-Originating-Identity";

    private static final int LONGEST = 4_000;
    private static final Pattern FORMAT = Pattern.compile("([A-Za-z0-9._-]{1,100}) ([A-Za-z0-9+/]+={0,2})");
    private static final ObjectMapper JSON = new ObjectMapper();

    private OriginatingIdentity() {}

    /** Whether the header is absent, or as the specification wants it. */
    public static boolean isReadable(HttpServletRequest request) {
        return request.getHeader(HEADER) == null || of(request).isPresent();
    }

    /** Platform and its JSON object, such as {@code cloudfoundry {"user_id":"683ea748"}}; empty if no user is behind the request. */
    public static Optional<String> of(HttpServletRequest request) {
        return Optional.ofNullable(request.getHeader(HEADER))
                .filter(header -> header.length() <= LONGEST)
                .map(FORMAT::matcher)
                .filter(Matcher::matches)
                .flatMap(parts -> object(parts.group(2)).map(user -> parts.group(1) + " " + user));
    }

    private static Optional<JsonNode> object(String base64) {
        try {
            return Optional.ofNullable(JSON.readTree(Base64.getDecoder().decode(base64)))
                    .filter(JsonNode::isObject);
        } catch (IOException | IllegalArgumentException unreadable) {
            return Optional.empty();
        }
    }
}
