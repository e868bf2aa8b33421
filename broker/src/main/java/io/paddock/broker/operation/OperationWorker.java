package io.paddock.broker.operation;

import com.github.kagkarlsson.scheduler.ScheduledExecution;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.exceptions.TaskInstanceException;
import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.TaskDescriptor;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import io.paddock.broker.remote.Patient;
import io.paddock.broker.remote.RemoteException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Carries operations from step to step. Its queue is a table of the state database: any replica takes the next step, and a step
 * whose worker died is run again by another one.
 */
@Component
public class OperationWorker {

    private static final Logger LOG = LoggerFactory.getLogger(OperationWorker.class);
    private static final TaskDescriptor<Void> TASK = TaskDescriptor.of("operation");
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration SETTLE_PAUSE = Duration.ofSeconds(1);
    /** For each place before an operation's turn; whose turn it is is woken. */
    private static final Duration TURN_PAUSE = Duration.ofSeconds(1);

    private static final int LONGEST_TURN_PAUSES = 15;
    /** Between two looks at a task whose operation has ended. */
    private static final Duration TASK_PAUSE = Duration.ofSeconds(5);

    private final OperationRepository operations;
    private final TransactionTemplate transaction;
    private final OperationProperties properties;
    private final DirectorPlaces places;
    private final Patient remote;
    private final Clock clock;
    private final ObjectProvider<SchedulerClient> scheduler;
    private final ObjectProvider<OperationFlow> flowBeans;

    OperationWorker(
            OperationRepository operations,
            TransactionTemplate transaction,
            OperationProperties properties,
            DirectorPlaces places,
            Patient remote,
            Clock clock,
            ObjectProvider<SchedulerClient> scheduler,
            ObjectProvider<OperationFlow> flowBeans,
            @Value("${db-scheduler.heartbeat-interval}") Duration heartbeat,
            @Value("${db-scheduler.missed-heartbeats-limit}") int missedHeartbeats) {
        if (properties.lease().compareTo(heartbeat.multipliedBy(missedHeartbeats - 1L)) >= 0) {
            throw new IllegalStateException("broker.operation.lease = " + properties.lease()
                    + " must be shorter than db-scheduler.heartbeat-interval times (missed-heartbeats-limit - 1) = "
                    + heartbeat.multipliedBy(missedHeartbeats - 1L));
        }
        this.operations = operations;
        this.transaction = transaction;
        this.properties = properties;
        this.places = places;
        this.remote = remote;
        this.clock = clock;
        this.scheduler = scheduler;
        this.flowBeans = flowBeans;
    }

    /** Has the operation carried out; part of the caller's transaction. */
    public void submit(Operation operation) {
        scheduler.getObject().schedule(TASK.instance(operation.id().toString()).scheduledTo(clock.instant()));
    }

    /** Has an operation that waits looked at now. */
    public void wake(UUID operationId) {
        try {
            scheduler.getObject().reschedule(TASK.instanceId(operationId.toString()), clock.instant());
        } catch (TaskInstanceException busyOrGone) {
            // It is at work right now, has ended, or has lost its place in the queue.
            scheduler
                    .getObject()
                    .scheduleIfNotExists(TASK.instance(operationId.toString()).build(), clock.instant());
        }
    }

    /**
     * Ends an operation in progress as failed, whatever its worker does or the director; nothing is cleaned up.
     *
     * @throws ConcurrencyFailureException if its worker stored something at the same moment
     */
    public void fail(Operation running, OperationText description, String operatorMessage) {
        running.endByOperator();
        store(running, new StepResult.Failed(description.text(), operatorMessage));
        wake(running.id());
    }

    /**
     * Ends an operation between two steps, or lets it be taken back.
     *
     * @throws ConcurrencyFailureException if its worker stored something at the same moment
     */
    public void cancel(Operation running) {
        store(running, flow(running).cancel(running));
        wake(running.id());
    }

    /** Whether a worker, alive or not yet known to be dead, is at work on the operation. */
    public boolean isBeingWorkedOn(UUID operationId) {
        return scheduler
                .getObject()
                .getScheduledExecution(TASK.instanceId(operationId.toString()))
                .filter(ScheduledExecution::isPicked)
                .isPresent();
    }

    @Bean
    Task<Void> operationTask() {
        return Tasks.custom(TASK)
                // What nobody has foreseen, such as a row that can't be read.
                .onFailure((complete, execution) -> execution.reschedule(
                        complete, clock.instant().plus(backOff(complete.getExecution().consecutiveFailures + 1))))
                .onDeadExecutionRevive()
                .execute((instance, context) -> completion(work(
                        UUID.fromString(instance.getId()),
                        () -> context.getSchedulerState().isShuttingDown())));
    }

