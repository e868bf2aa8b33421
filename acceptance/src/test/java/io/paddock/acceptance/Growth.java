package io.paddock.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/** A single node that becomes a cluster while applications write and something goes wrong. */
final class Growth {

    static final String SINGLE = "postgres-0";

    private final Platform platform;
    private final Broker broker;

    Growth(Platform platform) {
        this.platform = platform;
        this.broker = platform.broker();
    }

    /** How far a growth has come. */
    enum Moment {
        MACHINES(cluster -> cluster.nodes().size() == 3),
        FIRST_IS_CLONING(cluster -> joiners(cluster).anyMatch(node -> node.hasSaid(SINGLE + " is the primary"))),
        FIRST_FOLLOWS(cluster -> joiners(cluster).anyMatch(node -> node.hasSaid("follows " + SINGLE))),
        SECOND_IS_CLONING(cluster -> joiners(cluster)
                        .filter(node -> node.hasSaid(SINGLE + " is the primary"))
                        .count()
                == 2),
        BOTH_FOLLOW(cluster -> joiners(cluster)
                        .filter(node -> node.hasSaid("follows " + SINGLE))
                        .count()
                == 2),
        VOTE(cluster -> cluster.nodes().get(SINGLE).hasSaid("the voters are [" + SINGLE + ", ")),
        LOCK(cluster -> cluster.nodes().get(SINGLE).hasSaid("has the lock\n"));

        private final Predicate<Cluster> reached;

        Moment(Predicate<Cluster> reached) {
            this.reached = reached;
        }

        private static java.util.stream.Stream<Cluster.Node> joiners(Cluster cluster) {
            return cluster.nodes().values().stream().filter(node -> !node.name().equals(SINGLE));
        }
    }

    /** What goes wrong then. */
    enum Fault {
        JOINER_LOST((platform, cluster) -> youngest(cluster).lose()),
        JOINER_KILLED((platform, cluster) -> {
            for (String process : List.of("postgres", "keeper", "consul")) {
                youngest(cluster).signal("KILL", process);
            }
        }),
        PRIMARY_KILLED((platform, cluster) -> cluster.nodes().get(SINGLE).signalPostgres("KILL")),
        KEEPER_KILLED((platform, cluster) -> cluster.nodes().get(SINGLE).signal("KILL", "keeper")),
        PRIMARY_LOST((platform, cluster) -> cluster.nodes().get(SINGLE).lose()),
        /** The single node's data are what the others have, so this may come only when they have a vote. */
        PRIMARY_LOST_WITH_DISK(
                (platform, cluster) -> cluster.nodes().get(SINGLE).loseWithDisk()),
        /** Needs network namespaces. */
        PRIMARY_CUT_OFF((platform, cluster) -> {
            Cluster.Node primary = cluster.nodes().get(SINGLE);
            cluster.cutOff(primary, false);
            Platform.await(
                    "the cut is noticed",
                    () -> Moment.joiners(cluster)
                            .anyMatch(node -> node.ask("/replica")
                                    .filter(status -> status == 503)
                                    .isPresent()));
            primary.reconnect();
        }),
        DIRECTOR_KILLED((platform, cluster) -> {
            platform.signal("minidirector", "KILL");
            platform.paddock("up");
        }),
        CANCELLED((platform, cluster) -> cluster.cancelTasks());

        private final BiConsumer<Platform, Cluster> happens;

        Fault(BiConsumer<Platform, Cluster> happens) {
            this.happens = happens;
        }

        boolean hitsThePrimary() {
            return name().startsWith("PRIMARY") || this == KEEPER_KILLED;
        }

        private static Cluster.Node youngest(Cluster cluster) {
            return Moment.joiners(cluster)
                    .filter(node -> node.hasSaid(SINGLE + " is the primary"))
                    .reduce((one, two) -> two)
                    .or(() -> Moment.joiners(cluster).findFirst())
                    .orElseThrow();
        }
    }

    /**
     * How it ended.
     *
     * @param grown whether the wanted plan was reached at once; the old one, and the wanted one by a repeat, otherwise
     * @param writers two servers that took writes at the same time, which must not be
     */
    record End(boolean grown, long acknowledged, Set<Long> lost, Optional<String> writers, String logs) {}

    End under(Fault fault, Moment moment) throws SQLException {
        String id = broker.create(Map.of());
        broker.awaitReady(id);
        JsonNode credentials = broker.bind(id, "before").body().path("credentials");
        Cluster cluster = new Cluster(platform, id, credentials);
        try (Load load = Load.start(credentials, 2)) {
            broker.update(id, Map.of("plan_id", Broker.CLUSTER_SMALL));
            Platform.await(
                    "the growth comes to " + moment,
                    () -> moment.reached.test(cluster) || !broker.state(id).equals("in progress"));
            fault.happens.accept(platform, cluster);
            boolean grown = broker.ended(id).path("state").asString().equals("succeeded");
            if (!grown) {
                isSingleAndWrites(id, cluster, load);
                cluster.awaitMachines(1);
                broker.updated(id, Map.of("plan_id", Broker.CLUSTER_SMALL));
            }
            JsonNode all = broker.bind(id, "after").body().path("credentials");
            assertThat(all.path("hosts").size()).isEqualTo(3);
            load.rebind(all);
            Cluster whole = new Cluster(platform, id, all);
            whole.awaitHealthy();
            load.awaitProbes(20);
            return new End(grown, load.acknowledged(), load.lost(), load.twoWriters(), whole.logs());
        } finally {
            broker.delete(id);
            broker.awaitGone(id);
        }
    }

    private void isSingleAndWrites(String id, Cluster cluster, Load load) {
        JsonNode operation = broker.lastOperation(id).body();
        assertThat(operation.path("instance_usable").asBoolean(false))
                .as(operation + "\n" + cluster.logs())
                .isTrue();
        assertThat(broker.fetch(id).body().path("plan_id").asString()).isEqualTo(Broker.SMALL);
        load.awaitProbes(20);
    }
}
