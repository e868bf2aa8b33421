package io.paddock.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The machines of an instance of three nodes, as whoever breaks them sees them: their processes, files and keepers. */
final class Cluster {

    /** The host's address on the link of machines that have network namespaces. */
    private static final String HOST = "169.254.77.1";

    private static final JsonMapper JSON = new JsonMapper();

    private final Platform platform;
    private final String deployment;
    private final JsonNode credentials;

    Cluster(Platform platform, String id, JsonNode credentials) {
        this.platform = platform;
        this.deployment = "service-instance-" + id;
        this.credentials = credentials;
    }

    JsonNode credentials() {
        return credentials;
    }

    /** A machine of the instance. */
    final class Node {

        private final String name;
        private final Path vcap;
        private final String address;

        private Node(Path vcap) {
            this.vcap = vcap;
            JsonNode settings = JSON.readTree(read(vcap.resolve("data/jobs/keeper/config/keeper.json")));
            this.name = settings.path("node").asString();
            this.address = settings.path("address").asString();
        }

        String name() {
            return name;
        }

        String address() {
            return address;
        }

        /** @param process postgres for the leash, keeper, consul */
        void signal(String signal, String process) {
            String pid = read(vcap.resolve("sys/run/bpm/" + process + "/" + process + ".pid"))
                    .strip();
            kill(signal, pid);
        }

        /** Server and all its children. */
        void signalPostgres(String signal) {
            String server = read(vcap.resolve("sys/run/postgres/leash/status")).split(" ")[3];
            Platform.Result children = Platform.bash("pgrep -P " + server + " | tr '\n' ' '");
            kill(signal, server + " " + children.output().strip());
        }

        /** Drops all packets between it and these addresses, in both directions. */
        void cutOffFrom(Collection<String> addresses) {
            for (String other : addresses) {
                inNetwork("iptables -I INPUT -s " + other + " -j DROP");
                inNetwork("iptables -I OUTPUT -d " + other + " -j DROP");
            }
        }

        void reconnect() {
            inNetwork("iptables -F");
        }

        private void inNetwork(String command) {
            String holder = read(vcap.resolveSibling("holder")).split(" ")[0];
            Platform.Result result = Platform.bash("nsenter --target " + holder + " --net " + command);
            if (result.exitCode() != 0) {
                throw new AssertionError(result.output());
            }
        }

        /** All that runs on it, its holder as well. */
        void lose() {
            String holder = read(vcap.resolveSibling("holder")).split(" ")[0];
            Platform.bash(
                    "ns=$(readlink /proc/" + holder
                            + "/ns/mnt); for p in /proc/[0-9]*; do [ \"$(readlink $p/ns/mnt)\" != \"$ns\" ] || kill -9 ${p#/proc/}; done");
        }

        /** Hands over to the standby that is furthest, as an operator does. */
        void switchOver() {
            String answer = onMachine("/var/vcap/jobs/keeper/bin/switchover");
            if (!answer.contains("handed over")) {
                throw new AssertionError(answer);
            }
        }

        /** What its keeper answers; empty if it does not. */
        Optional<Integer> ask(String path) {
            Platform.Result answer =
                    Platform.bash("curl -sk -o /dev/null -m 2 -w '%{http_code}' https://" + address + ":8008" + path);
            return answer.exitCode() == 0
                    ? Optional.of(Integer.valueOf(answer.output().strip()))
                    : Optional.empty();
        }

        boolean is(String role) {
            return ask("/" + role).filter(status -> status == 200).isPresent();
        }

        String keeperLog() {
            return read(vcap.resolve("sys/log/keeper/keeper.stdout.log"));
        }

        /** What ALTER SYSTEM has set on it. */
        String systemSettings() {
            return onMachine("cat /var/vcap/store/postgres/current/postgresql.auto.conf");
        }

        private String onMachine(String command) {
            String holder = read(vcap.resolveSibling("holder")).split(" ")[0];
            return Platform.bash("nsenter --target " + holder
                            + " --mount $([ \"$(id -u)\" = 0 ] || echo --user --preserve-credentials) " + command)
                    .output();
        }

        Path vcap() {
            return vcap;
        }

        @Override
        public String toString() {
            return name;
        }

        private void kill(String signal, String pids) {
            Platform.bash("kill -" + signal + " " + pids);
        }
    }

    /** By name; a machine that was made anew is another one of the same name. */
    Map<String, Node> nodes() {
        Map<String, Node> nodes = new TreeMap<>();
        for (String cid : platform.below("machines")) {
            Path vcap = platform.home().resolve("minidirector/machines/" + cid + "/vcap");
            Path owner = vcap.resolve("instance/deployment");
            if (Files.exists(owner)
                    && read(owner).strip().equals(deployment)
                    && Files.exists(vcap.resolve("data/jobs/keeper/config/keeper.json"))) {
                Node node = new Node(vcap);
                nodes.put(node.name(), node);
            }
        }
        return nodes;
    }

    Optional<Node> findPrimary() {
        return nodes().values().stream().filter(node -> node.is("primary")).findFirst();
    }

    Node primary() {
        Platform.await("there is a primary", () -> findPrimary().isPresent());
        return findPrimary().orElseThrow();
    }

    List<Node> standbys() {
        return nodes().values().stream().filter(node -> !node.is("primary")).toList();
    }

    /** One primary, and two standbys that have caught up. */
    void awaitHealthy() {
        try {
            Platform.await(
                    "one primary and two standbys",
                    () -> nodes().size() == 3
                            && nodes().values().stream()
                                            .filter(node -> node.is("primary"))
                                            .count()
                                    == 1
                            && nodes().values().stream()
                                            .filter(node -> node.is("replica"))
                                            .count()
                                    == 2);
        } catch (AssertionError late) {
            throw new AssertionError(late.getMessage() + "\n" + logs(), late);
        }
    }

    /** The last words of all keepers, for whoever reads why a test failed. */
    String logs() {
        StringBuilder text = new StringBuilder();
        for (Node node : nodes().values()) {
            List<String> lines = node.keeperLog().lines().toList();
            text.append("== keeper of ").append(node).append('\n');
            lines.subList(Math.max(0, lines.size() - 25), lines.size())
                    .forEach(line -> text.append(line).append('\n'));
        }
        return text.toString();
    }

    void resurrection(boolean on) {
        platform.director(
                "/resurrection -X PUT -H Content-Type:application/json -d '{\"resurrection_paused\":" + !on + "}'");
    }

    /** Every process of every node, but not the machines: the director starts them again. */
    void killAll() {
        for (Node node : nodes().values()) {
            for (String process : List.of("postgres", "keeper", "consul")) {
                node.signal("KILL", process);
            }
        }
    }

    /** @param applicationsToo whether the host, where the applications are, is cut off as well */
    void cutOff(Node node, boolean applicationsToo) {
        List<String> addresses = new ArrayList<>(nodes().values().stream()
                .map(Node::address)
                .filter(address -> !address.equals(node.address()))
                .toList());
        if (applicationsToo) {
            addresses.add(HOST);
        }
        node.cutOffFrom(addresses);
    }

    /** Makes the machines that were lost anew, and waits until that is done. */
    void repair() {
        resurrection(true);
        Platform.await("all machines are back", () -> {
            try (Stream<Node> all = nodes().values().stream()) {
                return all.filter(node -> node.ask("/health").isPresent()).count() == 3;
            }
        });
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
