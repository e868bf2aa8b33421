package io.paddock.broker.operator;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** Instances, operations and bindings as operators see them: no parameters' values of others, no credentials. */
@Component
class Views {

    private static final String LAST_OPERATION = " left join lateral (select * from operation"
            + " where operation.instance_id = instance.id order by generation desc limit 1) last on true";

    private final JdbcTemplate database;

    Views(JdbcTemplate database) {
        this.database = database;
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Instance(
            String id,
            String planId,
            String organizationId,
            String spaceId,
            String deployment,
            boolean ready,
            boolean settled,
            @Nullable String maintenanceVersion,
            int bindings,
            Instant createdAt,
            @Nullable String operationType,
            @Nullable String operationState) {}

    /**
     * @param description what the user reads
     * @param operatorMessage what went wrong, for the operator
     * @param waitsAs place in the queue for the director; absent if it does not wait
     * @param hasPlace whether it is one of those that may have a task at the director, or has ended and its task may go on there
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record OperationView(
            UUID id,
            String instanceId,
            String deployment,
            String type,
            String state,
            String step,
            String description,
            @Nullable String operatorMessage,
            int attempt,
            int failures,
            @Nullable Long task,
            @Nullable Long waitsAs,
            boolean hasPlace,
            Instant createdAt,
            Instant updatedAt,
            Instant deadline) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Binding(
            String id,
            String instanceId,
            @Nullable String appId,
            @Nullable String predecessorId,
            boolean made,
            Instant createdAt) {}

    /** @param organizationId, planId, state of the last operation: all if absent */
    List<Instance> instances(
            Optional<String> organizationId,
            Optional<String> planId,
            Optional<String> state,
            Optional<String> after,
            int limit) {
        List<Object> arguments = new ArrayList<>();
        StringBuilder where = new StringBuilder(" where true");
        filter(where, arguments, " and instance.organization_id = ?", organizationId);
        filter(where, arguments, " and instance.plan_id = ?", planId);
        filter(where, arguments, " and last.state = ?", state);
        filter(where, arguments, " and instance.id > ?", after);
        arguments.add(limit);
        return database.query(
                "select instance.*, last.type, last.state, " + BINDINGS + " from service_instance instance"
                        + LAST_OPERATION + where + " order by instance.id limit ?",
                (row, number) -> instance(row),
                arguments.toArray());
    }

    private static final String BINDINGS =
            "(select count(*) from service_binding where instance_id = instance.id) as bindings";

    Optional<Instance> instance(String id) {
        return database
                .query(
                        "select instance.*, last.type, last.state, " + BINDINGS + " from service_instance instance"
                                + LAST_OPERATION + " where instance.id = ?",
                        (row, number) -> instance(row),
                        id)
                .stream()
                .findFirst();
    }

    /** The newest first. */
    List<OperationView> operations(Optional<String> instanceId, Optional<String> state, Optional<UUID> id, int limit) {
        List<Object> arguments = new ArrayList<>();
        StringBuilder where = new StringBuilder(" where true");
        filter(where, arguments, " and operation.instance_id = ?", instanceId);
        filter(where, arguments, " and operation.state = ?", state);
        filter(where, arguments, " and operation.id = ?", id);
        arguments.add(limit);
        return database.query(
                "select operation.*, case when place.operation_id is not null and place.entered_at is null then"
                        + " (select count(*) from director_place earlier where earlier.entered_at is null"
                        + " and (earlier.priority, earlier.generation) <= (place.priority, place.generation)) end as waits_as,"
                        + " place.entered_at is not null as has_place"
                        + " from operation left join director_place place on place.operation_id = operation.id" + where
                        + " order by operation.generation desc limit ?",
                (row, number) -> operation(row),
                arguments.toArray());
    }

    List<Binding> bindings(String instanceId) {
        return database.query(
                "select id, instance_id, app_id, predecessor_id, credentials is not null as made, created_at"
                        + " from service_binding where instance_id = ? order by id",
                (row, number) -> new Binding(
                        row.getString("id"),
                        row.getString("instance_id"),
                        row.getString("app_id"),
                        row.getString("predecessor_id"),
                        row.getBoolean("made"),
                        at(row, "created_at")),
                instanceId);
    }

    private static void filter(StringBuilder where, List<Object> arguments, String condition, Optional<?> value) {
        value.ifPresent(given -> {
            where.append(condition);
            arguments.add(given);
        });
    }

    private static Instance instance(ResultSet row) throws SQLException {
        return new Instance(
                row.getString("id"),
                row.getString("plan_id"),
                row.getString("organization_id"),
                row.getString("space_id"),
                row.getString("deployment"),
                row.getBoolean("ready"),
                row.getBoolean("settled"),
                row.getString("maintenance_version"),
                row.getInt("bindings"),
                at(row, "created_at"),
                row.getString("type"),
                row.getString("state"));
    }

    private static OperationView operation(ResultSet row) throws SQLException {
        return new OperationView(
                (UUID) row.getObject("id"),
                row.getString("instance_id"),
                row.getString("deployment"),
                row.getString("type"),
                row.getString("state"),
                row.getString("step"),
                row.getString("description"),
                row.getString("operator_message"),
                row.getInt("attempt"),
                row.getInt("failures"),
                (Long) row.getObject("task_id"),
                (Long) row.getObject("waits_as"),
                row.getBoolean("has_place"),
                at(row, "created_at"),
                at(row, "updated_at"),
                at(row, "deadline"));
    }

    private static Instant at(ResultSet row, String column) throws SQLException {
        Timestamp time = row.getTimestamp(column);
        return time.toInstant();
    }
}
