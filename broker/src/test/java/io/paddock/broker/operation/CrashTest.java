package io.paddock.broker.operation;

import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.broker.BrokerTest;
import io.paddock.broker.FakeSpi;
import io.paddock.contracts.deployer.DirectorTask.State;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each step of each operation is cut off before its result is stored, and run again: nothing is done twice, nothing is left out. */
class CrashTest extends BrokerTest {

    private static final String ID = "0b1d6c1e-55d1-4f5e-8a53-6f6f2a1d7c02";

    /** An operation, how it begins, what the director's tasks come to, and the steps that it goes through. */
    enum Case {
        CREATE(List.of("SPECIFY", "DEPLOY", "AWAIT_TASK", "VERIFY"), State.DONE) {
            @Override
            void begin(CrashTest test) {
                test.provision(ID, Map.of());
            }
        },
        UPDATE_WITH_DEPLOYMENT(List.of("DEPLOY", "AWAIT_TASK", "VERIFY"), State.DONE) {
            @Override
            void begin(CrashTest test) {
                test.ready();
                test.update(ID, Map.of("plan_id", FakeSpi.LARGER_PLAN));
            }
        },
        LIVE_UPDATE(List.of("DEPLOY", "VERIFY"), State.DONE) {
            @Override
            void begin(CrashTest test) {
                test.ready();
                test.update(ID, Map.of("parameters", Map.of("depth", "3m")));
            }
        },
        FAILED_UPDATE(
                List.of("DEPLOY", "AWAIT_TASK", "TAKE_BACK", "AWAIT_TAKE_BACK", "VERIFY_TAKE_BACK"),
                State.FAILED,
                State.DONE) {
            @Override
            void begin(CrashTest test) {
                test.ready();
                test.update(ID, Map.of("plan_id", FakeSpi.LARGER_PLAN));
            }
        },
        FAILED_CREATE(List.of("SPECIFY", "DEPLOY", "AWAIT_TASK"), State.FAILED) {
            @Override
            void begin(CrashTest test) {
                test.provision(ID, Map.of());
            }
        },
        DELETE(List.of("TAKE_OVER", "REMOVE", "AWAIT_TASK"), State.DONE) {
            @Override
            void begin(CrashTest test) {
                test.ready();
                test.deprovision(ID);
            }
        },
        DELETE_DURING_CREATE(List.of("TAKE_OVER", "REMOVE", "AWAIT_TASK"), State.DONE) {
            @Override
            void begin(CrashTest test) {
                test.provision(ID, Map.of());
                test.worker.run(ID);
                test.deprovision(ID);
            }
        },
        FAILED_LIVE_UPDATE(List.of("DEPLOY", "VERIFY", "TAKE_BACK", "VERIFY_TAKE_BACK"), State.FAILED) {
            @Override
            void begin(CrashTest test) {
                test.ready();
                test.update(ID, Map.of("parameters", Map.of("depth", "3m")));
                SPI.ready = false;
            }
        };

        private final List<String> steps;
        private final List<State> tasks;

        Case(List<String> steps, State... tasks) {
            this.steps = steps;
            this.tasks = List.of(tasks);
        }

        abstract void begin(CrashTest test);

        int directorsTasks() {
            return this == LIVE_UPDATE || this == FAILED_LIVE_UPDATE ? 0 : tasks.size();
        }

        boolean deletes() {
            return this == DELETE || this == DELETE_DURING_CREATE;
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyStepIsCutOffAndRunAgain(Case kind) {
        kind.begin(this);
        Operation operation = worker.newest(ID);
        int tasksBefore = DEPLOYER.tasks.size();
        Set<String> steps = new LinkedHashSet<>();

        for (int i = 0; i < 40 && worker.newest(ID).isInProgress(); i++) {
            steps.add(worker.newest(ID).step());
            worker.crashAfterStep(ID);
            if (worker.newest(ID).isInProgress()) {
                worker.step(ID);
            }
            int started = DEPLOYER.tasks.size() - tasksBefore;
            if (started > 0 && !DEPLOYER.tasks.lastEntry().getValue().state().isFinal()) {
                DEPLOYER.end(kind.tasks.get(started - 1));
            }
        }

        assertThat(steps).containsExactlyElementsOf(kind.steps);
        assertThat(DEPLOYER.tasks.size() - tasksBefore)
                .as("tasks of the director")
                .isEqualTo(kind.directorsTasks());
        assertThat(worker.newest(ID).id()).isEqualTo(operation.id());
        assertThat(worker.newest(ID).state())
                .isEqualTo(kind.tasks.contains(State.FAILED) ? Operation.State.FAILED : Operation.State.SUCCEEDED);
        assertThat(database.queryForObject("select count(*) from service_instance", Integer.class))
                .isEqualTo(kind.deletes() ? 0 : 1);
        assertThat(DEPLOYER.deployments).hasSize(kind.deletes() ? 0 : 1);
    }

    private void ready() {
        provision(ID, Map.of());
        worker.run(ID);
        DEPLOYER.end(State.DONE);
        worker.run(ID);
    }
}