    private CompletionHandler<Void> completion(Optional<Instant> next) {
        return next.<CompletionHandler<Void>>map(time -> (complete, execution) -> execution.reschedule(complete, time))
                .orElseGet(CompletionHandler.OnCompleteRemove::new);
    }

    /**
     * Runs steps until one has to wait, or this replica is about to stop: then another one goes on at once.
     *
     * @return when to go on; empty when the operation has ended
     */
    Optional<Instant> work(UUID id, BooleanSupplier isStopping) {
        while (true) {
            Optional<Operation> found = operations.findById(id);
            if (found.isEmpty()) {
                return Optional.empty();
            }
            Operation operation = found.get();
            try {
                noteIds(operation);
                if (!operation.isInProgress()) {
                    return afterwards(operation, flow(operation)::settle);
                }
                StepResult result = step(operation);
                // It may have a task now.
                noteIds(operation);
                Optional<Duration> pause = store(operation, result);
                if (!operation.isInProgress()) {
                    return afterwards(operation, flow(operation)::lookAgain);
                }
                if (pause.isPresent() || isStopping.getAsBoolean()) {
                    return Optional.of(clock.instant().plus(pause.orElse(Duration.ZERO)));
                }
            } catch (OperationCancelledException | ConcurrencyFailureException cancelled) {
                LOG.info("operation {} of instance {} was cancelled meanwhile", id, operation.instanceId());
                Instant soon = clock.instant().plus(SETTLE_PAUSE);
                // Another replica may have taken the execution over and ended it: then there is no row to come back to.
                scheduler
                        .getObject()
                        .scheduleIfNotExists(TASK.instance(id.toString()).build(), soon);
                return Optional.of(soon);
            } finally {
                List.of("instanceId", "operationId", "taskId").forEach(MDC::remove);
            }
        }
    }

    /** What is logged has them with it. */
    private static void noteIds(Operation operation) {
        MDC.put("instanceId", operation.instanceId());
        MDC.put("operationId", operation.id().toString());
        operation.taskId().ifPresent(task -> MDC.put("taskId", Long.toString(task)));
    }

    /** When there is something to look at again. */
    private Optional<Instant> afterwards(Operation ended, Function<Operation, Optional<Duration>> look) {
        try {
            return Stream.of(awaitKeptPlace(ended), look.apply(ended))
                    .flatMap(Optional::stream)
                    .min(Comparator.naturalOrder())
                    .map(clock.instant()::plus);
        } catch (RemoteException away) {
            LOG.warn("operation {} of instance {}: {}", ended.id(), ended.instanceId(), away.getMessage());
            return Optional.of(clock.instant().plus(properties.longestPause()));
        }
    }

    /** Gives the place back when the task that may have gone on without its operation has ended. */
    private Optional<Duration> awaitKeptPlace(Operation ended) {
        if (!places.isKept(ended)) {
            return Optional.empty();
        }
        if (isUnderWay(ended.taskId().orElseThrow())) {
            return Optional.of(TASK_PAUSE);
        }
        leave(ended);
        return Optional.empty();
    }

    /** A task that the director does not know has ended as well. */
    private boolean isUnderWay(long task) {
        try {
            return !remote.deployer().task(task).state().isFinal();
        } catch (RemoteException failure) {
            if (failure.kind() == RemoteException.Kind.NOT_FOUND) {
                return false;
            }
            throw failure;
        }
    }

    private StepResult step(Operation operation) {
        OperationFlow flow = flow(operation);
        Optional<StepResult> waiting = awaitTurn(operation, flow);
        if (waiting.isPresent()) {
            return waiting.get();
        }
        if (clock.instant().isAfter(operation.deadline())) {
            return new StepResult.Failed(
                    operation.hasStarted() ? flow.timedOut().text() : OperationText.NO_TURN.text(),
                    "deadline passed in step " + operation.step() + ": "
                            + operation.operatorMessage().orElse("no error"));
        }
        int attempt = operation.attempt();
        StepResult result = run(operation, flow);
        if (result instanceof StepResult.Retry && operation.attempt() > attempt) {
            // It has begun nothing at the director until it begins again, and that may be long.
            leave(operation);
        }
        return result;
    }

    private StepResult run(Operation operation, OperationFlow flow) {
        try {
            return flow.run(operation, () -> pass(operation.id()));
        } catch (RemoteException failure) {
            return switch (failure.kind()) {
                case UNAVAILABLE, FAILED ->
                    new StepResult.Retry(
                            OperationText.AWAY.text(failure.detail()), String.valueOf(failure.getMessage()));
                case BUSY -> {
                    // An update that is cancelled may be in its own way.
                    if (operation.cause().isEmpty()) {
                        leave(operation);
                    }
                    yield new StepResult.Again(Duration.ofSeconds(2), OperationText.BUSY.text(failure.detail()));
                }
                case LEASE_EXPIRED ->
                    new StepResult.Retry(OperationText.SLOW.text(), String.valueOf(failure.getMessage()));
                case NOT_FOUND, INVALID, REFUSED -> flow.refused(operation, failure);
            };
        }
    }

