package io.paddock.broker.operation;

import io.paddock.contracts.spi.DeploymentSpec;
import jakarta.persistence.Column;
import jakarta.persistence.Convert;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Version;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.annotations.Generated;
import org.jspecify.annotations.Nullable;

/**
 * What happens, or happened, to a service instance: the row that {@code last_operation} answers from. It outlives the instance.
 * Changes are refused when the row has been changed since it was read, which is how a cancelled operation stays cancelled.
 */
@Entity
public class Operation {

    /** What the operation is for. */
    public enum Type {
        CREATE,
        UPDATE,
        DELETE
    }

    /** States of the Open Service Broker API. */
    public enum State {
        IN_PROGRESS,
        SUCCEEDED,
        FAILED
    }

    @Id
    private UUID id = UUID.randomUUID();

    @Version
    private int version;

    /** Grows with every operation of the broker: the generation of what it deploys. */
    @Generated
    @Column(insertable = false, updatable = false)
    private long generation;

    private String instanceId = "";

    private String deployment = "";

    @Enumerated(EnumType.STRING)
    private Type type = Type.CREATE;

    @Enumerated(EnumType.STRING)
    private State state = State.IN_PROGRESS;

    private String step = "";

    private String description = "";

    private @Nullable String operatorMessage;

    private int attempt = 1;

    private int failures;

    private @Nullable Long taskId;

    private @Nullable UUID predecessorId;

    private @Nullable String planId;

    @Convert(converter = JsonMap.class)
    private Map<String, Object> parameters = Map.of();

    @Convert(converter = SpecJson.class)
    private @Nullable DeploymentSpec spec;

    private @Nullable String maintenanceVersion;

    private @Nullable String notice;

    private @Nullable String cause;

    private int notReady;

    private @Nullable Boolean instanceUsable;

    private @Nullable Boolean updateRepeatable;

    private Instant deadline = Instant.EPOCH;

    private @Nullable Instant startedAt;

    private boolean bulk;

    private boolean requested = true;

    private boolean endedByOperator;

    private Instant createdAt = Instant.EPOCH;

    private Instant updatedAt = Instant.EPOCH;

    protected Operation() {}

    /**
     * @param step name of the first step
     * @param description what the user reads until then
     * @param deadline for its turn
     */
    public Operation(
            Type type,
            String instanceId,
            String deployment,
            String step,
            String description,
            Instant now,
            Instant deadline) {
        this.type = type;
        this.instanceId = instanceId;
        this.deployment = deployment;
        this.step = step;
        this.description = description;
        this.createdAt = now;
        this.updatedAt = now;
        this.deadline = deadline;
    }

    /** It is one of many that nobody waits for. */
    public void isInBulk() {
        bulk = true;
    }

    /** No platform has asked for it, and none is told of it. */
    public void isOwn() {
        requested = false;
    }

    /** What the broker began on its own, the platform wants now as well. */
    public void isAskedFor() {
        requested = true;
        bulk = false;
    }

    /** It has its turn, and time until then. */
    public void start(Instant now, Instant newDeadline) {
        startedAt = now;
        deadline = newDeadline;
    }

    /** It has had to queue again since something was last said of it: that does not count against its time. */
    void hasQueued(Instant now, Instant latest) {
        Instant later = deadline.plus(Duration.between(updatedAt, now));
        if (hasStarted() && later.isBefore(latest)) {
            deadline = later;
        }
    }

    /** Whether it has had its turn; of one that an earlier version has begun that shows in its task. */
    public boolean hasStarted() {
        return startedAt != null || taskId != null;
    }

    /** When it had its turn; of one that has not, or that an earlier version has begun, when it was accepted. */
    public Instant startedAt() {
        return startedAt == null ? createdAt : startedAt;
    }

    /** Whether the platform asked for it. */
    public boolean isRequested() {
        return requested;
    }

    /** Nothing is done about it any more, but by its operator. */
    public void endByOperator() {
        endedByOperator = true;
    }

    public boolean isEndedByOperator() {
        return endedByOperator;
    }

    /** Who goes first when places are rare: the lowest. */
    int priority() {
        if (cause != null) {
            // Between two plans: it must not wait longer than it has to.
            return -1;
        }
        if (bulk) {
            return 2;
        }
        return switch (type) {
            case CREATE, DELETE -> 0;
            case UPDATE -> 1;
        };
    }

    /** The operation that this one cancelled: its worker must have let go before this one starts. */
    public void follows(Operation cancelled) {
        predecessorId = cancelled.id;
    }

