package io.paddock.minidirector.access;

import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A client with what it may do.
 *
 * @param scopes as the director names them; a client with a password has {@code bosh.admin}
 * @param directorUuid also a part of scopes that hold for one director
 */
public record Caller(String user, Set<String> scopes, String directorUuid) {

    private static final Pattern TEAM = Pattern.compile("bosh\\.teams\\.([^.]+)\\.(admin|read)");

    static final String ADMIN = "bosh.admin";
    static final String READ = "bosh.read";

    public boolean isAdmin() {
        return has(ADMIN) || has("bosh." + directorUuid + ".admin");
    }

    public boolean mayReadAll() {
        return isAdmin() || has(READ) || has("bosh." + directorUuid + ".read");
    }

    /** Teams whose deployments it may change. */
    public List<String> adminTeams() {
        return teams("admin");
    }

    /** Whether it may see what belongs to one of these teams. */
    public boolean mayRead(List<String> owners) {
        return mayReadAll() || mayChange(owners) || teams("read").stream().anyMatch(owners::contains);
    }

    /** Whether it may change what belongs to one of these teams. */
    public boolean mayChange(List<String> owners) {
        return isAdmin() || adminTeams().stream().anyMatch(owners::contains);
    }

    boolean isInAnyTeam() {
        return !teams("admin").isEmpty() || !teams("read").isEmpty();
    }

    boolean has(String scope) {
        return scopes.contains(scope);
    }

    private List<String> teams(String role) {
        return scopes.stream()
                .map(TEAM::matcher)
                .filter(Matcher::matches)
                .filter(team -> team.group(2).equals(role))
                .map(team -> team.group(1))
                .sorted()
                .toList();
    }
}
