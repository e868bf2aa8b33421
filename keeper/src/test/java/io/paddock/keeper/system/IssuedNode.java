package io.paddock.keeper.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the job's own script issues for a node; nodes in the same directory have the same CA. */
public record IssuedNode(Path directory) {

    private static final Path SCRIPT = Path.of("../release/jobs/postgres/templates/bin/issue-certificate");

    public static IssuedNode in(Path cluster, String instance, String address)
            throws IOException, InterruptedException {
        Path directory = Files.createDirectories(cluster.resolve(instance));
        Files.writeString(directory.resolve("env"), """
                CONFIG=%1$s
                STORE=%2$s/postgres
                KEEPER_STORE=%2$s/keeper
                INSTANCE=%3$s
                CERTIFICATE_NAMES=IP:%4$s
                CERTIFICATE_DAYS=1
                as_vcap() { "$@"; }
                """.formatted(cluster, directory, instance, address));
        Files.writeString(
                directory.resolve("issue"),
                Files.readString(SCRIPT).replace("/var/vcap/jobs/postgres/bin/env", directory + "/env"));
        String script = """
                set -e
                [ -e ca.key ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj /CN=ca -days 1
                exec bash "$1/issue"
                """;
        Process process = new ProcessBuilder("bash", "-c", script, "issue", directory.toString())
                .directory(cluster.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        assertThat(process.waitFor())
                .as(() -> {
                    try {
                        return Files.readString(directory.resolve("log"));
                    } catch (IOException unread) {
                        return unread.toString();
                    }
                })
                .isZero();
        return new IssuedNode(directory);
    }

    /** What only keeper and Consul have. */
    public Path secrets() {
        return directory.resolve("keeper/tls");
    }

    public NodeTls node() {
        return tls(secrets(), "node");
    }

    public NodeTls ofPostgres() {
        return tls(directory.resolve("postgres/tls"), "server");
    }

    private NodeTls tls(Path place, String name) {
        return new NodeTls(
                place.resolve(name + ".pem"), place.resolve(name + ".pk8"), directory.resolveSibling("ca.pem"));
    }
}
