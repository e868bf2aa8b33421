package io.paddock.deployer.deployment;

import io.paddock.contracts.service.ProblemException;
import io.paddock.deployer.text.DeployerText;
import java.time.Clock;
import java.time.Instant;
import org.springframework.stereotype.Component;

/** Refuses callers that come too late: a newer generation is deployed, or their lease ran out. */
@Component
class Lateness {

    private final Generations generations;
    private final Clock clock;

    Lateness(Generations generations, Clock clock) {
        this.generations = generations;
        this.clock = clock;
    }

    /** @throws ProblemException 412 */
    void refuseOlderThanDeployed(String name, long generation) {
        generations.deployed(name).filter(deployed -> deployed > generation).ifPresent(newer -> {
            throw DeployerText.NEWER_CHANGE.because(
                    "deployment " + name + ": generation " + newer + " is deployed, " + generation + " is older");
        });
    }

    /** To be asked right before the director is. @throws ProblemException 410 */
    void refuseAfter(String name, Instant notAfter) {
        Instant now = clock.instant();
        if (now.isAfter(notAfter)) {
            throw DeployerText.TAKEN_OVER.because("deployment " + name + ": the caller's lease ended at " + notAfter
                    + ", now it is " + now + "; clocks that differ or a slow director make every lease too short");
        }
    }
}
