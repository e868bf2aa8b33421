package io.paddock.acceptance;

import java.nio.file.Files;
import java.nio.file.Path;

/** A checkout of the earlier release, which becomes one of these sources as by {@code git pull}. */
final class EarlierRelease {

    private static final Path DIRECTORY = Platform.ROOT.resolve("acceptance/target/earlier");

    private final String commit;
    /** It is the place where all runs: programs know their own path. */
    private final Path checkout = DIRECTORY.resolve("checkout");

    EarlierRelease() {
        String other = System.getenv("PADDOCK_EARLIER_RELEASE");
        commit = other != null
                ? other
                : Cluster.read(Platform.ROOT.resolve("acceptance/earlier-release"))
                        .strip();
    }

    /** Its sources, with what an earlier run has built of them. */
    Path checkOut() {
        run("rm -rf " + checkout);
        if (Files.exists(built())) {
            run("cp -a " + built() + " " + checkout);
            return checkout;
        }
        run("git -C %s cat-file -e '%s^{commit}'".formatted(Platform.ROOT, commit));
        run("mkdir -p " + DIRECTORY);
        run("git clone --quiet --shared --no-checkout %s %s".formatted(Platform.ROOT, checkout));
        run("git -C %s checkout --quiet --detach %s".formatted(checkout, commit));
        return checkout;
    }

    /** Keeps what the earlier release's own {@code ./paddock up} has built, for the next run. */
    void keepBuilt() {
        if (!Files.exists(built())) {
            run("rm -rf %1$s/built-* && cp -a %2$s %3$s.next && mv %3$s.next %3$s"
                    .formatted(DIRECTORY, checkout, built()));
        }
    }

    private Path built() {
        return DIRECTORY.resolve("built-" + commit);
    }

    /** Puts these sources in its place, changes that are not committed among them; what was built stays until it is built again. */
    void pull() {
        run("""
                cd %s
                export GIT_INDEX_FILE=$(mktemp -u)
                git add --all
                tree=$(git write-tree)
                rm -f "$GIT_INDEX_FILE"
                unset GIT_INDEX_FILE
                git -C %s read-tree -u --reset "$tree"
                """.formatted(Platform.ROOT, checkout));
    }

    private static void run(String command) {
        Platform.Result result = Platform.bash("set -euo pipefail; " + command);
        if (result.exitCode() != 0) {
            throw new AssertionError(command + "\n" + result.output());
        }
    }
}
