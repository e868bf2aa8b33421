package io.paddock.keeper;

import io.paddock.keeper.cluster.Founding;
import io.paddock.keeper.cluster.Membership;
import io.paddock.keeper.decision.Lineage;
import io.paddock.keeper.decision.Members;
import io.paddock.keeper.engine.Event;
import io.paddock.keeper.peer.Description;
import io.paddock.keeper.postgres.DataDirectory;
import io.paddock.keeper.postgres.History;
import io.paddock.keeper.system.Log;
import io.paddock.keeper.system.Settings;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** How a node that knows no cluster finds the one that it belongs to, or founds it. */
final class Meeting {

    private final Settings settings;
    private final DataDirectory data;
    private final Membership membership;
    private final Founding founding;
    private final History history;
    private final Core core;
    private final Observer observer;
    private String said = "";

    Meeting(Settings settings, Store store, History history, Core core, Observer observer) {
        this.settings = settings;
        this.data = store.data();
        this.membership = store.membership();
        this.founding = store.founding();
        this.history = history;
        this.core = core;
        this.observer = observer;
    }

    /** Asks everybody anew once it knows its cluster. */
    void attend() throws IOException {
        if (membership.members().isEmpty()) {
            findOrFound().ifPresentOrElse(this::say, () -> core.tell(new Event.OthersWanted()));
        }
    }

    private void say(String reason) {
        if (!reason.equals(said)) {
            said = reason;
            Log.info(reason);
        }
    }

    /** @return why it does not know its cluster yet; empty once it does */
    private Optional<String> findOrFound() throws IOException {
        Map<String, String> nodes = observer.nodes();
        List<Description> others = core.picture().heardOthers();
        Optional<Members> known = others.stream()
                .flatMap(description -> description.members().stream())
                .max(Comparator.comparingLong(Members::version));
        if (known.isPresent()) {
            if (membership.learn(known.get())) {
                Log.info("belongs to the cluster of " + known.get().voters());
            }
            return Optional.empty();
        }
        if (data.exists()) {
            if (nodes.size() > 1) {
                return Optional.of("has data, but does not know its cluster; the others have to say");
            }
            // Of a release that had no keepers: a database that stood alone.
            history.adopt(Lineage.FIRST);
            membership.learn(new Members(1, Set.of(settings.node())));
            return Optional.empty();
        }
        if (settings.bootstrap()
                && others.size() == nodes.size() - 1
                && others.stream().allMatch(Description::isEmpty)) {
            Log.info("founds the cluster of " + nodes.keySet());
            founding.begin();
            membership.learn(new Members(1, nodes.keySet()));
            return Optional.empty();
        }
        return Optional.of("waits for the other nodes of a first deployment, or for one that knows the cluster");
    }
}
