package io.paddock.minidirector.deployment;

import io.paddock.minidirector.manifest.Manifest;
import io.paddock.minidirector.system.DirectorException;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.stereotype.Component;

/** What of a deployment can be run as an errand: jobs with a script {@code bin/run}, and groups made for errands. */
@Component
public class Errands {

    private final Planner planner;

    Errands(Planner planner) {
        this.planner = planner;
    }

    /** @throws DirectorException 70000, HTTP status 404, while no deploy got through */
    public Set<String> of(Deployment deployment) {
        if (deployment.manifest() == null) {
            // The director's own words.
            throw new DirectorException(70000, 404, "- Deployment '' doesn't exist");
        }
        Planner.Checked checked = planner.checkDeployed(deployment.name());
        Set<String> errands = new TreeSet<>(planner.errandJobs(checked));
        checked.manifest().instanceGroups().stream()
                .filter(Manifest.InstanceGroup::errand)
                .map(Manifest.InstanceGroup::name)
                .forEach(errands::add);
        return errands;
    }
}
