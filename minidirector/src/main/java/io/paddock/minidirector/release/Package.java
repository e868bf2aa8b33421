package io.paddock.minidirector.release;

import java.util.List;

/**
 * A package of a release.
 *
 * @param fingerprint of its sources; empty for a package of a release that is a directory: a directory of this machine stands in for it
 * @param sha1 digest of its archive, as the release's manifest gives it
 * @param dependencies names of the packages that its compilation needs
 */
public record Package(String name, String fingerprint, String sha1, List<String> dependencies) {

    static Package ofThisMachine(String name) {
        return new Package(name, "", "", List.of());
    }

    public boolean isCompiledHere() {
        return !fingerprint.isEmpty();
    }

    /** As the director names it in events: {@code name/fingerprint}; the name alone for one of this machine. */
    public String label() {
        return isCompiledHere() ? name + "/" + fingerprint : name;
    }
}
