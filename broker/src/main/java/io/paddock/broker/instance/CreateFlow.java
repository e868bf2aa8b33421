package io.paddock.broker.instance;

import io.paddock.broker.operation.Fence;
import io.paddock.broker.operation.Operation;
import io.paddock.broker.operation.OperationFlow;
import io.paddock.broker.operation.OperationProperties;
import io.paddock.broker.operation.OperationText;
import io.paddock.broker.operation.StepResult;
import io.paddock.contracts.deployer.DirectorTask;
import io.paddock.contracts.spi.DeploymentSpec;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Creates an instance: deploy what the SPI specifies, await the director's task, verify that the service answers. */
@Component
class CreateFlow implements OperationFlow {

    /** The steps in their order. */
    enum Step {
        SPECIFY,
        DEPLOY,
        AWAIT_TASK,
        VERIFY
    }

    private static final int ATTEMPTS = 3;

    private final DeploymentSteps steps;
    private final DeprovisionServiceInstance deprovision;
    private final OperationProperties properties;
    private final Clock clock;

    CreateFlow(
            DeploymentSteps steps,
            DeprovisionServiceInstance deprovision,
            OperationProperties properties,
            Clock clock) {
        this.steps = steps;
        this.deprovision = deprovision;
        this.properties = properties;
        this.clock = clock;
    }

    @Override
    public Operation.Type type() {
        return Operation.Type.CREATE;
    }

    @Override
    public StepResult run(Operation operation, Fence fence) {
        return switch (Step.valueOf(operation.step())) {
            case SPECIFY -> specify(operation);
            case DEPLOY -> deploy(operation, fence);
            case AWAIT_TASK ->
                steps.await(
                        operation,
                        ATTEMPTS,
                        Step.DEPLOY,
                        done -> new StepResult.Next(Step.VERIFY.name(), OperationText.VERIFYING.text()),
                        task -> failed(operation, task));
            case VERIFY -> verify(operation, fence);
        };
    }

    @Override
    public boolean isAtDirector(Operation operation) {
        return switch (Step.valueOf(operation.step())) {
            case SPECIFY, VERIFY -> false;
            case DEPLOY, AWAIT_TASK -> true;
        };
    }

    @Override
    public boolean isPreparing(Operation operation) {
        return Step.valueOf(operation.step()) == Step.SPECIFY;
    }

    @Override
    public void succeeded(Operation operation) {
        steps.instance(operation).becomeReady();
    }

    @Override
    public OperationText timedOut() {
        return OperationText.CREATION_TIMED_OUT;
    }

    /** What a failed creation has made is removed, at once or when it was there long enough to be inspected. */
    @Override
    public Optional<Duration> lookAgain(Operation ended) {
        return ended.state() == Operation.State.FAILED && !ended.isEndedByOperator()
                ? Optional.of(properties.keepFailed())
                : Optional.empty();
    }

    @Override
    public Optional<Duration> settle(Operation ended) {
        Duration left = Duration.between(clock.instant(), ended.updatedAt().plus(properties.keepFailed()));
        boolean mayCleanUp = deprovision.mayCleanUp(ended);
        if (left.compareTo(DeploymentSteps.SOON) > 0 && (mayCleanUp || deprovision.isLeftForInspection(ended))) {
            return Optional.of(left);
        }
        if (mayCleanUp) {
            deprovision.cleanUp(ended);
            return Optional.empty();
        }
        return steps.settle(ended);
    }

    /** Before its turn: a service provider that is away must not keep a place at the director. */
    private StepResult specify(Operation operation) {
        DeploymentSpec spec = steps.specify(steps.instance(operation));
        steps.change(operation, stored -> stored.specified(spec));
        return new StepResult.Next(Step.DEPLOY.name(), OperationText.ACCEPTED.text());
    }

    private StepResult deploy(Operation operation, Fence fence) {
        ServiceInstance instance = steps.instance(operation);
        return instance.isSpecified()
                ? steps.deploy(operation, fence, instance.template(), instance.attributes(), Step.AWAIT_TASK)
                : new StepResult.Next(Step.SPECIFY.name(), OperationText.ACCEPTED.text());
    }

    private static StepResult failed(Operation operation, DirectorTask task) {
        return new StepResult.Failed(OperationText.CREATION_FAILED.text(operation.id()), String.valueOf(task.error()));
    }

    private StepResult verify(Operation operation, Fence fence) {
        ServiceInstance instance = steps.instance(operation);
        DeploymentSteps.Checked checked = steps.verify(operation, fence, instance.template(), instance.liveSettings());
        if (!checked.verification().ready()) {
            return new StepResult.Retry(
                    OperationText.NOT_READY.text(), checked.verification().message());
        }
        steps.change(operation, stored -> stored.told(checked.outputs()));
        return new StepResult.Succeeded(OperationText.CREATED.text());
    }
}
