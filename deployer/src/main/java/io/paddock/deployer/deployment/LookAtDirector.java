package io.paddock.deployer.deployment;

import io.paddock.contracts.deployer.Director;
import io.paddock.contracts.service.ProblemException;
import io.paddock.deployer.credential.ConfigServerClient;
import io.paddock.deployer.director.DirectorClient;
import io.paddock.deployer.director.Failures;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.stereotype.Component;

/** Whether there is somebody who would deploy: the director, and the config server that it has its secrets from. */
@Component
class LookAtDirector {

    /** Below which nothing is kept: what counts is the answer. */
    private static final String NOWHERE = "/paddock-health";

    /** Shorter than that of whoever asks, who could not tell the director from the deployer otherwise. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final DirectorClient director;
    private final ConfigServerClient configServer;

    LookAtDirector(DirectorClient director, ConfigServerClient configServer) {
        this.director = director;
        this.configServer = configServer;
    }

    /** @throws ProblemException 503 if one of them does not answer in time, or refuses the deployer's client */
    Director look() {
        try {
            return CompletableFuture.supplyAsync(this::ask).get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException failure) {
            throw failure.getCause() instanceof ProblemException problem
                    ? problem
                    : new IllegalStateException(failure.getCause());
        } catch (TimeoutException late) {
            throw Failures.unavailable(
                    "the director or the config server did not answer within " + PATIENCE.toSeconds() + " s", late);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Failures.unavailable("the deployer is stopping", interrupted);
        }
    }

    private Director ask() {
        DirectorClient.Info info = director.info();
        int tasks = director.runningTasks().size();
        configServer.namesBelow(NOWHERE);
        return new Director(info.name(), info.version(), tasks);
    }
}
