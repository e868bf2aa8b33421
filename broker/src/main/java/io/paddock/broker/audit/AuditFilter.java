package io.paddock.broker.audit;

import io.paddock.broker.request.OriginatingIdentity;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerExceptionResolver;

/** Notes each request that changes something, and how it was answered. Runs after authentication; what can't be noted is not carried out, 503. */
@Component
@Order(Ordered.LOWEST_PRECEDENCE - 2)
class AuditFilter extends OncePerRequestFilter {

    /** Why an operator does it. */
    static final String REASON = "X-Paddock-Reason";

    private static final String ENTRY = AuditFilter.class.getName();
    private static final Logger LOG = LoggerFactory.getLogger(AuditFilter.class);
    private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS", "TRACE");
    private static final Pattern INSTANCE =
            Pattern.compile(".*/(?:service_)?instances/([A-Za-z0-9._~-]{1,100})(?:/.*)?");
    private static final int LONGEST = 500;

    private final AuditLog log;
    private final HandlerExceptionResolver errors;

    AuditFilter(AuditLog log, HandlerExceptionResolver handlerExceptionResolver) {
        this.log = log;
        this.errors = handlerExceptionResolver;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return READING.contains(request.getMethod());
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        try {
            if (request.getAttribute(ENTRY) == null) {
                request.setAttribute(ENTRY, begin(request));
            }
        } catch (DataAccessException | CannotCreateTransactionException away) {
            errors.resolveException(request, response, null, away);
            return;
        }
        boolean isAnswered = false;
        try {
            chain.doFilter(request, response);
            isAnswered = true;
        } finally {
            if (!isAsyncStarted(request)) {
                end(
                        (Long) request.getAttribute(ENTRY),
                        isAnswered ? response.getStatus() : 500,
                        request.getAttribute(AuditLog.INSTANCE));
            }
        }
    }

    /** SCOSB's controllers answer in a second dispatch. */
    @Override
    protected boolean shouldNotFilterAsyncDispatch() {
        return false;
    }

    private long begin(HttpServletRequest request) {
        return log.begin(
                Optional.ofNullable(request.getRemoteUser()).orElse("nobody"),
                OriginatingIdentity.of(request),
                text(request.getHeader("X-Broker-API-Request-Identity")),
                request.getMethod(),
                text(request.getRequestURI()).orElse(""),
                instance(request.getRequestURI()),
                text(request.getHeader(REASON)));
    }

    private void end(long entry, int status, @Nullable Object instance) {
        try {
            log.end(entry, status, Optional.ofNullable(instance).map(String::valueOf));
        } catch (DataAccessException away) {
            LOG.error("audit entry {} has no status, which was {}: {}", entry, status, away.getMessage());
        }
    }

    private static Optional<String> instance(String path) {
        Matcher matcher = INSTANCE.matcher(path);
        return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    private static Optional<String> text(@Nullable String given) {
        return Optional.ofNullable(given)
                .map(text -> text.replaceAll("\\p{Cntrl}", " "))
                .map(text -> text.substring(0, Math.min(text.length(), LONGEST)));
    }
}
