package io.paddock.broker.instance;

import io.paddock.broker.operation.Fence;
import io.paddock.broker.operation.Operation;
import io.paddock.broker.operation.OperationFlow;
import io.paddock.broker.operation.OperationProperties;
import io.paddock.broker.operation.OperationText;
import io.paddock.broker.operation.StepResult;
import io.paddock.broker.remote.RemoteException;
import io.paddock.contracts.spi.DeploymentSpec;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.springframework.stereotype.Component;

/**
 * Brings an instance to another plan or other parameters. What needs no deployment is changed on the running service at once. An
 * update that fails is taken back: what was deployed before is deployed again, and the old plan and parameters stay those of the
 * instance. A worker that is killed in between goes on where it was.
 */
@Component
class UpdateFlow implements OperationFlow {

    /** The steps in their order; the last three only if the update fails. */
    enum Step {
        DEPLOY,
        AWAIT_TASK,
        VERIFY,
        TAKE_BACK,
        AWAIT_TAKE_BACK,
        VERIFY_TAKE_BACK
    }

    /** How what an update failed with ended. */
    private enum Outcome {
        TAKEN_BACK(OperationText.TAKEN_BACK, true),
        ANSWERS(OperationText.NOT_TAKEN_BACK, true),
        DOES_NOT_ANSWER(OperationText.NOT_ANSWERING, false);

        private final OperationText text;
        private final boolean usable;

        Outcome(OperationText text, boolean usable) {
            this.text = text;
            this.usable = usable;
        }
    }

    private static final int ATTEMPTS = 3;
    private static final int ATTEMPTS_WITH_TAKE_BACK = 2 * ATTEMPTS;
    private static final int VERIFICATIONS = 8;

    private final DeploymentSteps steps;
    private final OperationProperties properties;
    private final Clock clock;

    UpdateFlow(DeploymentSteps steps, OperationProperties properties, Clock clock) {
        this.steps = steps;
        this.properties = properties;
        this.clock = clock;
    }

    @Override
    public Operation.Type type() {
        return Operation.Type.UPDATE;
    }

    @Override
    public StepResult run(Operation operation, Fence fence) {
        return switch (Step.valueOf(operation.step())) {
            case DEPLOY -> deploy(operation, fence);
            case AWAIT_TASK ->
                steps.await(
                        operation,
                        ATTEMPTS,
                        Step.DEPLOY,
                        done -> new StepResult.Next(Step.VERIFY.name(), OperationText.VERIFYING.text()),
                        task -> takeBack(operation, String.valueOf(task.error())));
            case VERIFY -> verify(operation, fence);
            case TAKE_BACK -> deployAgainWhatWas(operation, fence);
            case AWAIT_TAKE_BACK ->
                steps.await(
                        operation,
                        ATTEMPTS_WITH_TAKE_BACK,
                        Step.TAKE_BACK,
                        done -> takenBack(operation),
                        task -> new StepResult.Next(Step.VERIFY_TAKE_BACK.name(), OperationText.VERIFYING.text()));
            case VERIFY_TAKE_BACK -> verifyWhatWas(operation, fence);
        };
    }

    @Override
    public boolean isAtDirector(Operation operation) {
        return switch (Step.valueOf(operation.step())) {
            case DEPLOY -> !steps.instance(operation).isDeployedAs(operation.spec());
            case TAKE_BACK -> !steps.instance(operation).isSettled();
            case AWAIT_TASK, AWAIT_TAKE_BACK -> true;
            // A service provider that is away must not keep others from the director.
            case VERIFY, VERIFY_TAKE_BACK -> false;
        };
    }

    @Override
    public void succeeded(Operation operation) {
        steps.instance(operation).becomes(operation);
    }

    /** An update whose time was over may take effect yet: the next one deploys, whatever it asks for. */
    @Override
    public void failed(Operation operation) {
        if (operation.instanceUsable().isEmpty() && operation.hasStarted()) {
            steps.instance(operation).unsettle();
        }
    }

