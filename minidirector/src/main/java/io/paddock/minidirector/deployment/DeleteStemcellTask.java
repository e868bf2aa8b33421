package io.paddock.minidirector.deployment;

import io.paddock.minidirector.lock.Locks;
import io.paddock.minidirector.release.Stemcells;
import io.paddock.minidirector.release.Stemcells.Stemcell;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Carries "delete stemcell", unless a deployment uses it. */
@Component
public class DeleteStemcellTask implements TaskRunner {

    public static final String TYPE = "delete_stemcell";
    public static final String NAME = "name";
    public static final String VERSION = "version";

    private final Stemcells stemcells;
    private final Deployments deployments;
    private final Locks locks;

    DeleteStemcellTask(Stemcells stemcells, Deployments deployments, Locks locks) {
        this.locks = locks;
        this.stemcells = stemcells;
        this.deployments = deployments;
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public String run(Task task, TaskLog log) {
        try (Locks.Lock lock = locks.acquire(
                task,
                log,
                Locks.Kind.STEMCELL,
                task.input().get(NAME),
                task.input().get(VERSION))) {
            return delete(task, log);
        }
    }

    private String delete(Task task, TaskLog log) {
        Stemcell stemcell = stemcells
                .byName(task.input().get(NAME), task.input().get(VERSION))
                .orElseThrow(() -> new DirectorException(
                        50003,
                        404,
                        "Stemcell '" + task.input().get(NAME) + "/"
                                + task.input().get(VERSION) + "' doesn't exist"));
        String users =
                deployments.using(stemcell).stream().map(Deployment::name).collect(Collectors.joining(", "));
        if (!users.isEmpty()) {
            throw new DirectorException(50004, "Stemcell '" + stemcell.label() + "' is still in use by: " + users);
        }
        log.stage("Deleting stemcell from cloud", 1).step("Delete stemcell", () -> stemcells.remove(stemcell));
        return "/stemcells/" + stemcell.label();
    }
}
