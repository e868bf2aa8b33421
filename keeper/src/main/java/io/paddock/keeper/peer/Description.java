package io.paddock.keeper.peer;

import io.paddock.keeper.cluster.Membership;
import io.paddock.keeper.decision.Lineage;
import io.paddock.keeper.decision.Local.Postgres;
import io.paddock.keeper.decision.Members;
import io.paddock.keeper.decision.Peer;
import io.paddock.keeper.decision.Position;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A node, as its own keeper sees it.
 *
 * @param protocol that it speaks, at most the one of whoever asked
 * @param isAnew whether its position is what PostgreSQL said after the question, since that asked for it
 * @param lineage of its data
 * @param timeline PostgreSQL's number of the history that it writes, or receives now; 0 if it does neither
 * @param canLead whether it could become the primary
 * @param silent nodes of which it has not heard for long
 * @param streams whether it is a standby that hears its upstream
 * @param members empty if it has not met a cluster yet
 * @param isEmpty whether it has neither data nor a cluster: the sign of a first deployment
 * @param isFounding whether it founds the cluster, so that no server for the lock can have run before
 * @param isReady whether it is a primary that others can be made from: in repmgr's tables, with a checkpoint of its own
 * @param hasRoom whether there is ample room on its disk
 * @param joins whether it would take a vote: it has no server of a former lock any more
 * @param isLeaving whether it is about to be deleted
 * @param preparedFor since when its jobs have been what they are, in seconds: who was updated lately is the younger one
 * @param given whether it gave its word, if it was asked for that
 * @param reason why, or why not
 */
public record Description(
        int protocol,
        Postgres postgres,
        Position position,
        boolean isAnew,
        Lineage lineage,
        int timeline,
        boolean canLead,
        Set<String> silent,
        boolean streams,
        Optional<Members> members,
        boolean isEmpty,
        boolean isFounding,
        boolean isReady,
        boolean hasRoom,
        boolean joins,
        boolean isLeaving,
        long preparedFor,
        boolean given,
        String reason) {

    Map<String, Object> json() {
        Map<String, Object> json = new HashMap<>();
        json.put("protocol", protocol);
        // Who speaks an older protocol does not know what is unfinished.
        Postgres told = postgres == Postgres.UNFINISHED && protocol < Protocol.MEMBERSHIP ? Postgres.ABSENT : postgres;
        json.put("postgres", told.name());
        json.put("promotion", position.promotion());
        json.put("lsn", position.lsn());
        json.put("anew", isAnew);
        json.put(
                "lineage",
                lineage.promotions().stream()
                        .map(begun -> Map.of("promotion", begun.promotion(), "lsn", begun.lsn()))
                        .toList());
        json.put("timeline", timeline);
        json.put("can_lead", canLead);
        json.put("silent", List.copyOf(new TreeSet<>(silent)));
        json.put("streams", streams);
        members.ifPresent(known -> json.put("members", Membership.json(known)));
        json.put("empty", isEmpty);
        json.put("founding", isFounding);
        json.put("ready", isReady);
        json.put("room", hasRoom);
        json.put("given", given);
        json.put("reason", reason);
        if (protocol >= Protocol.MEMBERSHIP) {
            json.put("joins", joins);
            json.put("leaving", isLeaving);
            json.put("prepared_for", preparedFor);
        }
        return json;
    }

    /** @param spoken by the one who asked */
    static Description parse(Map<String, Object> json, int spoken) {
        int protocol = Math.min(Protocol.of(json), spoken);
        boolean tellsMore = protocol >= Protocol.MEMBERSHIP;
        return new Description(
                protocol,
                Postgres.valueOf(Json.text(json, "postgres")),
                new Position((int) Json.number(json, "promotion"), Json.number(json, "lsn")),
                Json.flag(json, "anew"),
                new Lineage(
                        list(json, "lineage").stream().map(Description::begun).toList()),
                (int) Json.number(json, "timeline"),
                Json.flag(json, "can_lead"),
                list(json, "silent").stream().map(String::valueOf).collect(Collectors.toSet()),
                Json.flag(json, "streams"),
                json.get("members") instanceof Map<?, ?> members
                        ? Optional.of(Membership.parse(members))
                        : Optional.empty(),
                Json.flag(json, "empty"),
                Json.flag(json, "founding"),
                Json.flag(json, "ready"),
                Json.flag(json, "room"),
                tellsMore && Json.flag(json, "joins"),
                tellsMore && Json.flag(json, "leaving"),
                tellsMore ? Json.number(json, "prepared_for") : Long.MAX_VALUE,
                Json.flag(json, "given"),
                Json.text(json, "reason"));
    }

    private static Lineage.Begun begun(Object entry) {
        if (entry instanceof Map<?, ?> begun
                && begun.get("promotion") instanceof Number promotion
                && begun.get("lsn") instanceof Number lsn) {
            return new Lineage.Begun(promotion.intValue(), lsn.longValue());
        }
        throw new IllegalArgumentException("not a promotion: " + entry);
    }

    private static List<?> list(Map<String, Object> json, String field) {
        return json.get(field) instanceof List<?> list ? list : List.of();
    }

    /** What decisions need of it. */
    public Peer at(Duration heardAt) {
        return new Peer(
                heardAt,
                postgres,
                position,
                isAnew,
                lineage,
                canLead,
                silent,
                streams,
                hasRoom,
                joins,
                isLeaving,
                members.map(Members::version).orElse(0L));
    }
}
