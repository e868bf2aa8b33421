package io.paddock.keeper;

import io.paddock.keeper.cluster.Records;
import io.paddock.keeper.consul.Access;
import io.paddock.keeper.consul.Consul;
import io.paddock.keeper.consul.ConsulAgent;
import io.paddock.keeper.decision.Timing;
import io.paddock.keeper.leash.Leash;
import io.paddock.keeper.peer.KeeperServer;
import io.paddock.keeper.peer.PeerClient;
import io.paddock.keeper.postgres.Repmgr;
import io.paddock.keeper.system.BootClock;
import io.paddock.keeper.system.Log;
import io.paddock.keeper.system.NodeTls;
import io.paddock.keeper.system.Settings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;

/** Starts the keeper of a node. Its one argument is the file that {@link Settings} describes. */
public final class KeeperApplication {

    private static final Path VCAP = Path.of("/var/vcap");

    private KeeperApplication() {}

    public static void main(String[] arguments) throws IOException, GeneralSecurityException {
        if (arguments.length != 1) {
            System.err.println("usage: keeper SETTINGS");
            System.exit(2);
        }
        Settings settings = Settings.read(Path.of(arguments[0]));
        Path ca = VCAP.resolve("jobs/postgres/config/ca.pem");
        Path own = VCAP.resolve("store/keeper/tls");
        NodeTls node = new NodeTls(own.resolve("node.pem"), own.resolve("node.pk8"), ca);
        Path ofPostgres = VCAP.resolve("store/postgres/tls");
        NodeTls postgres = new NodeTls(ofPostgres.resolve("server.pem"), ofPostgres.resolve("server.pk8"), ca);
        Access.Tokens tokens = Access.Tokens.read(own);
        SSLContext context = node.context();
        HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .sslContext(context)
                .connectTimeout(Duration.ofMillis(800))
                .executor(Executors.newFixedThreadPool(2, work -> {
                    Thread thread = new Thread(work, "http-client");
                    thread.setDaemon(true);
                    return thread;
                }))
                .build();
        Timing timing = Timing.DEFAULT;
        Keeper keeper = new Keeper(
                settings,
                timing,
                new BootClock(),
                new Leash(VCAP.resolve("sys/run/postgres/leash")),
                Store.at(VCAP.resolve("store"), VCAP.resolve("packages/postgres/bin")),
                new Repmgr(VCAP.resolve("jobs"), settings),
                new Records(VCAP.resolve("instance/dns/records.json"), settings),
                new Consul(
                        http,
                        URI.create("https://" + settings.address() + ":" + ConsulAgent.HTTPS),
                        settings.node(),
                        tokens,
                        timing),
                new ConsulAgent(
                        VCAP.resolve("store/consul"),
                        settings,
                        node,
                        Files.readString(own.resolve("gossip.key")),
                        tokens),
                new PeerClient(http, settings.port()),
                postgres);
        keeper.start();
        new KeeperServer(
                        new InetSocketAddress(settings.address(), settings.port()),
                        context,
                        keeper::isPeer,
                        keeper.endpoints())
                .start();
        Log.info("keeper of " + settings.node() + " at " + settings.address() + ":" + settings.port()
                + ", speaks protocol " + settings.protocol());
        keeper.run();
    }
}
