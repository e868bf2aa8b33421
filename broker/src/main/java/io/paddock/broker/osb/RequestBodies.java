package io.paddock.broker.osb;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.paddock.broker.request.Refusal;
import io.paddock.broker.request.RefusedException;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerExceptionResolver;

/**
 * Reads the bodies of requests before SCOSB does: they must be JSON objects of a sensible size and depth, and a rotation of a binding is made
 * complete ({@link BindingRotation}). Runs after authentication: who is not known has nothing parsed.
 */
@Component
@Order(Ordered.LOWEST_PRECEDENCE)
class RequestBodies extends OncePerRequestFilter {

    /** Bytes: many times the longest request that the parameters of a plan allow. */
    static final int LONGEST = 256 * 1024;

    private static final int DEEPEST = 50;
    private static final Set<String> WITH_BODY = Set.of("PUT", "PATCH");

    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .build())
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final BindingRotation rotation;
    private final HandlerExceptionResolver errors;

    RequestBodies(BindingRotation rotation, HandlerExceptionResolver handlerExceptionResolver) {
        this.rotation = rotation;
        this.errors = handlerExceptionResolver;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return !OsbHeaders.isOsb(request) || !WITH_BODY.contains(request.getMethod());
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        byte[] body;
        try {
            body = rotation.complete(request, parse(read(request)));
        } catch (RuntimeException refused) {
            errors.resolveException(request, response, null, refused);
            return;
        }
        chain.doFilter(new Read(request, body), response);
    }

    private static byte[] read(HttpServletRequest request) throws IOException {
        String type = request.getContentType();
        if (type != null && !type.toLowerCase(Locale.ROOT).matches("application/([a-z.+-]+\\+)?json(\\s*;.*)?")) {
            throw new RefusedException(Refusal.NOT_JSON_BY_TYPE);
        }
        byte[] body = request.getInputStream().readNBytes(LONGEST + 1);
        if (body.length > LONGEST) {
            throw new RefusedException(Refusal.TOO_LONG, LONGEST / 1024);
        }
        return body;
    }

    private static JsonNode parse(byte[] body) throws IOException {
        try {
            JsonNode tree = JSON.readTree(body);
            // Halves of a character are JSON, but no text.
            if (tree != null
                    && tree.isObject()
                    && StandardCharsets.UTF_8.newEncoder().canEncode(tree.toString())) {
                return tree;
            }
        } catch (JsonProcessingException unreadable) {
            // Its text quotes what was sent.
        }
        throw new RefusedException(Refusal.NOT_AN_OBJECT, DEEPEST);
    }

    /** The same request with a body that has been read. */
    private static final class Read extends HttpServletRequestWrapper {

        private final byte[] body;

        Read(HttpServletRequest request, byte[] body) {
            super(request);
            this.body = body;
        }

        /** SCOSB's controllers take nothing else, and the specification lets a missing one pass. */
        @Override
        public String getContentType() {
            return "application/json";
        }

        @Override
        public int getContentLength() {
            return body.length;
        }

        @Override
        public long getContentLengthLong() {
            return body.length;
        }

        @Override
        public ServletInputStream getInputStream() {
            ByteArrayInputStream bytes = new ByteArrayInputStream(body);
            return new ServletInputStream() {
                @Override
                public boolean isFinished() {
                    return bytes.available() == 0;
                }

                @Override
                public boolean isReady() {
                    return true;
                }

                @Override
                public void setReadListener(ReadListener listener) {
                    throw new UnsupportedOperationException("requests are read by blocking");
                }

                @Override
                public int read() {
                    return bytes.read();
                }
            };
        }

        @Override
        public BufferedReader getReader() {
            return new BufferedReader(new InputStreamReader(getInputStream(), StandardCharsets.UTF_8));
        }
    }
}
