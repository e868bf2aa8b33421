package io.paddock.deployer.director;

import io.paddock.contracts.service.ProblemException;
import io.paddock.deployer.text.DeployerText;
import org.jspecify.annotations.Nullable;

/** What the deployer tells its caller when it gets nowhere. */
public final class Failures {

    private Failures() {}

    /** 422: what was asked for can't be deployed as it is. */
    public static ProblemException refused(String operatorMessage) {
        return DeployerText.REFUSED.because(operatorMessage);
    }

    /** 503: the director or what belongs to it is away. */
    public static ProblemException unavailable(String operatorMessage, @Nullable Throwable cause) {
        return DeployerText.AWAY.because(operatorMessage, cause);
    }
}
