package io.paddock.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * The boundary from the server's user to root: what that user lays in its directories leads root, whose scripts work there, to a file of root's. Whoever
 * gets that far writes it, or owns it.
 */
@Tag("security")
class ServerUserToRootTest {

    private static final Platform PLATFORM = Platform.shared();
    private static final boolean ROOT = "root".equals(System.getProperty("user.name"));
    private static final String VICTIM = "/var/vcap/data/victim";
    private static final String VICTIMS_DIRECTORY = "/var/vcap/data/victims";

    private static final String PRE_START = "/var/vcap/jobs/postgres/bin/pre-start";
    private static final String DRAIN = "/var/vcap/jobs/postgres/bin/drain";

    private static String id;
    private static Cluster.Node node;

    /**
     * @param lays what the server's user does
     * @param springs what root does then; empty for a restart by the director
     */
    private record Attack(String name, String lays, String springs) {

        @Override
        public String toString() {
            return name;
        }
    }

    private static final String STORE = "/var/vcap/store/postgres";
    private static final String RUN = "/var/vcap/sys/run/postgres";
    private static final String LOG = "/var/vcap/sys/log/postgres";

    static Stream<Attack> worst() {
        return Stream.of(
                new Attack(
                        "the data's configuration",
                        "ln -sf " + VICTIM + " " + STORE + "/15/postgresql.conf",
                        PRE_START),
                new Attack(
                        "the certificate's directory",
                        "mv " + STORE + "/tls " + STORE + "/kept; ln -s " + VICTIMS_DIRECTORY + " " + STORE + "/tls",
                        PRE_START),
                new Attack(
                        "a script's log",
                        "rm -f " + LOG + "/pre-start.*; ln -s " + VICTIM + " " + LOG + "/pre-start.stdout.log; ln -s "
                                + VICTIM + " " + LOG + "/pre-start.stderr.log",
                        ""));
    }

    static Stream<Attack> others() {
        return Stream.of(
                new Attack(
                        "the data's directory",
                        "mv " + STORE + "/15 " + STORE + "/kept; mkdir -p " + STORE + "/links; ln -s "
                                + VICTIMS_DIRECTORY + " " + STORE + "/15",
                        PRE_START),
                new Attack(
                        "the link to the data",
                        "mv " + STORE + "/current " + STORE + "/kept; ln -s " + VICTIMS_DIRECTORY + " " + STORE
                                + "/current",
                        PRE_START),
                new Attack("a key", "ln -sf " + VICTIM + " " + STORE + "/tls/server.key", PRE_START),
                new Attack("a certificate", "ln -sf " + VICTIM + " " + STORE + "/tls/server.pem", PRE_START),
                new Attack("a link among the certificates", "ln -sf " + VICTIM + " " + STORE + "/tls/extra", PRE_START),
                new Attack("another key", "ln -sf " + VICTIM + " " + STORE + "/tls/server.pk8", PRE_START),
                new Attack(
                        "the leash's orders",
                        "mv " + RUN + "/leash " + RUN + "/kept; mkdir " + RUN + "/leash; ln -s " + VICTIM + " " + RUN
                                + "/leash/orders; echo - ok stopped 0 1 >" + RUN + "/leash/status",
                        DRAIN),
                new Attack(
                        "the leash's directory",
                        "mv " + RUN + "/leash " + RUN + "/kept; ln -s " + VICTIMS_DIRECTORY + " " + RUN + "/leash",
                        DRAIN),
                new Attack("the log of bpm", "rm -f " + LOG + "/bpm.log; ln -s " + VICTIM + " " + LOG + "/bpm.log", ""),
                new Attack(
                        "a directory of logs",
                        "mv " + LOG + "/ /var/vcap/sys/log/kept; ln -s " + VICTIMS_DIRECTORY + " " + LOG,
                        ""),
                new Attack(
                        "a FIFO in the place of a log",
                        "rm -f " + LOG + "/pre-start.stdout.log; mkfifo " + LOG + "/pre-start.stdout.log",
                        ""),
                new Attack(
                        "the directory for temporary files",
                        "rmdir /var/vcap/data/postgres/tmp; ln -s " + VICTIMS_DIRECTORY
                                + " /var/vcap/data/postgres/tmp",
                        ""));
    }

