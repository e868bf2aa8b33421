package io.paddock.broker.instance;

import io.paddock.broker.operation.Fence;
import io.paddock.broker.operation.Operation;
import io.paddock.broker.operation.OperationCancelledException;
import io.paddock.broker.operation.OperationFlow;
import io.paddock.broker.operation.OperationRepository;
import io.paddock.broker.operation.StepResult;
import io.paddock.broker.remote.Patient;
import io.paddock.broker.remote.RemoteException;
import io.paddock.contracts.Outputs;
import io.paddock.contracts.deployer.DeployRequest;
import io.paddock.contracts.deployer.DirectorTask;
import io.paddock.contracts.spi.DeploymentSpec;
import io.paddock.contracts.spi.DeploymentSpecRequest;
import io.paddock.contracts.spi.Verification;
import io.paddock.contracts.spi.VerificationRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Creates an instance: deploy what the SPI specifies, await the director's task, verify that the service answers. */
@Component
class CreateFlow implements OperationFlow {

    /** The steps in their order. */
    enum Step {
        DEPLOY,
        AWAIT_TASK,
        VERIFY
    }

    private static final int ATTEMPTS = 3;
    private static final Duration SETTLE_PAUSE = Duration.ofSeconds(2);
    private static final String FAILED =
            "The service instance could not be created. Delete it and try again; if that fails"
                    + " as well, tell your operator the operation's id: ";

    private final ServiceInstanceRepository instances;
    private final OperationRepository operations;
    private final DeprovisionServiceInstance deprovision;
    private final Patient remote;
    private final TaskPolling polling;
    private final TransactionTemplate transaction;

    CreateFlow(
            ServiceInstanceRepository instances,
            OperationRepository operations,
            DeprovisionServiceInstance deprovision,
            Patient remote,
            TaskPolling polling,
            TransactionTemplate transaction) {
        this.transaction = transaction;
        this.instances = instances;
        this.operations = operations;
        this.deprovision = deprovision;
        this.remote = remote;
        this.polling = polling;
    }

    @Override
    public Operation.Type type() {
        return Operation.Type.CREATE;
    }

    @Override
    public StepResult run(Operation operation, Fence fence) {
        return switch (Step.valueOf(operation.step())) {
            case DEPLOY -> deploy(operation, fence);
            case AWAIT_TASK -> await(operation);
            case VERIFY -> verify(operation, fence);
        };
    }

    @Override
    public void succeeded(Operation operation) {
        instance(operation).becomeReady();
    }

    @Override
    public String timedOut() {
        return "The creation of the service instance took too long. Delete it and try again";
    }

    /** A cancelled creation may have started a deployment after the deletion had looked for one. */
    @Override
    public Optional<Duration> settle(Operation ended) {
        Operation last = operations
                .findFirstByInstanceIdOrderByGenerationDesc(ended.instanceId())
                .orElse(ended);
        if (last.type() == Operation.Type.CREATE) {
            return Optional.empty();
        }
        if (last.isInProgress()) {
            return Optional.of(SETTLE_PAUSE);
        }
        try {
            remote.deployer().deployment(ended.deployment());
        } catch (RemoteException absent) {
            if (absent.kind() == RemoteException.Kind.NOT_FOUND) {
                return Optional.empty();
            }
            throw absent;
        }
        deprovision.sweep(ended);
        return Optional.empty();
    }

    private StepResult deploy(Operation operation, Fence fence) {
        ServiceInstance instance = instance(operation);
        DeploymentSpec spec = remote.spi()
                .deploymentSpec(new DeploymentSpecRequest(
                        instance.getId(),
                        instance.planId(),
                        null,
                        instance.parameters(),
                        Map.of(),
                        instance.versions()));
        change(operation, stored -> stored.specified(spec));
        Instant lease = fence.pass();
        DirectorTask task = remote.deployer()
                .deploy(
                        operation.deployment(),
                        new DeployRequest(
                                spec.template(),
                                spec.attributes(),
                                operation.context(),
                                operation.generation(),
                                lease));
        operation.awaits(task.id());
        return new StepResult.Next(Step.AWAIT_TASK.name(), task.progress());
    }

    private StepResult await(Operation operation) {
        DirectorTask task = remote.deployer().task(operation.taskId().orElseThrow());
        return switch (task.state()) {
            case QUEUED, RUNNING -> new StepResult.Again(polling.pause(operation), task.progress());
            case DONE -> new StepResult.Next(Step.VERIFY.name(), "checking that the service answers");
            case INTERRUPTED -> repeat(operation, task);
            case FAILED, CANCELLED -> failed(operation, task);
        };
    }

    private static StepResult repeat(Operation operation, DirectorTask task) {
        if (operation.attempt() >= ATTEMPTS) {
            return failed(operation, task);
        }
        operation.nextAttempt();
        return new StepResult.Next(Step.DEPLOY.name(), "the platform was interrupted; trying again");
    }

    private static StepResult failed(Operation operation, DirectorTask task) {
        return new StepResult.Failed(FAILED + operation.id(), String.valueOf(task.error()));
    }

    private StepResult verify(Operation operation, Fence fence) {
        ServiceInstance instance = instance(operation);
        Outputs outputs = remote.deployer().outputs(operation.deployment(), instance.template());
        fence.pass();
        Verification verification =
                remote.spi().verify(instance.getId(), new VerificationRequest(outputs, instance.liveSettings()));
        if (!verification.ready()) {
            return new StepResult.Retry("waiting until the service answers", verification.message());
        }
        change(operation, stored -> stored.told(outputs));
        return new StepResult.Succeeded("The service instance is ready");
    }

    /** Changes the instance's row while no delete can come in between; a row that is gone is not brought back. */
    private void change(Operation operation, Consumer<ServiceInstance> change) {
        transaction.executeWithoutResult(status -> {
            ServiceInstance instance =
                    instances.lock(operation.instanceId()).orElseThrow(OperationCancelledException::new);
            operations
                    .findById(operation.id())
                    .filter(Operation::isInProgress)
                    .orElseThrow(OperationCancelledException::new);
            change.accept(instance);
        });
    }

    private ServiceInstance instance(Operation operation) {
        return instances.findById(operation.instanceId()).orElseThrow(OperationCancelledException::new);
    }
}
