package io.paddock.minidirector.release;

import io.paddock.minidirector.manifest.Manifest;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.MinidirectorProperties;
import org.springframework.stereotype.Component;

/** The one stemcell that there is: this machine. It goes by the operating system and version that the operator gives it. */
@Component
public class Stemcells {

    private static final String NAME = "minidirector-this-machine";

    private final Stemcell only;

    Stemcells(MinidirectorProperties properties) {
        this.only = new Stemcell(NAME, properties.stemcellOs(), properties.stemcellVersion());
    }

    public record Stemcell(String name, String os, String version) {}

    public Stemcell only() {
        return only;
    }

    /** @throws DirectorException 50003 if a manifest asks for another one */
    public Stemcell find(Manifest.Stemcell wanted) {
        if (!wanted.os().equals(only.os()) && !wanted.os().equals(only.name())) {
            throw new DirectorException(
                    50003, 404, "Stemcell with Operating System '" + wanted.os() + "' doesn't exist");
        }
        if (!wanted.version().equals("latest") && !wanted.version().equals(only.version())) {
            throw new DirectorException(
                    50003,
                    404,
                    "Stemcell version '" + wanted.version() + "' for OS '" + wanted.os() + "' doesn't exist");
        }
        return only;
    }
}