    /** An operation that needs the director waits for one of the places there; its deadline counts from its turn on. */
    private Optional<StepResult> awaitTurn(Operation operation, OperationFlow flow) {
        Instant now = clock.instant();
        if (now.isAfter(operation.deadline())) {
            return Optional.empty();
        }
        if (!flow.isAtDirector(operation)) {
            leave(operation);
        } else {
            Optional<Long> place = places.enter(operation);
            if (place.isPresent()) {
                Duration pause = TURN_PAUSE.multipliedBy(Math.min(place.get(), LONGEST_TURN_PAUSES));
                operation.hasQueued(now, operation.createdAt().plus(longest(operation)));
                return Optional.of(new StepResult.Again(pause, OperationText.QUEUED.text(place.get())));
            }
        }
        if (!operation.hasStarted() && !flow.isPreparing(operation)) {
            // Stored before anything is asked for: whoever cancels it must know whether it may have begun.
            operation.start(now, now.plus(properties.deadline()));
            return Optional.of(new StepResult.Next(operation.step(), OperationText.STARTING.text()));
        }
        return Optional.empty();
    }

    /** With time to be taken back, unless it is. */
    private Duration longest(Operation operation) {
        return operation.cause().isPresent()
                ? properties.longest()
                : properties.longest().minus(properties.deadline());
    }

    /** Whoever has his turn now need not find out by himself. */
    private void leave(Operation operation) {
        places.leave(operation).forEach(this::wake);
    }

    private Instant pass(UUID id) {
        Instant read = clock.instant();
        if (operations.findById(id).filter(Operation::isInProgress).isEmpty()) {
            throw new OperationCancelledException();
        }
        return read.plus(properties.lease());
    }

    /** Stores what a step came to; how long to wait before the next, empty for not at all. */
    private Optional<Duration> store(Operation operation, StepResult result) {
        Instant now = clock.instant();
        Optional<Duration> pause = Optional.empty();
        if (result instanceof StepResult.Next next) {
            operation.moveTo(next.step(), next.description(), now);
            LOG.info("{} of instance {}: {}", operation.type(), operation.instanceId(), next.description());
        } else if (result instanceof StepResult.Again again) {
            operation.describe(again.description(), now);
            pause = Optional.of(again.after());
        } else if (result instanceof StepResult.Retry retry) {
            operation.failedOnce(retry.description(), retry.operatorMessage(), now);
            pause = Optional.of(backOff(operation.failures() + operation.attempt() - 1));
            LOG.warn(
                    "{} of instance {}, step {}, try {}: {}",
                    operation.type(),
                    operation.instanceId(),
                    operation.step(),
                    operation.failures(),
                    retry.operatorMessage());
        } else if (result instanceof StepResult.Succeeded succeeded) {
            operation.succeed(succeeded.description(), now);
            LOG.info("{} of instance {} succeeded", operation.type(), operation.instanceId());
        } else if (result instanceof StepResult.Failed failed) {
            operation.fail(failed.description(), failed.operatorMessage(), now);
            LOG.error(
                    "{} of instance {} failed: {}", operation.type(), operation.instanceId(), failed.operatorMessage());
        }
        boolean keepsPlace = operation.state() == Operation.State.FAILED
                && operation.taskId().isPresent();
        transaction.executeWithoutResult(status -> {
            operations.saveAndFlush(operation);
            if (keepsPlace) {
                places.keep(operation);
            }
            if (operation.state() == Operation.State.SUCCEEDED) {
                flow(operation).succeeded(operation);
            } else if (operation.state() == Operation.State.FAILED) {
                flow(operation).failed(operation);
            }
        });
        if (!operation.isInProgress() && !keepsPlace) {
            leave(operation);
        }
        return pause;
    }

    /** Doubles from half a second to the longest pause, with a jitter of a quarter. */
    private Duration backOff(int failures) {
        long longest = properties.longestPause().toMillis();
        long pause = Math.min(longest, FIRST_PAUSE.toMillis() << Math.min(failures - 1, 16));
        return Duration.ofMillis(pause - ThreadLocalRandom.current().nextLong(pause / 4 + 1));
    }

    private OperationFlow flow(Operation operation) {
        return flowBeans.stream()
                .filter(flow -> flow.type() == operation.type())
                .findFirst()
                .orElseThrow();
    }
}