    @Override
    public StepResult refused(Operation operation, RemoteException refusal) {
        String operatorMessage = String.valueOf(refusal.getMessage());
        return switch (Step.valueOf(operation.step())) {
            case DEPLOY, AWAIT_TASK, VERIFY -> takeBack(operation, operatorMessage);
            case TAKE_BACK, AWAIT_TAKE_BACK ->
                new StepResult.Next(Step.VERIFY_TAKE_BACK.name(), OperationText.VERIFYING.text());
            case VERIFY_TAKE_BACK -> failed(operation, Outcome.DOES_NOT_ANSWER, operatorMessage);
        };
    }

    @Override
    public StepResult cancel(Operation operation) {
        String why = "cancelled by the operator in step " + operation.step();
        if (operation.step().equals(Step.DEPLOY.name()) && !operation.hasStarted()) {
            operation.leaves(true, true);
            return new StepResult.Failed(OperationText.UPDATE_NOT_BEGUN.text(), why);
        }
        return takeBack(operation, why);
    }

    @Override
    public OperationText timedOut() {
        return OperationText.UPDATE_TIMED_OUT;
    }

    @Override
    public Optional<Duration> settle(Operation ended) {
        return steps.settle(ended);
    }

    private StepResult deploy(Operation operation, Fence fence) {
        DeploymentSpec spec = operation.spec();
        if (steps.instance(operation).isDeployedAs(spec)) {
            return new StepResult.Next(Step.VERIFY.name(), OperationText.CHANGING_SETTINGS.text());
        }
        steps.change(operation, ServiceInstance::unsettle);
        return steps.deploy(operation, fence, spec.template(), spec.attributes(), Step.AWAIT_TASK);
    }

    private StepResult verify(Operation operation, Fence fence) {
        DeploymentSpec spec = operation.spec();
        DeploymentSteps.Checked checked = steps.verify(operation, fence, spec.template(), spec.liveSettings());
        if (checked.verification().ready()) {
            steps.change(operation, stored -> stored.told(checked.outputs()));
            return new StepResult.Succeeded(
                    spec.advice() == null
                            ? OperationText.UPDATED.text()
                            : OperationText.UPDATED_WITH_ADVICE.text(spec.advice()));
        }
        return operation.countNotReady() <= VERIFICATIONS
                ? new StepResult.Retry(
                        OperationText.NOT_READY.text(), checked.verification().message())
                : takeBack(operation, checked.verification().message());
    }

    private StepResult takeBack(Operation operation, String operatorMessage) {
        operation.takeBack(operatorMessage, clock.instant().plus(properties.deadline()));
        operation.nextAttempt();
        return new StepResult.Next(Step.TAKE_BACK.name(), OperationText.TAKING_BACK.text());
    }

    private StepResult deployAgainWhatWas(Operation operation, Fence fence) {
        ServiceInstance instance = steps.instance(operation);
        if (instance.isSettled()) {
            return new StepResult.Next(Step.VERIFY_TAKE_BACK.name(), OperationText.VERIFYING.text());
        }
        // Of an instance from before attributes were stored only the service provider can tell what was.
        Map<String, Object> attributes =
                instance.attributes().isEmpty() ? steps.specify(instance).attributes() : instance.attributes();
        return steps.deploy(operation, fence, instance.template(), attributes, Step.AWAIT_TAKE_BACK);
    }

    private StepResult takenBack(Operation operation) {
        steps.change(operation, ServiceInstance::settle);
        return new StepResult.Next(Step.VERIFY_TAKE_BACK.name(), OperationText.VERIFYING.text());
    }

    private StepResult verifyWhatWas(Operation operation, Fence fence) {
        ServiceInstance instance = steps.instance(operation);
        DeploymentSteps.Checked checked = steps.verify(operation, fence, instance.template(), instance.liveSettings());
        if (checked.verification().ready()) {
            return failed(
                    operation,
                    instance.isSettled() ? Outcome.TAKEN_BACK : Outcome.ANSWERS,
                    checked.verification().message());
        }
        return operation.countNotReady() <= VERIFICATIONS
                ? new StepResult.Retry(
                        OperationText.NOT_READY_AGAIN.text(),
                        checked.verification().message())
                : failed(
                        operation,
                        Outcome.DOES_NOT_ANSWER,
                        checked.verification().message());
    }

    private static StepResult failed(Operation operation, Outcome outcome, String message) {
        operation.leaves(outcome.usable, true);
        return new StepResult.Failed(
                outcome.text.text(operation.id()),
                operation.cause().orElse("no cause") + "; then " + outcome + ": " + message);
    }
}
