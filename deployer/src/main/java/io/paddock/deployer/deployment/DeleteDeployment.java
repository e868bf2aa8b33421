package io.paddock.deployer.deployment;

import io.paddock.contracts.deployer.DirectorTask;
import io.paddock.deployer.credential.ConfigServerClient;
import io.paddock.deployer.director.BoshTask;
import io.paddock.deployer.director.DirectorClient;
import io.paddock.deployer.task.DirectorTasks;
import io.paddock.deployer.template.TemplateProperties;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Goes one step towards an absent deployment at each call: a deploy that runs is cancelled, the deployment deleted, and when it is
 * gone its variables are removed. Works on what is half made or already gone.
 */
@Component
class DeleteDeployment {

    private static final Logger LOG = LoggerFactory.getLogger(DeleteDeployment.class);
    private static final String DELETION = "delete deployment";

    private final DirectorClient director;
    private final DirectorTasks tasks;
    private final ConfigServerClient configServer;
    private final TemplateProperties properties;
    private final Lateness lateness;

    DeleteDeployment(
            DirectorClient director,
            DirectorTasks tasks,
            ConfigServerClient configServer,
            TemplateProperties properties,
            Lateness lateness) {
        this.director = director;
        this.tasks = tasks;
        this.configServer = configServer;
        this.properties = properties;
        this.lateness = lateness;
    }

    /** The task to await before the next call; empty when nothing is left. */
    Optional<DirectorTask> delete(String name, String context, long generation, Instant notAfter) {
        lateness.refuseOlderThanDeployed(name, generation);
        Optional<BoshTask> running = director.runningTask(name);
        lateness.refuseAfter(name, notAfter);
        if (running.isPresent()) {
            return Optional.of(endOrAwait(running.get()));
        }
        Optional<Long> started = director.delete(name, context);
        if (started.isPresent()) {
            LOG.info("deployment {}: task {} started, deleting", name, started.get());
            return started.map(tasks::get);
        }
        configServer.deleteBelow(properties.variablesOf(name));
        LOG.info("deployment {}: gone", name);
        return Optional.empty();
    }

    private DirectorTask endOrAwait(BoshTask running) {
        boolean deletes = running.description() != null && running.description().startsWith(DELETION);
        if (!deletes && !running.state().equals("cancelling")) {
            director.cancel(running.id());
        }
        return tasks.describe(running);
    }
}
