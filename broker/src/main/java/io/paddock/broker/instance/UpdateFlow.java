package io.paddock.broker.instance;

import io.paddock.broker.operation.Fence;
import io.paddock.broker.operation.Operation;
import io.paddock.broker.operation.OperationFlow;
import io.paddock.broker.operation.StepResult;
import io.paddock.broker.remote.RemoteException;
import io.paddock.contracts.spi.DeploymentSpec;
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
        APPLY,
        AWAIT_TASK,
        VERIFY,
        TAKE_BACK,
        AWAIT_TAKE_BACK,
        VERIFY_TAKE_BACK
    }

    private static final int ATTEMPTS = 3;
    private static final int ATTEMPTS_WITH_TAKE_BACK = 2 * ATTEMPTS;
    private static final int VERIFICATIONS = 8;

    private final DeploymentSteps steps;

    UpdateFlow(DeploymentSteps steps) {
        this.steps = steps;
    }

    @Override
    public Operation.Type type() {
        return Operation.Type.UPDATE;
    }

    @Override
    public StepResult run(Operation operation, Fence fence) {
        return switch (Step.valueOf(operation.step())) {
            case APPLY -> apply(operation, fence);
            case AWAIT_TASK ->
                steps.await(
                        operation,
                        ATTEMPTS,
                        Step.APPLY,
                        done -> new StepResult.Next(Step.VERIFY.name(), DeploymentSteps.VERIFYING),
                        task -> takeBack(operation, String.valueOf(task.error())));
            case VERIFY -> verify(operation, fence);
            case TAKE_BACK -> deployAgainWhatWas(operation, fence);
            case AWAIT_TAKE_BACK ->
                steps.await(
                        operation,
                        ATTEMPTS_WITH_TAKE_BACK,
                        Step.TAKE_BACK,
                        done -> takenBack(operation),
                        task -> new StepResult.Next(Step.VERIFY_TAKE_BACK.name(), DeploymentSteps.VERIFYING));
            case VERIFY_TAKE_BACK -> verifyWhatWas(operation, fence);
        };
    }

    @Override
    public StepResult refused(Operation operation, RemoteException refusal) {
        String operatorMessage = String.valueOf(refusal.getMessage());
        return switch (Step.valueOf(operation.step())) {
            case APPLY -> {
                // Nothing has been touched, unless an attempt before this one was cut off.
                if (operation.attempt() > 1 || !steps.instance(operation).isSettled()) {
                    yield takeBack(operation, operatorMessage);
                }
                operation.leaves(true, false);
                yield new StepResult.Failed(refusal.detail(), operatorMessage);
            }
            case AWAIT_TASK, VERIFY -> takeBack(operation, operatorMessage);
            case TAKE_BACK, AWAIT_TAKE_BACK, VERIFY_TAKE_BACK -> failed(operation, false, operatorMessage);
        };
    }

    @Override
    public String timedOut() {
        return "The update of the service instance took too long; its old plan and parameters stand. Please try again";
    }

    @Override
    public Optional<Duration> settle(Operation ended) {
        return steps.settle(ended);
    }

    private StepResult apply(Operation operation, Fence fence) {
        ServiceInstance instance = steps.instance(operation);
        DeploymentSpec spec = steps.specify(instance, operation);
        if (instance.isDeployedAs(spec)) {
            return new StepResult.Next(Step.VERIFY.name(), "changing settings of the running service");
        }
        steps.change(operation, ServiceInstance::unsettle);
        return steps.deploy(operation, fence, spec.template(), spec.attributes(), Step.AWAIT_TASK);
    }

    private StepResult verify(Operation operation, Fence fence) {
        DeploymentSpec spec = steps.specify(steps.instance(operation), operation);
        DeploymentSteps.Checked checked = steps.verify(operation, fence, spec.template(), spec.liveSettings());
        if (checked.verification().ready()) {
            steps.change(
                    operation,
                    stored -> stored.becomes(operation.planId(), operation.parameters(), spec, checked.outputs()));
            return new StepResult.Succeeded("The service instance is updated");
        }
        return operation.failures() < VERIFICATIONS
                ? new StepResult.Retry(
                        "waiting until the service answers",
                        checked.verification().message())
                : takeBack(operation, checked.verification().message());
    }

    private static StepResult takeBack(Operation operation, String operatorMessage) {
        operation.takeBack(operatorMessage);
        operation.nextAttempt();
        return new StepResult.Next(Step.TAKE_BACK.name(), "the update failed; taking it back");
    }

    private StepResult deployAgainWhatWas(Operation operation, Fence fence) {
        ServiceInstance instance = steps.instance(operation);
        if (instance.isSettled()) {
            return new StepResult.Next(Step.VERIFY_TAKE_BACK.name(), DeploymentSteps.VERIFYING);
        }
        // Of an instance from before attributes were stored only the service provider can tell what was.
        Map<String, Object> attributes =
                instance.attributes().isEmpty() ? steps.specify(instance).attributes() : instance.attributes();
        return steps.deploy(operation, fence, instance.template(), attributes, Step.AWAIT_TAKE_BACK);
    }

    private StepResult takenBack(Operation operation) {
        steps.change(operation, ServiceInstance::settle);
        return new StepResult.Next(Step.VERIFY_TAKE_BACK.name(), DeploymentSteps.VERIFYING);
    }

    private StepResult verifyWhatWas(Operation operation, Fence fence) {
        ServiceInstance instance = steps.instance(operation);
        DeploymentSteps.Checked checked = steps.verify(operation, fence, instance.template(), instance.liveSettings());
        if (checked.verification().ready()) {
            return failed(operation, true, "taken back");
        }
        return operation.failures() < VERIFICATIONS
                ? new StepResult.Retry(
                        "the update failed; waiting until the service answers again",
                        checked.verification().message())
                : failed(operation, false, checked.verification().message());
    }

    private static StepResult failed(Operation operation, boolean usable, String outcome) {
        operation.leaves(usable, true);
        return new StepResult.Failed(
                (usable
                                ? "The update failed and was taken back: the service instance is as it was before."
                                : "The update failed, and the service does not answer.")
                        + " Try again; if that fails as well, tell your operator the operation's id: "
                        + operation.id(),
                operation.cause().orElse("no cause") + "; " + outcome);
    }
}
