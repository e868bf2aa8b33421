package io.paddock.minidirector.deployment;

import io.paddock.minidirector.deployment.Instance.State;
import io.paddock.minidirector.deployment.InstanceUpdater.Run;
import io.paddock.minidirector.event.Events;
import io.paddock.minidirector.lock.Locks;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.task.EventLog;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import java.util.Objects;
import org.springframework.stereotype.Component;

/** Carries stop, start, restart and recreate of one instance without a deploy. */
@Component
public class InstanceActionTask implements TaskRunner {

    public static final String TYPE = "update_instance";
    public static final String INSTANCE = "instance";
    public static final String ACTION = "action";
    public static final String HARD = "hard";
    public static final String SKIP_DRAIN = "skip_drain";
    /** Whether a machine that does not answer may be taken for stopped. */
    public static final String IGNORE_UNRESPONSIVE = "ignore_unresponsive_agent";

    /** What can be done to an instance. */
    public enum Action {
        STOP,
        START,
        RESTART,
        RECREATE
    }

    private final Deployments deployments;
    private final Locks locks;
    private final Deployed deployed;
    private final InstanceUpdater updater;
    private final Events events;

    InstanceActionTask(
            Deployments deployments, Locks locks, Deployed deployed, InstanceUpdater updater, Events events) {
        this.deployments = deployments;
        this.locks = locks;
        this.deployed = deployed;
        this.updater = updater;
        this.events = events;
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public String run(Task task, TaskLog log) {
        String name = Objects.requireNonNull(task.deployment());
        String id = task.input().get(INSTANCE);
        Action action = Action.valueOf(task.input().get(ACTION));
        try (Locks.Lock lock = locks.deployment(name, task, log)) {
            Instance instance = deployments.get(name).byId(id);
            if (instance.ignored()) {
                throw new DirectorException(
                        190020,
                        "You are trying to change the state of the ignored instance '" + instance.name()
                                + "'.This operation is not allowed. You need to unignore it first.");
            }
            refuseUnresponsive(
                    instance, action, Boolean.parseBoolean(task.input().get(IGNORE_UNRESPONSIVE)));
            Steps steps = new Steps(
                    name,
                    deployed.instance(name, id, task, log),
                    log.stage("Updating instance " + instance.label(), EventLog.UNKNOWN),
                    new Run(
                            (percent, status) -> {},
                            Boolean.parseBoolean(task.input().get(SKIP_DRAIN)),
                            log::isCancelling));
            events.of(task)
                    .around(
                            action.name().toLowerCase(java.util.Locale.ROOT),
                            "instance",
                            instance.name(),
                            instance.name(),
                            () -> act(action, Boolean.parseBoolean(task.input().get(HARD)), steps));
            return instance.name();
        }
    }

    /** What does not answer can't be told to stop. */
    private void refuseUnresponsive(Instance instance, Action action, boolean ignore) {
        if (action != Action.START && !ignore && updater.jobState(instance).equals("unresponsive agent")) {
            throw new DirectorException(
                    450002, "Timed out sending 'get_state' to instance: '" + instance.name() + "' after 45 seconds");
        }
    }

    private void act(Action action, boolean hard, Steps steps) {
        switch (action) {
            case STOP -> steps.stop(hard);
            case START -> steps.start();
            case RESTART -> {
                steps.stop(false);
                steps.start();
            }
            case RECREATE -> {
                steps.stop(true);
                steps.start();
            }
        }
    }

    /** The steps for one instance; those that would change nothing are left out. */
    private final class Steps {

        private final String deployment;
        private final Plan.Wanted wanted;
        private final EventLog stage;
        private final Run run;

        Steps(String deployment, Plan.Wanted wanted, EventLog stage, Run run) {
            this.deployment = deployment;
            this.wanted = wanted;
            this.stage = stage;
            this.run = run;
        }

        void stop(boolean hard) {
            if (now().state() == State.STARTED) {
                stage.step("Stopping instance", () -> updateTo(State.STOPPED, run.endingMachine(hard)));
            }
            if (hard && now().vm() != null) {
                stage.step("Deleting VM", () -> updateTo(State.DETACHED, run));
            }
        }

        void start() {
            if (now().vm() == null) {
                stage.step("Creating VM", () -> updater.ensureMachine(deployment, wanted.with(now())));
            }
            if (now().state() != State.STARTED || !updater.jobState(now()).equals("running")) {
                stage.step("Starting instance", () -> updateTo(State.STARTED, run));
            }
        }

        private void updateTo(State state, Run as) {
            updater.update(
                    deployment,
                    wanted.with(now()).to(state, Plan.Change.NONE),
                    wanted.group().update().updateWatchTime(),
                    as);
        }

        private Instance now() {
            return deployments.get(deployment).byId(wanted.instance().id());
        }
    }
}
