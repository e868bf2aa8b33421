package io.paddock.minidirector.deployment;

import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import org.springframework.stereotype.Component;

/** What is deployed, planned once more for actions and repairs: with the versions that it was deployed with, and its packages ready. */
@Component
class Deployed {

    private final Planner planner;
    private final PackageCompiler compiler;

    Deployed(Planner planner, PackageCompiler compiler) {
        this.planner = planner;
        this.compiler = compiler;
    }

    /** @throws DirectorException 70000 if nothing is deployed */
    Plan plan(String deployment, Task task, TaskLog log) {
        Planner.Checked checked = planner.checkDeployed(deployment);
        compiler.compile(deployment, planner.packages(checked), task, log);
        return planner.plan(planner.prepare(checked), DeployOptions.none());
    }

    /** @throws DirectorException uncoded for an instance that its manifest does not have any more */
    Plan.Wanted instance(String deployment, String id, Task task, TaskLog log) {
        return plan(deployment, task, log).groups().stream()
                .flatMap(group -> group.instances().stream())
                .filter(candidate -> candidate.instance().id().equals(id))
                .findFirst()
                .orElseThrow(() -> DirectorException.uncoded("Instance '" + id + "' is not in the manifest any more"));
    }
}
