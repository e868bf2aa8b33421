package io.paddock.broker.osb;

import io.paddock.broker.request.ErrorBody;
import io.paddock.broker.request.OriginatingIdentity;
import io.paddock.broker.request.Refusal;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.MDC;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Does what the specification says of headers and queries and SCOSB leaves out: a version of the same major number and at least 2.13 is
 * answered. Log lines have the request's identity and the ids of the path with them. Runs after authentication.
 */
@Component
@Order(Ordered.LOWEST_PRECEDENCE - 1)
class OsbHeaders extends OncePerRequestFilter {

    private static final String VERSION = "X-Broker-API-Version";
    private static final Pattern VERSION_FORMAT = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})");
    private static final Pattern IDS = Pattern.compile(
            ".*/service_instances/([A-Za-z0-9._~-]{1,100})(?:/service_bindings/([A-Za-z0-9._~-]{1,100}))?(?:/[a-z_]*)?");
    private static final int MAJOR = 2;
    private static final int OLDEST_MINOR = 13;

    /** Whether a request is one of the Open Service Broker API, for a platform with an id in the path as well. */
    static boolean isOsb(HttpServletRequest request) {
        return request.getRequestURI().contains("/v2/");
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return !isOsb(request);
    }

    /** SCOSB's controllers answer in a second dispatch, in which errors are logged. */
    @Override
    protected boolean shouldNotFilterAsyncDispatch() {
        return false;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        RequestIdentity.of(request).ifPresent(identity -> MDC.put("requestId", identity));
        Matcher ids = IDS.matcher(request.getRequestURI());
        if (ids.matches()) {
            MDC.put("instanceId", ids.group(1));
            Optional.ofNullable(ids.group(2)).ifPresent(binding -> MDC.put("bindingId", binding));
        }
        try {
            String version = request.getHeader(VERSION);
            if (version == null) {
                ErrorBody.write(response, Refusal.VERSION_MISSING);
            } else if (!isSupported(version)) {
                ErrorBody.write(response, Refusal.VERSION_UNKNOWN);
            } else if (!OriginatingIdentity.isReadable(request)) {
                ErrorBody.write(response, Refusal.IDENTITY_UNREADABLE, OriginatingIdentity.HEADER);
            } else if (missing(request).isPresent()) {
                ErrorBody.write(
                        response, Refusal.QUERY_MISSING, missing(request).get());
            } else {
                chain.doFilter(request, response);
            }
        } finally {
            List.of("requestId", "instanceId", "bindingId").forEach(MDC::remove);
        }
    }

    /** Of the query parameters that a deletion must have (OSB 2.17, Unbinding and Deprovisioning) the first that has no value. */
    private static Optional<String> missing(HttpServletRequest request) {
        return request.getMethod().equals("DELETE") && request.getRequestURI().contains("/v2/service_instances/")
                ? Stream.of("service_id", "plan_id")
                        .filter(name -> request.getParameter(name) == null
                                || request.getParameter(name).isBlank())
                        .findFirst()
                : Optional.empty();
    }

    private static boolean isSupported(String version) {
        Matcher matcher = VERSION_FORMAT.matcher(version);
        return matcher.matches()
                && Integer.parseInt(matcher.group(1)) == MAJOR
                && Integer.parseInt(matcher.group(2)) >= OLDEST_MINOR;
    }
}
