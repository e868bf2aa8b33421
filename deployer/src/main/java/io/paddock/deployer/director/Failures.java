package io.paddock.deployer.director;

import io.paddock.contracts.service.ProblemException;
import org.jspecify.annotations.Nullable;

/** What the deployer tells its caller when it gets nowhere. */
public final class Failures {

    private Failures() {}

    /** 422: what was asked for can't be deployed as it is. */
    public static ProblemException refused(String operatorMessage) {
        return ProblemException.refused("The deployment was refused", operatorMessage);
    }

    /** 503: the director or what belongs to it is away. */
    public static ProblemException unavailable(String operatorMessage, @Nullable Throwable cause) {
        return ProblemException.unavailable("The platform does not answer now", operatorMessage, cause);
    }
}
