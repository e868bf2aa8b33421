package io.paddock.deployer.deployment;

import io.paddock.contracts.deployer.DeployRequest;
import io.paddock.contracts.deployer.DirectorTask;
import io.paddock.deployer.director.BoshTask;
import io.paddock.deployer.director.DirectorClient;
import io.paddock.deployer.task.DirectorTasks;
import io.paddock.deployer.template.RenderManifest;
import io.paddock.deployer.template.Templates;
import io.paddock.deployer.text.DeployerText;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Starts a deployment once: a repeated request finds the task of the first, a late one (an older generation, a lease that ran out)
 * is refused, so that nobody who was paused for a while brings back what was deleted since.
 */
@Component
class Deploy {

    private static final Logger LOG = LoggerFactory.getLogger(Deploy.class);

    private final Templates templates;
    private final RenderManifest renderManifest;
    private final DirectorClient director;
    private final DirectorTasks tasks;
    private final Lateness lateness;

    Deploy(
            Templates templates,
            RenderManifest renderManifest,
            DirectorClient director,
            DirectorTasks tasks,
            Lateness lateness) {
        this.templates = templates;
        this.renderManifest = renderManifest;
        this.director = director;
        this.tasks = tasks;
        this.lateness = lateness;
    }

    DirectorTask deploy(String name, DeployRequest request) {
        String manifest = renderManifest.render(
                templates.get(request.template()), name, request.attributes(), request.generation());
        Optional<BoshTask> started = director.taskOfContext(request.context());
        if (started.isPresent()) {
            return tasks.describe(started.get());
        }
        refuseIfBusy(name);
        lateness.refuseOlderThanDeployed(name, request.generation());
        lateness.refuseAfter(name, request.notAfter());
        long task = director.deploy(manifest, request.context());
        LOG.info("deployment {}: task {} started, generation {}", name, task, request.generation());
        return tasks.get(task);
    }

    private void refuseIfBusy(String name) {
        director.runningTask(name).ifPresent(running -> {
            throw DeployerText.OTHER_WORK.because(
                    "deployment " + name + ": task " + running.id() + " (" + running.description() + ") works on it");
        });
    }
}
