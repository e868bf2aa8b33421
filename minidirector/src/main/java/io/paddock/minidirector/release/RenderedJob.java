package io.paddock.minidirector.release;

import java.util.List;
import java.util.Map;

/**
 * A job's files for one instance.
 *
 * @param files path below the job's directory to content
 * @param links what its links hold, as JSON; lies beside the files, and a change of it alone changes no configuration
 * @param monit the rendered monit file, empty for a job without processes
 */
public record RenderedJob(String name, Map<String, String> files, String monit, List<Package> packages, String links) {

    /** Without the contents, which hold passwords. */
    @Override
    public String toString() {
        return "RenderedJob[" + name + ", files=" + files.keySet() + "]";
    }
}
