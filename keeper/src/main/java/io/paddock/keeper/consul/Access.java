package io.paddock.keeper.consul;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Who may do what at the cluster's Consul servers. Each node has a token that lets it use the lock's keys, sessions and its own server. As long as
 * voters of an earlier release need it, whoever shows no token may do everything; after that, though he may have a node's certificate, nothing.
 */
public final class Access {

    /** Begins the names of policies; a release that changes what they allow counts on, since a policy that exists is not changed. */
    private static final String VERSION = "paddock-1-";

    private static final String NOBODY = VERSION + "nobody";
    private static final String ANONYMOUS = "00000000-0000-0000-0000-000000000002";

    /** Without sessions: of two rules for the same prefix in a policy the stricter one counts. */
    private static final String NOTHING = """
            key_prefix "" { policy = "deny" }
            agent_prefix "" { policy = "deny" }
            node_prefix "" { policy = "deny" }
            service_prefix "" { policy = "deny" }
            event_prefix "" { policy = "deny" }
            query_prefix "" { policy = "deny" }
            operator = "deny"
            keyring = "deny"
            """;

    private final ConsulHttp http;
    private final String node;
    private final Tokens tokens;

    private volatile boolean introduced;

    /**
     * @param management may do everything; servers accept it because their configuration names it
     * @param node this node's own
     */
    public record Tokens(String management, String node) {

        /** @param directory where the job {@code postgres} has put them before this process was started */
        public static Tokens read(Path directory) throws IOException {
            return new Tokens(
                    Files.readString(directory.resolve("consul-management.token")),
                    Files.readString(directory.resolve("consul-node.token")));
        }
    }

    Access(ConsulHttp http, String node, Tokens tokens) {
        this.http = http;
        this.node = node;
        this.tokens = tokens;
    }

    /**
     * Sends a request as this node, which introduces itself if the servers do not know it. While they can't know anybody, since one of them is of an
     * earlier release, it asks as nobody.
     */
    HttpResponse<String> send(String method, String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(method, path, body, tokens.node());
        if (answer.statusCode() != 403) {
            return answer;
        }
        introduced = introduce();
        if (introduced) {
            answer = http.send(method, path, body, tokens.node());
        }
        return answer.statusCode() == 403 ? http.send(method, path, body, "") : answer;
    }

    /** Whether the servers were seen to know this node's token. */
    public boolean isIntroduced() {
        return introduced;
    }

    /** Makes the servers know this node's token, which a server of an earlier release among them prevents. */
    public void ensureIntroduced() throws IOException, InterruptedException {
        if (!introduced) {
            introduced = introduce();
        }
    }

    private boolean introduce() throws IOException, InterruptedException {
        if (isKnown()) {
            return true;
        }
        definePolicy(policy(), NOTHING + """
                        key_prefix "paddock/" { policy = "write" }
                        key "paddock" { policy = "list" }
                        session_prefix "" { policy = "write" }
                        agent "%1$s" { policy = "write" }
                        node "%1$s" { policy = "write" }
                        """.formatted(node));
        String accessor = UUID.nameUUIDFromBytes(tokens.node().getBytes(StandardCharsets.UTF_8))
                .toString();
        Map<String, ?> token = Map.of(
                "AccessorID",
                accessor,
                "SecretID",
                tokens.node(),
                "Description",
                node,
                "Policies",
                List.of(Map.of("Name", policy())));
        // One that is there may have the policy of an earlier release.
        if (manage("/v1/acl/token", token).statusCode() != 200) {
            manage("/v1/acl/token/" + accessor, token);
        }
        return isKnown();
    }

    private String policy() {
        return VERSION + node;
    }

    private boolean isKnown() throws IOException, InterruptedException {
        HttpResponse<String> own = http.send("GET", "/v1/acl/token/self", "", tokens.node());
        return own.statusCode() == 200 && own.body().contains("\"" + policy() + "\"");
    }

    /** Lets nobody in without a token any more, or, for nodes of an earlier release, everybody. */
    public void close(boolean closed) throws IOException, InterruptedException {
        if (closed) {
            definePolicy(NOBODY, NOTHING + """
                            session_prefix "" { policy = "deny" }
                            """);
        }
        ConsulHttp.expect(
                manage(
                        "/v1/acl/token/" + ANONYMOUS,
                        Map.of("Policies", closed ? List.of(Map.of("Name", NOBODY)) : List.of())),
                200);
    }

    /** That it may be there already is no fault: what a name allows never changes. */
    private void definePolicy(String name, String rules) throws IOException, InterruptedException {
        manage("/v1/acl/policy", Map.of("Name", name, "Rules", rules));
    }

    private HttpResponse<String> manage(String path, Map<String, ?> body) throws IOException, InterruptedException {
        return http.send("PUT", path, JSON.std.asString(body), tokens.management());
    }
}
