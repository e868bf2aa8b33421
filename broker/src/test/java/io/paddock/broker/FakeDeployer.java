package io.paddock.broker;

import io.paddock.broker.remote.RemoteException;
import io.paddock.broker.remote.RemoteException.Kind;
import io.paddock.contracts.Outputs;
import io.paddock.contracts.deployer.Comparison;
import io.paddock.contracts.deployer.ComparisonRequest;
import io.paddock.contracts.deployer.DeployRequest;
import io.paddock.contracts.deployer.DeployerApi;
import io.paddock.contracts.deployer.Deployment;
import io.paddock.contracts.deployer.Director;
import io.paddock.contracts.deployer.DirectorTask;
import io.paddock.contracts.deployer.DirectorTask.State;
import io.paddock.contracts.deployer.Inventory;
import io.paddock.contracts.deployer.Template;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.http.ResponseEntity;

/** A deployer with a director in its memory: a task goes on only when a test says so. */
public class FakeDeployer implements DeployerApi {

    public boolean away;
    /** Only the director, as long as nothing else is asked of it. */
    public boolean directorAway;

    public boolean refusesDeletions;

    public final TreeMap<Long, DirectorTask> tasks = new TreeMap<>();
    public final Map<String, Long> contexts = new HashMap<>();
    public final Map<String, DeployRequest> deployments = new HashMap<>();
    public final List<Runnable> beforeDeploy = new ArrayList<>();
    public Runnable beforeCompare = () -> {};
    private final Map<Long, String> deletions = new HashMap<>();
    private final Map<String, Long> newest = new HashMap<>();
    /** Deployments that have some. */
    public final java.util.Set<String> variables = new java.util.TreeSet<>();

    public void reset() {
        away = false;
        directorAway = false;
        refusesDeletions = false;
        tasks.clear();
        contexts.clear();
        deployments.clear();
        deletions.clear();
        newest.clear();
        variables.clear();
        beforeDeploy.clear();
        beforeCompare = () -> {};
    }

    /** Ends the newest task. */
    public void end(State state) {
        end(tasks.lastKey(), state);
    }

    public void end(long id, State state) {
        DirectorTask task = tasks.get(id);
        tasks.put(task.id(), new DirectorTask(task.id(), state, "done", state == State.DONE ? null : "it rained"));
        if (state == State.DONE && deletions.containsKey(task.id())) {
            deployments.remove(deletions.get(task.id()));
        }
    }

    @Override
    public List<Template> templates() {
        reachable();
        return List.of();
    }

    @Override
    public Director director() {
        reachable();
        if (directorAway) {
            throw new RemoteException(Kind.UNAVAILABLE, "A part of the platform does not answer now", "silence", null);
        }
        return new Director("ducks' director", "282.1.2", 3);
    }

    @Override
    public DirectorTask deploy(String name, DeployRequest request) {
        List.copyOf(beforeDeploy).forEach(Runnable::run);
        reachable();
        Long known = contexts.get(request.context());
        if (known != null) {
            return tasks.get(known);
        }
        deployments.put(name, request);
        DirectorTask task = start(name, "digging");
        contexts.put(request.context(), task.id());
        return task;
    }

    @Override
    public Deployment deployment(String name) {
        reachable();
        if (!deployments.containsKey(name)) {
            throw new RemoteException(Kind.NOT_FOUND, "does not exist", "404", null);
        }
        return new Deployment(name, deployments.get(name).generation(), null, List.of());
    }

    @Override
    public Outputs outputs(String name, String template) {
        reachable();
        return new Outputs(Map.of("host", "192.0.2.1"), Map.of("admin", "hush"));
    }

    @Override
    public Outputs secrets(String name, String template) {
        deployment(name);
        return new Outputs(Map.of(), Map.of("admin", "hush"));
    }

    @Override
    public ResponseEntity<DirectorTask> delete(String name, String context, long generation, Instant notAfter) {
        reachable();
        if (refusesDeletions) {
            throw new RemoteException(Kind.REFUSED, "A newer request came first", "412", null);
        }
        Long last = newest.get(name);
        if (last != null && !tasks.get(last).state().isFinal()) {
            if (!deletions.containsKey(last)) {
                end(last, State.CANCELLED);
            }
            return ResponseEntity.accepted().body(tasks.get(last));
        }
        if (!deployments.containsKey(name)) {
            variables.remove(name);
            return ResponseEntity.noContent().build();
        }
        DirectorTask task = start(name, "filling up");
        deletions.put(task.id(), name);
        return ResponseEntity.accepted().body(task);
    }

    @Override
    public DirectorTask task(long id) {
        reachable();
        if (!tasks.containsKey(id)) {
            throw new RemoteException(Kind.NOT_FOUND, "does not exist", "404", null);
        }
        return tasks.get(id);
    }

    @Override
    public void cancelTask(long id) {
        reachable();
        if (!tasks.get(id).state().isFinal()) {
            end(id, State.CANCELLED);
        }
    }

    @Override
    public Inventory inventory() {
        reachable();
        return new Inventory(List.copyOf(new java.util.TreeSet<>(deployments.keySet())), List.copyOf(variables));
    }

    @Override
    public Comparison compare(String name, ComparisonRequest wanted) {
        beforeCompare.run();
        reachable();
        DeployRequest deployed = deployments.get(name);
        return deployed == null
                ? new Comparison(false, 0, List.of())
                : new Comparison(
                        true,
                        deployed.generation(),
                        deployed.attributes().equals(wanted.attributes()) ? List.of() : List.of("/instance_groups/0"));
    }

    private DirectorTask start(String name, String progress) {
        long id = tasks.isEmpty() ? 1 : tasks.lastKey() + 1;
        DirectorTask task = new DirectorTask(id, State.RUNNING, progress, null);
        tasks.put(id, task);
        newest.put(name, id);
        return task;
    }

    private void reachable() {
        if (away) {
            throw new RemoteException(Kind.UNAVAILABLE, "A part of the platform does not answer now", "refused", null);
        }
    }
}
