package io.paddock.broker.instance;

import io.paddock.broker.operation.Fence;
import io.paddock.broker.operation.Operation;
import io.paddock.broker.operation.OperationCancelledException;
import io.paddock.broker.operation.OperationRepository;
import io.paddock.broker.operation.OperationText;
import io.paddock.broker.operation.StepResult;
import io.paddock.broker.remote.Interactive;
import io.paddock.broker.remote.Patient;
import io.paddock.broker.remote.RemoteException;
import io.paddock.contracts.Outputs;
import io.paddock.contracts.deployer.DeployRequest;
import io.paddock.contracts.deployer.DirectorTask;
import io.paddock.contracts.spi.DeploymentSpec;
import io.paddock.contracts.spi.DeploymentSpecRequest;
import io.paddock.contracts.spi.Verification;
import io.paddock.contracts.spi.VerificationRequest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** What creating and updating an instance have in common: specify, deploy, await the director's task, ask whether the service answers. */
@Component
class DeploymentSteps {

    /** What is due by then is due: times in the state database are rounded. */
    static final Duration SOON = Duration.ofMillis(1);

    private static final Duration SETTLE_PAUSE = Duration.ofSeconds(2);
    /** After a deletion; more than broker.operation.lease and three times the deployer's time-outs for the director together. */
    private static final Duration LATEST_START = Duration.ofMinutes(2);

    private static final Duration LATE_START_PAUSE = Duration.ofSeconds(15);

    private final ServiceInstanceRepository instances;
    private final OperationRepository operations;
    private final DeprovisionServiceInstance deprovision;
    private final Interactive quick;
    private final Patient remote;
    private final TaskPolling polling;
    private final TransactionTemplate transaction;
    private final Clock clock;

    DeploymentSteps(
            ServiceInstanceRepository instances,
            OperationRepository operations,
            DeprovisionServiceInstance deprovision,
            Interactive quick,
            Patient remote,
            TaskPolling polling,
            TransactionTemplate transaction,
            Clock clock) {
        this.instances = instances;
        this.operations = operations;
        this.deprovision = deprovision;
        this.quick = quick;
        this.remote = remote;
        this.polling = polling;
        this.transaction = transaction;
        this.clock = clock;
    }

    /** What the deployer says of a deployment, and what the service provider says of the service in it. */
    record Checked(Outputs outputs, Verification verification) {}

    /** @throws OperationCancelledException if a delete was faster */
    ServiceInstance instance(Operation operation) {
        return instances.findById(operation.instanceId()).orElseThrow(OperationCancelledException::new);
    }

    /** What the instance is, or shall be if it has never been deployed. Nothing is asked outward for that, so it does not take long. */
    DeploymentSpec specify(ServiceInstance instance) {
        return quick.spi()
                .deploymentSpec(new DeploymentSpecRequest(
                        instance.getId(),
                        instance.planId(),
                        null,
                        instance.parameters(),
                        Map.of(),
                        instance.versions(),
                        false));
    }

    /** Starts the deployment, or finds the task that an earlier run of this step started. */
    StepResult deploy(
            Operation operation, Fence fence, String template, Map<String, Object> attributes, Enum<?> awaiting) {
        Instant lease = fence.pass();
        DirectorTask task = remote.deployer()
                .deploy(
                        operation.deployment(),
                        new DeployRequest(template, attributes, operation.context(), operation.generation(), lease));
        operation.awaits(task.id());
        return new StepResult.Next(awaiting.name(), OperationText.DIRECTOR_TASK.text(task.progress()));
    }

    /**
     * Looks at the task that the operation awaits.
     *
     * @param attempts after which a task that the director lost counts as failed
     * @param again the step that deploys once more
     */
    StepResult await(
            Operation operation,
            int attempts,
            Enum<?> again,
            Function<DirectorTask, StepResult> done,
            Function<DirectorTask, StepResult> failed) {
        DirectorTask task = remote.deployer().task(operation.taskId().orElseThrow());
        return switch (task.state()) {
            case QUEUED, RUNNING ->
                new StepResult.Again(polling.pause(operation), OperationText.DIRECTOR_TASK.text(task.progress()));
            case DONE -> done.apply(task);
            case INTERRUPTED -> {
                if (operation.attempt() >= attempts) {
                    yield failed.apply(task);
                }
                operation.nextAttempt();
                yield new StepResult.Next(again.name(), OperationText.INTERRUPTED.text());
            }
            case FAILED, CANCELLED -> failed.apply(task);
        };
    }

    /** Brings live settings into force and asks the service whether it answers. */
    Checked verify(Operation operation, Fence fence, String template, Map<String, Object> liveSettings) {
        Outputs outputs = remote.deployer().outputs(operation.deployment(), template);
        Instant lease = fence.pass();
        return new Checked(
                outputs,
                remote.spi().verify(operation.instanceId(), new VerificationRequest(outputs, liveSettings, lease)));
    }

    /**
     * Changes the instance's row while no delete can come in between, unless the operation went on without this worker; a row that is
     * gone is not brought back.
     */
    void change(Operation operation, Consumer<ServiceInstance> change) {
        transaction.executeWithoutResult(status -> {
            ServiceInstance instance =
                    instances.lock(operation.instanceId()).orElseThrow(OperationCancelledException::new);
            operations
                    .findById(operation.id())
                    .filter(now -> now.isInProgress() && now.version() == operation.version())
                    .orElseThrow(OperationCancelledException::new);
            change.accept(instance);
        });
    }

    /** An operation that a delete cancelled may have started a deployment after the deletion had looked for one. */
    Optional<Duration> settle(Operation ended) {
        Operation last = operations
                .findFirstByInstanceIdOrderByGenerationDesc(ended.instanceId())
                .orElse(ended);
        // A deletion that failed is begun again by whoever wanted it.
        if (last.type() != Operation.Type.DELETE || last.state() == Operation.State.FAILED) {
            return Optional.empty();
        }
        if (last.isInProgress()) {
            return Optional.of(SETTLE_PAUSE);
        }
        try {
            remote.deployer().deployment(ended.deployment());
        } catch (RemoteException absent) {
            if (absent.kind() != RemoteException.Kind.NOT_FOUND) {
                throw absent;
            }
            // A start that was on its way to a slow director may arrive yet.
            return clock.instant().isBefore(last.updatedAt().plus(LATEST_START).minus(SOON))
                    ? Optional.of(LATE_START_PAUSE)
                    : Optional.empty();
        }
        deprovision.sweep(ended);
        return Optional.empty();
    }
}
