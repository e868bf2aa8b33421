package io.paddock.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The machines of an instance of three nodes, as whoever breaks them sees them: their processes, files and keepers. */
final class Cluster {

    /** The host's address on the link of machines that have network namespaces. */
    private static final String HOST = "169.254.77.1";

    /** Ends the name of the directory of a machine that the director is deleting. */
    private static final String DELETED = ".gone";

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
            kill(signal, pid(process));
        }

        /** The number that the host gives it; empty if it does not run. */
        String pid(String process) {
            return HostProcesses.executable(vcap.getParent(), process);
        }

        /** All its processes stand still, and nobody gets an answer. */
        void freeze() {
            signalPostgres("STOP");
            List.of("postgres", "keeper", "consul").forEach(process -> signal("STOP", process));
        }

        private void thaw() {
            List.of("postgres", "keeper", "consul").forEach(process -> signal("CONT", process));
            if (Files.exists(vcap.resolve("sys/run/postgres/leash/status"))) {
                signalPostgres("CONT");
            }
        }

        /** Whether it has a database, started or not. */
        boolean hasData() {
            return Files.exists(disk().resolve("postgres/current/PG_VERSION"));
        }

        /** The machine, and all that was on its disk. */
        void loseWithDisk() {
            Path disk = disk();
            lose();
            succeed("find " + disk + " -mindepth 1 -delete");
        }

        /** Server and all its children, if it runs. */
        void signalPostgres(String signal) {
            String server = postmaster();
            if (!server.equals("0") && !server.isEmpty()) {
                Platform.Result children = Platform.bash("pgrep -P " + server + " | tr '\n' ' '");
                kill(signal, server + " " + children.output().strip());
            }
        }

        void signalPostmaster(String signal) {
            kill(signal, postmaster());
        }

        /** PostgreSQL's process id; 0 if it does not run. */
        String postmaster() {
            String number = read(vcap.resolve("sys/run/postgres/leash/status")).split(" ")[3];
            return number.equals("0") ? number : HostProcesses.numbered(vcap.getParent(), "postgres", number);
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

        /** Whether its keeper has said that. */
        boolean hasSaid(String words) {
            return keeperLog().contains(words);
        }

        private void inNetwork(String command) {
            String holder = read(vcap.resolveSibling("holder")).split(" ")[0];
            Platform.Result result = Platform.bash("nsenter --target " + holder + " --net " + command);
            if (result.exitCode() != 0) {
                throw new AssertionError(result.output());
            }
        }

        /** The one that holds its namespaces. */
        void killFirstProcess() {
            succeed("kill -9 " + read(vcap.resolveSibling("holder")).split(" ")[0]);
        }

        /** All that runs on it, at one blow: who dies last must not have time to say so. */
        void lose() {
            succeed("sh " + Platform.MACHINE + " kill " + vcap.getParent());
        }

        /** Hands over to the standby that is furthest, as an operator does. */
        void switchOver() {
            switchOver("");
        }

        void switchOver(String successor) {
            String answer = onMachine("/var/vcap/jobs/keeper/bin/switchover " + successor);
            if (!answer.contains("handed over")) {
                throw new AssertionError(answer);
            }
        }

        /** Goes on alone, as an operator lets it; what it answers. */
        String takeOver() {
            return onMachine("/var/vcap/jobs/keeper/bin/take-over");
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

        /** The value of one of its keeper's metrics. */
        long metric(String name) {
            return findMetric(name).orElseThrow(() -> new AssertionError(this + " does not tell " + name));
        }

        private Optional<Long> findMetric(String name) {
            return Platform.bash("curl -sk -m 2 https://" + address + ":8008/metrics")
                    .output()
                    .lines()
                    .filter(line -> line.startsWith(name + " "))
                    .map(line -> Long.valueOf(line.substring(name.length() + 1)))
                    .findFirst();
        }

        /** Something else than PostgreSQL takes what is free on its disk, but for so many MiB. */
        void fillDisk(int left) {
            long free = disk().toFile().getUsableSpace() >> 20;
            // The last page goes as well.
            String command = left == 0
                    ? "dd if=/dev/zero of=" + disk() + "/filler bs=1M status=none || true"
                    : "fallocate -l " + (free - left) + "M " + disk() + "/filler";
            succeed(command);
        }

        void makeRoom() {
            succeed("rm -f " + disk() + "/filler");
        }

        boolean holdsBallast() {
            return Files.exists(disk().resolve("keeper/ballast"));
        }

        /** The directory that the minidirector has for its disk. */
        private Path disk() {
            String root = onMachine("findmnt --noheadings --output FSROOT,SOURCE /var/vcap/store");
            return platform.below("disks").stream()
                    .filter(root::contains)
                    .map(cid -> platform.home().resolve("minidirector/disks/" + cid))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no disk: " + root));
        }

        /** Empty as long as it has said nothing. */
        String keeperLog() {
            Path log = vcap.resolve("sys/log/keeper/keeper.stdout.log");
            return Files.exists(log) ? read(log) : "";
        }

        /** The value of a setting of the server that runs on it; empty if none answers. */
        String setting(String name) {
            ObjectNode own = credentials.deepCopy().asObject();
            own.putArray("hosts").add(address);
            try (Connection connection = Database.connect(own, Map.of("targetServerType", "any"));
                    ResultSet row = connection.createStatement().executeQuery("show " + name)) {
                row.next();
                return row.getString(1);
            } catch (SQLException away) {
                return "";
            }
        }

        /** What ALTER SYSTEM has set on it. */
        String systemSettings() {
            return onMachine("cat /var/vcap/store/postgres/current/postgresql.auto.conf");
        }

        /** Runs a shell command on the machine, as its root. */
        Platform.Result run(String command) {
            return Platform.bash(
                    "sh " + Platform.MACHINE + " enter " + vcap.getParent() + " bash -c '" + command + "'");
        }

        private String onMachine(String command) {
            return run(command).output();
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
            if (cid.endsWith(DELETED)) {
                continue;
            }
            Path vcap = platform.home().resolve("minidirector/machines/" + cid + "/vcap");
            Path owner = vcap.resolve("instance/deployment");
            try {
                if (Files.exists(owner)
                        && read(owner).strip().equals(deployment)
                        && Files.exists(vcap.resolve("data/jobs/keeper/config/keeper.json"))) {
                    Node node = new Node(vcap);
                    nodes.put(node.name(), node);
                }
            } catch (UncheckedIOException gone) {
                // The machine was deleted at this moment.
            }
        }
        return nodes;
    }

    Optional<Node> findNode(String name) {
        return Optional.ofNullable(nodes().get(name));
    }

    /** Lets everything go on that was stopped. */
    void thaw() {
        nodes().values().forEach(Node::thaw);
    }

    Node awaitPrimaryOtherThan(Node before) {
        Platform.await(
                "another node is the primary",
                () -> findPrimary()
                        .filter(node -> !node.name().equals(before.name()))
                        .isPresent());
        return primary();
    }

    void awaitSuccessors(Node primary, int count) {
        Platform.await(count + " could take over from " + primary, () -> successors(primary) >= count);
    }

    /** How many standbys have caught up with a primary's own history, so that they could take over from it. */
    private long successors(Node primary) {
        Optional<Long> promotion = primary.findMetric("paddock_promotion");
        return nodes().values().stream()
                .filter(node -> promotion.isPresent()
                        && node.is("replica")
                        && node.findMetric("paddock_promotion").equals(promotion))
                .count();
    }

    Optional<Node> findPrimary() {
        return nodes().values().stream().filter(node -> node.is("primary")).findFirst();
    }

    Node primary() {
        AtomicReference<Node> found = new AtomicReference<>();
        Platform.await("there is a primary", () -> {
            findPrimary().ifPresent(found::set);
            return found.get() != null;
        });
        return found.get();
    }

    List<Node> standbys() {
        return nodes().values().stream().filter(node -> !node.is("primary")).toList();
    }

    /** One primary, and two standbys that could take over. */
    void awaitHealthy() {
        try {
            Platform.await(
                    "one primary and two standbys",
                    () -> nodes().values().stream()
                                            .filter(node -> node.is("primary"))
                                            .count()
                                    == 1
                            && nodes().size() == 3
                            && findPrimary()
                                    .filter(primary -> successors(primary) == 2)
                                    .isPresent());
        } catch (AssertionError late) {
            throw new AssertionError(late.getMessage() + "\n" + logs(), late);
        }
    }

    /** How often each machine's keeper said a line with this in it. */
    Map<Path, Long> timesSaid(String words) {
        Map<Path, Long> times = new HashMap<>();
        nodes().values()
                .forEach(node -> times.put(
                        node.vcap(),
                        node.keeperLog()
                                .lines()
                                .filter(line -> line.contains(words))
                                .count()));
        return times;
    }

    /** When the first keeper said a line with this in it, since a moment; {@code \n} stands for the line's end. */
    Optional<Instant> firstSaid(String words, Instant since) {
        return nodes().values().stream()
                .flatMap(node -> node.keeperLog().lines())
                .filter(line -> (line + "\n").contains(words) && line.startsWith("20"))
                .map(line -> Instant.parse(line.substring(0, line.indexOf(' '))))
                .filter(at -> !at.isBefore(since))
                .min(Comparator.naturalOrder());
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

    /** What the director does with the deployment now ends as soon as it can. */
    void cancelTasks() {
        Matcher running = Pattern.compile("\"id\":(\\d+)")
                .matcher(platform.director("/tasks?state=processing\\&deployment=" + deployment));
        while (running.find()) {
            platform.director("/task/" + running.group(1) + " -X DELETE");
        }
    }

    /**
     * What an operator does with {@code bosh deploy}: changes the manifest, and waits for the end of the task, whose state this is.
     *
     * @param options as a query, such as {@code ?recreate=true}
     */
    String deploy(String options, UnaryOperator<String> change) {
        JsonNode answer = JSON.readTree(platform.director("/deployments/" + deployment));
        Path manifest = platform.home().resolve(deployment + ".yml");
        try {
            Files.writeString(manifest, change.apply(answer.path("manifest").asString()));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return platform.task(
                "/deployments" + options + " -X POST -H Content-Type:text/yaml --data-binary @" + manifest);
    }

    /** {@code bosh restart}, {@code bosh recreate} and so on of one node; the task's state in the end. */
    String change(Node node, String state) {
        return platform.task("/deployments/" + deployment + "/jobs/postgres/"
                + node.name().replaceAll(".*-", "") + "?state=" + state + " -X PUT -H Content-Type:text/yaml");
    }

    void awaitMachines(int count) {
        Platform.await(count + " machines", () -> nodes().size() == count);
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

    /** Moves a node to a file system of that size, while its machine is lost, and waits until it is back. */
    Node limitDisk(String name, int mebibytes) {
        resurrection(false);
        Node node = nodes().get(name);
        Path disk = node.disk();
        node.lose();
        Path kept = platform.home().resolve("kept");
        succeed("cp -a " + disk + " " + kept + " && mount -t tmpfs -o size=" + mebibytes + "m,mode=755 paddock-"
                + disk.getFileName() + " " + disk + " && cp -a " + kept + "/. " + disk + " && rm -rf " + kept);
        repair();
        return nodes().get(name);
    }

    /** Whoever deletes disks finds no file system in them any more. */
    void giveDisksBack() {
        platform.below("disks")
                .forEach(cid -> Platform.bash("umount --lazy " + platform.home() + "/minidirector/disks/" + cid));
    }

    private static void succeed(String command) {
        Platform.Result result = Platform.bash(command);
        if (result.exitCode() != 0) {
            throw new AssertionError(command + "\n" + result.output());
        }
    }

    /** Makes the machines that were lost anew, and waits until that is done. */
    void repair() {
        resurrection(true);
        Platform.await("all machines are back", () -> {
            try (Stream<Node> all = nodes().values().stream()) {
                return all.filter(node -> node.ask("/health").isPresent()).count()
                        == credentials.path("hosts").size();
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
