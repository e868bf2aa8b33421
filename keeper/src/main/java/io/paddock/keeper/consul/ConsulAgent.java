package io.paddock.keeper.consul;

import com.fasterxml.jackson.jr.ob.JSON;
import io.paddock.keeper.system.DurableFile;
import io.paddock.keeper.system.NodeTls;
import io.paddock.keeper.system.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Tells the job {@code consul} to run a server, by the file that it waits for. A cluster of one runs none. Only who has never run one may
 * found a cluster of them, together with all others: a server with an empty disk that comes back must join, or there would be two.
 */
public final class ConsulAgent {

    public static final int HTTPS = 8501;

    private final Path directory;
    private final Settings settings;
    private final NodeTls tls;
    private final String gossipKey;
    private final Access.Tokens tokens;

    /**
     * @param directory of the job {@code consul} on the persistent disk
     * @param gossipKey 32 bytes, Base64
     */
    public ConsulAgent(Path directory, Settings settings, NodeTls tls, String gossipKey, Access.Tokens tokens) {
        this.gossipKey = gossipKey;
        this.tokens = tokens;
        this.directory = directory;
        this.settings = settings;
        this.tls = tls;
    }

    /**
     * @param voters address of each by name
     * @param founds whether the cluster is being founded, so that no other server can have anything yet
     */
    public void run(Map<String, String> voters, boolean founds) throws IOException {
        String before = before();
        String wanted = JSON.std.asString(
                configuration(List.copyOf(voters.values()), founds || before.contains("bootstrap_expect")));
        if (!wanted.equals(before)) {
            DurableFile.write(file(), wanted);
        }
    }

    /** Goes on with the servers that it was told of, where not all voters can be found now; what an earlier release wrote is brought up to date. */
    public void goOn() throws IOException {
        String before = before();
        if (!before.isEmpty() && JSON.std.mapFrom(before).get("retry_join") instanceof List<?> servers) {
            String wanted = JSON.std.asString(
                    configuration(servers.stream().map(String::valueOf).toList(), before.contains("bootstrap_expect")));
            if (!wanted.equals(before)) {
                DurableFile.write(file(), wanted);
            }
        }
    }

    private Path file() {
        return directory.resolve("agent.json");
    }

    private String before() throws IOException {
        return Files.exists(file()) ? Files.readString(file()) : "";
    }

    /**
     * Lets no server run here any more; the job forgets what it had when it has ended.
     *
     * @return false as long as it has not, and has to be told
     */
    public boolean end() throws IOException {
        DurableFile.delete(file());
        return !Files.exists(directory.resolve("data"));
    }

    private Map<String, Object> configuration(List<String> servers, boolean founds) {
        Map<String, Object> configuration = new TreeMap<>();
        configuration.put("node_name", settings.node());
        configuration.put("node_id", settings.id());
        configuration.put("datacenter", "paddock");
        configuration.put("data_dir", directory.resolve("data").toString());
        configuration.put("server", true);
        configuration.put("bind_addr", settings.address());
        configuration.put("client_addr", settings.address());
        configuration.put("retry_join", servers);
        configuration.put("retry_interval", "1s");
        configuration.put("ports", Map.of("http", -1, "https", HTTPS, "dns", -1, "grpc", -1, "serf_wan", -1));
        configuration.put("verify_incoming", true);
        configuration.put("verify_outgoing", true);
        configuration.put("encrypt", gossipKey);
        configuration.put("ca_file", tls.ca().toString());
        configuration.put("cert_file", tls.certificate().toString());
        configuration.put(
                "key_file", tls.certificate().resolveSibling("node.key").toString());
        // A server of an earlier release knows no tokens, and its node shows none: nobody may be refused before all
        // have one (Access).
        configuration.put(
                "acl",
                Map.of(
                        "enabled",
                        true,
                        "default_policy",
                        "allow",
                        // Else who may read nothing would be told that there is nothing.
                        "enable_key_list_policy",
                        true,
                        "tokens",
                        // Without the last one nobody could end a server that has lost the others.
                        Map.of("master", tokens.management(), "agent", tokens.node(), "agent_master", tokens.node())));
        configuration.put("disable_update_check", true);
        configuration.put("disable_remote_exec", true);
        configuration.put("log_level", "WARN");
        configuration.put("leave_on_terminate", false);
        configuration.put("skip_leave_on_interrupt", true);
        configuration.put("performance", Map.of("raft_multiplier", 1, "leave_drain_time", "0s"));
        configuration.put("session_ttl_min", "5s");
        configuration.put("autopilot", Map.of("cleanup_dead_servers", false, "server_stabilization_time", "2s"));
        if (founds) {
            configuration.put("bootstrap_expect", servers.size());
        }
        return configuration;
    }
}
