package io.paddock.broker.instance;

import io.paddock.broker.operation.Fence;
import io.paddock.broker.operation.Operation;
import io.paddock.broker.operation.OperationFlow;
import io.paddock.broker.operation.OperationText;
import io.paddock.broker.operation.OperationWorker;
import io.paddock.broker.operation.StepResult;
import io.paddock.broker.remote.Patient;
import io.paddock.broker.remote.RemoteException;
import io.paddock.contracts.deployer.DirectorTask;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;

/**
 * Deletes an instance: wait until the worker of a cancelled operation has let go, ask the deployer step by step until nothing is
 * left, forget the instance with its bindings. The roles go with the database.
 */
@Component
class DeleteFlow implements OperationFlow {

    /** The steps in their order; the last two alternate until nothing is left. What is kept for inspection has a step of its own. */
    enum Step {
        LEAVE_FOR_INSPECTION,
        TAKE_OVER,
        REMOVE,
        AWAIT_TASK
    }

    private static final Duration TAKE_OVER_PAUSE = Duration.ofMillis(500);
    private static final Duration NEXT_TRY = Duration.ofHours(1);

    private final ServiceInstanceRepository instances;
    private final OperationWorker worker;
    private final Patient remote;
    private final TaskPolling polling;
    private final DeprovisionServiceInstance deprovision;
    private final Clock clock;

    DeleteFlow(
            ServiceInstanceRepository instances,
            OperationWorker worker,
            Patient remote,
            TaskPolling polling,
            DeprovisionServiceInstance deprovision,
            Clock clock) {
        this.instances = instances;
        this.worker = worker;
        this.remote = remote;
        this.polling = polling;
        this.deprovision = deprovision;
        this.clock = clock;
    }

    @Override
    public Operation.Type type() {
        return Operation.Type.DELETE;
    }

    @Override
    public StepResult run(Operation operation, Fence fence) {
        return switch (Step.valueOf(operation.step())) {
            case LEAVE_FOR_INSPECTION -> new StepResult.Succeeded(OperationText.DELETED_AND_KEPT.text());
            case TAKE_OVER -> takeOver(operation);
            case REMOVE -> remove(operation, fence);
            case AWAIT_TASK -> await(operation);
        };
    }

    @Override
    public boolean isAtDirector(Operation operation) {
        // While it takes over, the task of what was cancelled is still there.
        return Step.valueOf(operation.step()) != Step.LEAVE_FOR_INSPECTION;
    }

    /** The bindings' rows go with the instance's. */
    @Override
    public void succeeded(Operation operation) {
        instances.findById(operation.instanceId()).ifPresent(instances::delete);
    }

    /** What the broker deletes on its own account is nobody else's business: it tries again. */
    @Override
    public Optional<Duration> lookAgain(Operation ended) {
        return ended.state() == Operation.State.FAILED && !ended.isRequested() && !ended.isEndedByOperator()
                ? Optional.of(
                        Duration.between(clock.instant(), ended.updatedAt().plus(NEXT_TRY)))
                : Optional.empty();
    }

    @Override
    public Optional<Duration> settle(Operation ended) {
        Optional<Duration> left = lookAgain(ended);
        if (left.filter(duration -> duration.compareTo(DeploymentSteps.SOON) > 0)
                .isPresent()) {
            return left;
        }
        if (left.isPresent()) {
            deprovision.cleanUpAgain(ended);
        }
        return Optional.empty();
    }

    @Override
    public OperationText timedOut() {
        return OperationText.DELETION_TIMED_OUT;
    }

    private StepResult takeOver(Operation operation) {
        boolean held = operation.predecessorId().filter(worker::isBeingWorkedOn).isPresent();
        return held
                ? new StepResult.Again(TAKE_OVER_PAUSE, OperationText.CANCELLED_NOT_STOPPED.text())
                : new StepResult.Next(Step.REMOVE.name(), OperationText.DELETING.text());
    }

    private StepResult remove(Operation operation, Fence fence) {
        Instant lease = fence.pass();
        ResponseEntity<DirectorTask> answer =
                remote.deployer().delete(operation.deployment(), operation.context(), operation.generation(), lease);
        DirectorTask task = answer.getBody();
        if (task == null) {
            return new StepResult.Succeeded(OperationText.DELETED.text());
        }
        operation.awaits(task.id());
        return new StepResult.Next(Step.AWAIT_TASK.name(), OperationText.DIRECTOR_TASK.text(task.progress()));
    }

    private StepResult await(Operation operation) {
        DirectorTask task = remote.deployer().task(operation.taskId().orElseThrow());
        return switch (task.state()) {
            case QUEUED, RUNNING ->
                new StepResult.Again(polling.pause(operation), OperationText.DIRECTOR_TASK.text(task.progress()));
            // A deploy that was cancelled, or failed before it was, has done its duty here.
            case DONE, CANCELLED -> new StepResult.Next(Step.REMOVE.name(), OperationText.DELETING.text());
            case FAILED, INTERRUPTED -> again(operation, String.valueOf(task.error()));
        };
    }

    /** Only the deadline ends a deletion: a task that is not known any more, or a director that refuses, is looked at again. */
    @Override
    public StepResult refused(Operation operation, RemoteException refusal) {
        return again(operation, String.valueOf(refusal.getMessage()));
    }

    private static StepResult again(Operation operation, String operatorMessage) {
        operation.nextAttempt();
        operation.returnTo(Step.REMOVE.name());
        return new StepResult.Retry(OperationText.DELETION_TRIED_AGAIN.text(), operatorMessage);
    }
}
