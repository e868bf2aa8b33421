package io.paddock.keeper.postgres;

import io.paddock.keeper.system.Commands;
import io.paddock.keeper.system.Log;
import io.paddock.keeper.system.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The scripts of the jobs postgres and repmgr: they make data directories, and tell repmgr's own tables who is who. */
public final class Repmgr {

    private static final Duration COPY = Duration.ofHours(12);
    private static final Duration SHORT = Duration.ofMinutes(2);

    private final Path jobs;
    private final Settings settings;

    public Repmgr(Path jobs, Settings settings) {
        this.jobs = jobs;
        this.settings = settings;
    }

    /** Makes an empty database on the first primary. */
    public boolean initialize() {
        return run(SHORT, "postgres/bin/initialize");
    }

    /** Makes the role and the database that nodes reach each other by, on a running primary; it may be there already. */
    public boolean prepare() {
        return run(SHORT, "repmgr/bin/prepare");
    }

    /** Copies the primary's data to this node, in place of what is here. */
    public boolean clone(String address) {
        return run(COPY, "repmgr/bin/clone", address);
    }

    /** Rewinds a former primary, whose history is a part of the primary's, and starts it as a standby. */
    public boolean rejoin(String address) {
        return run(Duration.ofSeconds(settings.startTimeout()), "repmgr/bin/rejoin", address);
    }

    /** @param role primary or standby */
    public boolean register(String role) {
        return run(SHORT, "repmgr/bin/register", role);
    }

    private boolean run(Duration timeout, String script, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(jobs.resolve(script).toString());
        command.addAll(List.of(arguments));
        long begun = System.nanoTime();
        Commands.Result result = Commands.run(timeout, command);
        long took = Duration.ofNanos(System.nanoTime() - begun).toMillis();
        if (result.succeeded()) {
            Log.info(script + " took " + took + " ms");
        } else {
            Log.info(script + " failed with status " + result.status() + " after " + took + " ms:\n"
                    + result.output().strip());
        }
        return result.succeeded();
    }
}
