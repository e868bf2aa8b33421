package io.paddock.minidirector.access;

import io.paddock.minidirector.deployment.Deployment;
import io.paddock.minidirector.deployment.Deployments;
import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.MinidirectorProperties;
import io.paddock.minidirector.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/**
 * What a caller's scopes allow. Every refusal is 401 with code 600000 and names the scopes that would do, as the director's
 * {@code PermissionAuthorizer} does.
 */
@Component
public class Permissions {

    private static final int UNAUTHORIZED = 600000;

    private final Deployments deployments;
    private final String directorUuid;

    Permissions(Deployments deployments, MinidirectorProperties properties) {
        this.deployments = deployments;
        this.directorUuid = properties.uuid();
    }

    public void admin(Caller caller) {
        require(caller.isAdmin(), admins(List.of()));
    }

    public void read(Caller caller) {
        require(caller.mayReadAll(), readers(List.of()));
    }

    /** @param scope that does it too */
    public void adminOr(Caller caller, String scope) {
        List<String> scopes = new ArrayList<>(admins(List.of()));
        scopes.add(scope);
        require(caller.isAdmin() || caller.has(scope), scopes);
    }

    /** For what each team has of its own. */
    public void adminOfAnyTeam(Caller caller) {
        require(caller.isAdmin() || !caller.adminTeams().isEmpty(), admins(List.of()));
    }

    /** For lists, which show each caller its own: administrators of teams see theirs. */
    public void list(Caller caller) {
        require(caller.mayReadAll() || !caller.adminTeams().isEmpty(), readers(List.of()));
    }

    /** A deployment that is not there is nobody's: whoever asks for it reads that. */
    public void readDeployment(Caller caller, String name) {
        Optional<List<String>> teams = deployments.find(name).map(Deployment::teams);
        require(
                teams.map(caller::mayRead).orElse(caller.mayReadAll() || caller.isInAnyTeam()),
                readers(teams.orElse(List.of())));
    }

    /** See {@link #readDeployment}. */
    public void changeDeployment(Caller caller, String name) {
        Optional<List<String>> teams = deployments.find(name).map(Deployment::teams);
        require(
                teams.map(caller::mayChange)
                        .orElse(caller.isAdmin() || !caller.adminTeams().isEmpty()),
                admins(teams.orElse(List.of())));
    }

    public boolean maySee(Caller caller, Task task) {
        return caller.mayReadAll() || isOwn(caller, task, false);
    }

    public void readTask(Caller caller, Task task, String message) {
        if (!maySee(caller, task)) {
            throw new DirectorException(UNAUTHORIZED, 401, message + ": " + String.join(", ", readers(teams(task))));
        }
    }

    public void changeTask(Caller caller, Task task) {
        require(mayChange(caller, task), admins(teams(task)));
    }

    public boolean mayChange(Caller caller, Task task) {
        return caller.isAdmin() || isOwn(caller, task, true);
    }

    /** A task whose deployment is gone is its user's. */
    private boolean isOwn(Caller caller, Task task, boolean forChange) {
        if (task.deployment() == null || deployments.find(task.deployment()).isEmpty()) {
            return caller.isInAnyTeam() && caller.user().equals(task.user());
        }
        return forChange ? caller.mayChange(teams(task)) : caller.mayRead(teams(task));
    }

    private List<String> teams(Task task) {
        return Optional.ofNullable(task.deployment())
                .flatMap(deployments::find)
                .map(Deployment::teams)
                .orElse(List.of());
    }

    private List<String> admins(List<String> teams) {
        List<String> scopes = new ArrayList<>(List.of(Caller.ADMIN, "bosh." + directorUuid + ".admin"));
        teams.forEach(team -> scopes.add("bosh.teams." + team + ".admin"));
        return scopes;
    }

    private List<String> readers(List<String> teams) {
        List<String> scopes = new ArrayList<>(admins(teams));
        scopes.addAll(List.of(Caller.READ, "bosh." + directorUuid + ".read"));
        teams.forEach(team -> scopes.add("bosh.teams." + team + ".read"));
        return scopes;
    }

    private static void require(boolean allowed, List<String> scopes) {
        if (!allowed) {
            throw new DirectorException(UNAUTHORIZED, 401, "Require one of the scopes: " + String.join(", ", scopes));
        }
    }
}
