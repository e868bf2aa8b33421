package io.paddock.deployer.deployment;

import io.paddock.contracts.deployer.Director;
import io.paddock.contracts.service.ProblemException;
import io.paddock.deployer.credential.ConfigServerClient;
import io.paddock.deployer.director.DirectorClient;
import org.springframework.stereotype.Component;

/** Whether there is somebody who would deploy: the director, and the config server that it has its secrets from. */
@Component
class LookAtDirector {

    /** Below which nothing is kept: what counts is the answer. */
    private static final String NOWHERE = "/paddock-health";

    private final DirectorClient director;
    private final ConfigServerClient configServer;

    LookAtDirector(DirectorClient director, ConfigServerClient configServer) {
        this.director = director;
        this.configServer = configServer;
    }

    /** @throws ProblemException 503 if one of them does not answer, or refuses the deployer's client */
    Director look() {
        DirectorClient.Info info = director.info();
        int tasks = director.runningTasks().size();
        configServer.namesBelow(NOWHERE);
        return new Director(info.name(), info.version(), tasks);
    }
}
