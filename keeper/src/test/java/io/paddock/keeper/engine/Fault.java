package io.paddock.keeper.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Something that goes wrong, or ends going wrong.
 *
 * @param node index of the node that it happens to
 * @param detail chooses among what may happen of that kind
 * @param pause milliseconds after it
 */
record Fault(Kind kind, int node, int detail, long pause) {

    private static final long LONGEST_PAUSE = 9_000;

    /** What it is; what can't happen to a node as it is does not. */
    enum Kind {
        KILL_POSTGRES {
            @Override
            void happen(SimulatedCluster cluster, SimulatedNode node, int detail) {
                node.killPostgres();
            }
        },
        KILL_POSTGRES_AGAIN {
            @Override
            void happen(SimulatedCluster cluster, SimulatedNode node, int detail) {
                node.killPostgres();
            }
        },
        FREEZE_POSTGRES {
            @Override
            void happen(SimulatedCluster cluster, SimulatedNode node, int detail) {
                node.freezePostgres();
            }
        },
        FREEZE_KEEPER {
            @Override
            void happen(SimulatedCluster cluster, SimulatedNode node, int detail) {
                node.freezeKeeper(true);
            }
        },
        KILL_KEEPER {
            @Override
            void happen(SimulatedCluster cluster, SimulatedNode node, int detail) {
                if (node.up && node.keeperRuns) {
                    node.killKeeper();
                }
            }
        },
        REPAIR_KEEPER {
            @Override
            void happen(SimulatedCluster cluster, SimulatedNode node, int detail) {
                if (node.up && !node.keeperRuns) {
                    node.startKeeper();
                } else if (node.up) {
                    node.freezeKeeper(false);
                }
            }
        },
        LOSE_OR_START_MACHINE {
            @Override
            void happen(SimulatedCluster cluster, SimulatedNode node, int detail) {
                if (node.up) {
                    node.loseMachine();
                } else {
                    node.startMachine();
                }
            }
        },
        CUT_OFF {
            @Override
            void happen(SimulatedCluster cluster, SimulatedNode node, int detail) {
                cluster.cutOff(node.id);
            }
        },
        CUT {
            @Override
            void happen(SimulatedCluster cluster, SimulatedNode node, int detail) {
                cluster.cut(node.id, another(node));
            }
        },
        CUT_ONE_WAY {
            @Override
            void happen(SimulatedCluster cluster, SimulatedNode node, int detail) {
                cluster.cutOneWay(node.id, another(node));
            }
        },
        HEAL_NETWORK {
            @Override
            void happen(SimulatedCluster cluster, SimulatedNode node, int detail) {
                cluster.healNetwork();
            }
        },
        LOCK_SERVERS {
            @Override
            void happen(SimulatedCluster cluster, SimulatedNode node, int detail) {
                cluster.lockServers(detail % 2 == 0);
            }
        },
        LOCK_AGENT {
            @Override
            void happen(SimulatedCluster cluster, SimulatedNode node, int detail) {
                node.lockAgent(detail % 4 > 0);
            }
        },
        BREAK_STARTS {
            @Override
            void happen(SimulatedCluster cluster, SimulatedNode node, int detail) {
                node.brokenStarts = detail % 6;
            }
        },
        LOSE_DISK {
            @Override
            void happen(SimulatedCluster cluster, SimulatedNode node, int detail) {
                // With two disks lost a majority of the data is: that is an operator's decision.
                boolean allHaveData = cluster.nodes.size() == 3
                        && cluster.nodes.values().stream()
                                .allMatch(other -> other.postgres().isWhole() && other.isOneOf(3));
                if (!node.up && allHaveData) {
                    node.loseDisk();
                }
            }
        },
        FILL_DISK {
            @Override
            void happen(SimulatedCluster cluster, SimulatedNode node, int detail) {
                node.fillDisk(detail % 3 > 0);
            }
        },
        HAND_OVER {
            @Override
            void happen(SimulatedCluster cluster, SimulatedNode node, int detail) {
                if (node.writes()) {
                    node.handOver(
                            new Switchover.Request(Optional.empty(), Switchover.Order.FURTHEST_FIRST, detail % 2 == 0));
                }
            }
        };

        abstract void happen(SimulatedCluster cluster, SimulatedNode node, int detail);

        private static String another(SimulatedNode node) {
            return node.id.equals("a") ? "b" : "a";
        }
    }

    static List<Fault> some(int number, Random random) {
        List<Fault> faults = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            faults.add(new Fault(
                    Kind.values()[random.nextInt(Kind.values().length)],
                    random.nextInt(3),
                    random.nextInt(12),
                    random.nextInt((int) LONGEST_PAUSE)));
        }
        return faults;
    }

    /** Happens, and lets its pause pass. */
    void happen(SimulatedCluster cluster) {
        List<SimulatedNode> nodes = List.copyOf(cluster.nodes.values());
        kind.happen(cluster, nodes.get(node % nodes.size()), detail);
        cluster.run(pause);
    }
}
