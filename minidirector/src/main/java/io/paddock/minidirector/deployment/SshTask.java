package io.paddock.minidirector.deployment;

import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskLog;
import io.paddock.minidirector.task.TaskRunner;
import org.springframework.stereotype.Component;

/** Carries "ssh", which fails: the machines are processes of this one, without an SSH server of their own. */
@Component
public class SshTask implements TaskRunner {

    public static final String TYPE = "ssh";

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public boolean isUrgent() {
        return true;
    }

    @Override
    public String run(Task task, TaskLog log) {
        throw DirectorException.uncoded("The machines of a minidirector have no SSH server. They are mount namespaces"
                + " of this machine: 'pgrep -f machines/CID' finds one, 'nsenter --mount --target PID' enters it.");
    }
}