    /**
     * What an update leads to.
     *
     * @param maintenance version to which the instance is upgraded, if it is
     * @param target what is deployed and set for it
     * @param announcement what the user should know of it while it goes on, such as a restart
     */
    public void leadsTo(
            String plan,
            Map<String, Object> values,
            Optional<String> maintenance,
            DeploymentSpec target,
            @Nullable String announcement) {
        planId = plan;
        parameters = values;
        maintenanceVersion = maintenance.orElse(null);
        spec = target;
        notice = announcement;
    }

    /** The update is taken back from now on, and has until then. */
    public void takeBack(String operatorMessage, Instant newDeadline) {
        cause = operatorMessage;
        notice = null;
        deadline = newDeadline;
    }

    /** The service was asked in this step and is not ready; how often so. */
    public int countNotReady() {
        return ++notReady;
    }

    /** What a failed update leaves (OSB 2.17, Polling Last Operation). */
    public void leaves(boolean usable, boolean repeatable) {
        instanceUsable = usable;
        updateRepeatable = repeatable;
    }

    void moveTo(String nextStep, String nextDescription, Instant now) {
        step = nextStep;
        failures = 0;
        notReady = 0;
        describe(nextDescription, now);
    }

    void describe(String text, Instant now) {
        description = text;
        updatedAt = now;
    }

    void failedOnce(String text, String forOperator, Instant now) {
        failures++;
        operatorMessage = forOperator;
        describe(text, now);
    }

    /** Goes back to a step; the attempts so far make the pauses grow. */
    public void returnTo(String earlierStep) {
        step = earlierStep;
    }

    /** Remembers the director's task that is awaited. */
    public void awaits(long task) {
        taskId = task;
    }

    /** The next attempt has a context of its own, so that it starts a task of its own. */
    public void nextAttempt() {
        attempt++;
        taskId = null;
    }

    void succeed(String text, Instant now) {
        state = State.SUCCEEDED;
        describe(text, now);
    }

    /** Ends the operation; later changes by a worker that does not know are refused. */
    public void fail(String text, String forOperator, Instant now) {
        state = State.FAILED;
        operatorMessage = forOperator;
        if (type == Type.DELETE) {
            // Nobody knows what is left.
            instanceUsable = false;
        }
        describe(text, now);
    }

    /** When something was last said of it; of one that has ended, when it did. */
    public Instant updatedAt() {
        return updatedAt;
    }

    /** Changes with every change of the row: who holds an older one has been overtaken. */
    public int version() {
        return version;
    }

    public UUID id() {
        return id;
    }

    public long generation() {
        return generation;
    }

    public String instanceId() {
        return instanceId;
    }

    public String deployment() {
        return deployment;
    }

    public Type type() {
        return type;
    }

    public State state() {
        return state;
    }

    public boolean isInProgress() {
        return state == State.IN_PROGRESS;
    }

    /** It has begun, so that the instance can only be deleted. */
    public boolean isFailedDeletion() {
        return type == Type.DELETE && state == State.FAILED;
    }

    public String step() {
        return step;
    }

    public String description() {
        return description;
    }

    /** The description, and what the user should know of the operation as long as it goes on. */
    public String userText() {
        return isInProgress() && notice != null ? OperationText.NOTICE.text(description, notice) : description;
    }

    /** Plan that an update leads to. */
    public String planId() {
        return Objects.requireNonNull(planId, "operation " + id + " is no update");
    }

    /** Parameters that an update leads to. */
    public Map<String, Object> parameters() {
        return parameters;
    }

    /** To which an update upgrades the instance. */
    public Optional<String> maintenanceVersion() {
        return Optional.ofNullable(maintenanceVersion);
    }

    /** What is deployed and set for an update. */
    public DeploymentSpec spec() {
        return Objects.requireNonNull(spec, "operation " + id + " is no update");
    }

    /** Why an update is taken back, for the operator. */
    public Optional<String> cause() {
        return Optional.ofNullable(cause);
    }

    public Optional<Boolean> instanceUsable() {
        return Optional.ofNullable(instanceUsable);
    }

    public Optional<Boolean> updateRepeatable() {
        return Optional.ofNullable(updateRepeatable);
    }

    public Optional<String> operatorMessage() {
        return Optional.ofNullable(operatorMessage);
    }

    public int attempt() {
        return attempt;
    }

    int failures() {
        return failures;
    }

    public Optional<Long> taskId() {
        return Optional.ofNullable(taskId);
    }

    public Optional<UUID> predecessorId() {
        return Optional.ofNullable(predecessorId);
    }

    public Instant createdAt() {
        return createdAt;
    }

    Instant deadline() {
        return deadline;
    }

    /** Names this attempt to the director, at most 64 characters. */
    public String context() {
        return id + "." + attempt;
    }
}
