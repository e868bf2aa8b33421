package io.paddock.minidirector.deployment;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/** What the last scan of each deployment found; after a restart of the director it has to be scanned again. */
@Component
public class Problems {

    private final Map<String, List<Problem>> found = new ConcurrentHashMap<>();
    private long lastId;

    public List<Problem> of(String deployment) {
        return found.getOrDefault(deployment, List.of());
    }

    synchronized void replace(String deployment, Map<Instance, Problem.Type> wrong) {
        List<Problem> problems = new ArrayList<>();
        wrong.forEach((instance, type) -> problems.add(new Problem(++lastId, type, instance)));
        found.put(deployment, List.copyOf(problems));
    }

    synchronized void forget(String deployment) {
        found.remove(deployment);
    }

    synchronized void close(String deployment, Problem problem) {
        found.put(
                deployment,
                of(deployment).stream()
                        .filter(other -> other.id() != problem.id())
                        .toList());
    }
}