    @BeforeAll
    static void create() {
        Broker broker = PLATFORM.broker();
        id = broker.create(Map.of());
        broker.awaitReady(id);
        JsonNode credentials = broker.bind(id, "app").body().path("credentials");
        node = new Cluster(PLATFORM, id, credentials).nodes().get(Growth.SINGLE);
    }

    @AfterAll
    static void delete() {
        PLATFORM.broker().delete(id);
        PLATFORM.broker().awaitGone(id);
    }

    @ParameterizedTest
    @MethodSource("worst")
    @Tag("verify")
    void theWorst(Attack attack) {
        rootIsNotLed(attack);
    }

    @ParameterizedTest
    @MethodSource("others")
    void rootIsNotLed(Attack attack) {
        assumeTrue(ROOT, "who is not root has nothing to lose");
        asRoot("printf secret >" + VICTIM + "; chmod 0600 " + VICTIM + "; rm -rf " + VICTIMS_DIRECTORY
                + "; mkdir -m 0700 " + VICTIMS_DIRECTORY + "; printf secret >" + VICTIMS_DIRECTORY
                + "/server.key; printf 15 >" + VICTIMS_DIRECTORY + "/PG_VERSION");
        String before = victims();
        node.run("setpriv --reuid=vcap --regid=vcap --clear-groups bash -c \"" + attack.lays() + "\"");
        try {
            if (attack.springs().isEmpty()) {
                assertThat(restart()).isIn("done", "error");
            } else {
                node.run("timeout 60 " + attack.springs());
            }

            assertThat(victims()).isEqualTo(before);
        } finally {
            undo();
        }
    }

    /** Their owners, modes and contents. */
    private static String victims() {
        return asRoot("stat -c \"%n %U %a %s\" " + VICTIM + " " + VICTIMS_DIRECTORY + " " + VICTIMS_DIRECTORY
                + "/*; cat " + VICTIM + " " + VICTIMS_DIRECTORY + "/*");
    }

    private static void undo() {
        asRoot("for d in " + STORE + " " + RUN
                + "; do for n in tls current 15 leash; do [ ! -L $d/$n ] || [ ! -e $d/kept ] || rm -f $d/$n; done; done;"
                + " if [ -e " + RUN + "/kept ]; then rm -rf " + RUN + "/leash; mv " + RUN + "/kept " + RUN
                + "/leash; fi");
        asRoot("if [ -L " + STORE + "/kept ]; then rm -f " + STORE + "/current; mv -T " + STORE + "/kept " + STORE
                + "/current;"
                + " elif [ -f " + STORE + "/kept/PG_VERSION ]; then rm -rf " + STORE + "/15; mv -T " + STORE + "/kept "
                + STORE + "/15;"
                + " elif [ -d " + STORE + "/kept ]; then rm -rf " + STORE + "/tls; mv -T " + STORE + "/kept " + STORE
                + "/tls; fi;"
                + " rm -rf " + STORE + "/tls/extra " + STORE + "/links; find " + STORE + "/tls " + STORE
                + "/15/postgresql.conf " + LOG + " -type l -delete;"
                + " [ ! -L /var/vcap/data/postgres/tmp ] || rm /var/vcap/data/postgres/tmp");
        asRoot(PRE_START);
        assertThat(restart()).isEqualTo("done");
    }

    private static String restart() {
        return PLATFORM.task("/deployments/service-instance-" + id
                + "/jobs/postgres/0?state=restart -X PUT -H Content-Type:text/yaml");
    }

    private static String asRoot(String command) {
        return node.run(command).output();
    }

    @Test
    @Tag("verify")
    void theCertificateAuthoritysKeyIsRootsAlone() {
        assumeTrue(ROOT, "who is not root is the server's user");
        Platform.Result read =
                node.run("setpriv --reuid=vcap --regid=vcap --clear-groups cat /var/vcap/jobs/postgres/config/ca.key");

        assertThat(read.exitCode()).isNotZero();
        assertThat(read.output()).contains("Permission denied");
        assertThat(asRoot("stat -c %a /tmp").strip()).isEqualTo("1777");
        assertThat(Files.exists(Path.of("/dev/shm/paddock-of-a-machine"))).isFalse();
        asRoot("touch /dev/shm/paddock-of-a-machine /var/tmp/paddock-of-a-machine");
        assertThat(Files.exists(Path.of("/dev/shm/paddock-of-a-machine"))).isFalse();
        assertThat(Files.exists(Path.of("/var/tmp/paddock-of-a-machine"))).isFalse();
    }
}
