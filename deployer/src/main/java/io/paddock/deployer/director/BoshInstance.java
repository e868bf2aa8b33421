package io.paddock.deployer.director;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** An instance as the director lists it from its records. */
public record BoshInstance(
        String job,
        int index,
        String id,
        @Nullable String az,
        @Nullable List<String> ips) {}
