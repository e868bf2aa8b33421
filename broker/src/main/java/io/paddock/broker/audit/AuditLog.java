package io.paddock.broker.audit;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;

/** Entries of requests that change something. One is written before the request is carried out, so that none is missing whatever dies. */
@Component
public class AuditLog {

    static final String INSTANCE = AuditLog.class.getName();

    private final JdbcTemplate database;
    private final Clock clock;

    AuditLog(JdbcTemplate database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * A request and what came of it.
     *
     * @param caller who authenticated: the platform or the operator
     * @param originatingIdentity the platform's user behind it, as the platform says
     * @param requestId by which the platform names the request
     * @param reason that the operator gave
     * @param status HTTP status of the answer; null if the broker died before it had one
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Entry(
            long id,
            Instant at,
            String caller,
            @Nullable String originatingIdentity,
            @Nullable String requestId,
            String method,
            String path,
            @Nullable String instanceId,
            @Nullable String reason,
            @Nullable Integer status) {}

    /** @return the entry's id, for {@link #end} */
    long begin(
            String caller,
            Optional<String> originatingIdentity,
            Optional<String> requestId,
            String method,
            String path,
            Optional<String> instanceId,
            Optional<String> reason) {
        return database.queryForObject(
                "insert into audit_entry (at, caller, originating_identity, request_id, method, path, instance_id, reason)"
                        + " values (?, ?, ?, ?, ?, ?, ?, ?) returning id",
                Long.class,
                Timestamp.from(clock.instant()),
                caller,
                originatingIdentity.orElse(null),
                requestId.orElse(null),
                method,
                path,
                instanceId.orElse(null),
                reason.orElse(null));
    }

    /** Notes which instance the present request is for, where its path does not tell. */
    public static void isFor(String instanceId) {
        RequestContextHolder.currentRequestAttributes()
                .setAttribute(INSTANCE, instanceId, RequestAttributes.SCOPE_REQUEST);
    }

    /** @param instanceId if it was not known at the beginning */
    void end(long id, int status, Optional<String> instanceId) {
        database.update(
                "update audit_entry set status = ?, instance_id = coalesce(instance_id, ?) where id = ?",
                status,
                instanceId.orElse(null),
                id);
    }

    /**
     * The newest entries first.
     *
     * @param before entries older than that one; absent for the newest
     */
    public List<Entry> entries(Optional<String> instanceId, Optional<Long> before, int limit) {
        return database.query(
                "select * from audit_entry where (?::text is null or instance_id = ?) and id < ? order by id desc limit ?",
                (row, number) -> new Entry(
                        row.getLong("id"),
                        row.getTimestamp("at").toInstant(),
                        row.getString("caller"),
                        row.getString("originating_identity"),
                        row.getString("request_id"),
                        row.getString("method"),
                        row.getString("path"),
                        row.getString("instance_id"),
                        row.getString("reason"),
                        (Integer) row.getObject("status")),
                instanceId.orElse(null),
                instanceId.orElse(null),
                before.orElse(Long.MAX_VALUE),
                limit);
    }
}
