package io.paddock.keeper.engine;

import io.paddock.keeper.decision.Lineage;
import io.paddock.keeper.decision.Local.Postgres;
import io.paddock.keeper.decision.Members;
import io.paddock.keeper.decision.Position;
import io.paddock.keeper.peer.Description;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** What node "a" of three sees, and what the others say, for tests. */
final class Views {

    static final Members MEMBERS = new Members(1, Set.of("a", "b", "c"));

    private Views() {}

    static Duration at(double seconds) {
        return Duration.ofMillis(Math.round(seconds * 1000));
    }

    /** A server that runs and answers, or does not run. */
    static View of(Postgres state, double seconds) {
        return of(state, state == Postgres.PRIMARY || state == Postgres.STANDBY, seconds);
    }

    static View of(Postgres state, boolean answers, double seconds) {
        boolean isStandby = state == Postgres.STANDBY;
        return new View(
                at(seconds),
                MEMBERS.voters(),
                Optional.of(MEMBERS),
                new Server(
                        state,
                        answers,
                        isStandby,
                        new Server.Log(1000, 1000, 1000, 1),
                        isStandby
                                ? new Server.Upstream(Optional.of("b"), Optional.of(at(seconds)), true)
                                : Server.Upstream.NONE,
                        Optional.empty(),
                        false),
                Lineage.FIRST,
                new View.Node(false, true, false, true, false, 1, Duration.ofMinutes(1)));
    }

    static View withFullDisk(View view) {
        return new View(
                view.now(),
                view.listed(),
                view.members(),
                view.server(),
                view.lineage(),
                new View.Node(false, true, true, false, false, 1, Duration.ofMinutes(1)));
    }

    static Description saying(Postgres state) {
        return saying(state, Lineage.FIRST, true);
    }

    /** @param given whether it gives its word */
    static Description saying(Postgres state, Lineage lineage, boolean given) {
        return new Description(
                3,
                state,
                new Position(lineage.last(), 1000),
                true,
                lineage,
                1,
                true,
                Set.of(),
                state == Postgres.STANDBY,
                Optional.of(MEMBERS),
                false,
                false,
                state == Postgres.PRIMARY,
                true,
                true,
                false,
                60,
                given,
                "");
    }
}
