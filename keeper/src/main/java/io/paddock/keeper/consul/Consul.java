package io.paddock.keeper.consul;

import static io.paddock.keeper.consul.ConsulHttp.expect;

import com.fasterxml.jackson.jr.ob.JSON;
import io.paddock.keeper.cluster.Membership;
import io.paddock.keeper.decision.Lock;
import io.paddock.keeper.decision.Members;
import io.paddock.keeper.decision.Promotion;
import io.paddock.keeper.decision.Timing;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The cluster's lock, its count of promotions and its voters, asked of the Consul server on this node. Three keys: {@code paddock/primary} is the
 * lock, its value the node that took it; {@code paddock/promotion} and {@code paddock/members} are changed by the lock's holder only, each time by
 * check-and-set.
 */
public final class Consul {

    /** Consul lets a session live up to twice as long; who is silent is deposed long before. */
    private static final String TTL = "10s";

    private static final String LOCK = "paddock/primary";
    private static final String PROMOTION = "paddock/promotion";
    private static final String MEMBERS = "paddock/members";

    private final Access access;
    private final String node;
    private final Timing timing;

    public Consul(HttpClient http, URI agent, String node, Access.Tokens tokens, Timing timing) {
        this.access = new Access(new ConsulHttp(http, agent), node, tokens);
        this.node = node;
        this.timing = timing;
    }

    /** Who may ask at all. */
    public Access access() {
        return access;
    }

    /**
     * What a consistent read showed: the leader asked a majority, so that a server that was cut off can't answer with the past.
     *
     * @param session of the lock's holder, empty if it is free
     * @param promotionIndex for the next check-and-set
     * @param members empty if nobody has written them down yet
     * @param membersIndex for the next check-and-set
     */
    public record Reading(
            Lock lock, String session, long promotionIndex, Optional<Members> members, long membersIndex) {

        /** Before the first one. */
        public static final Reading NOTHING = new Reading(Lock.UNKNOWN, "", 0, Optional.empty(), 0);

        /** The same, if the lock were like this. */
        private Reading with(Lock other, String otherSession) {
            return new Reading(other, otherSession, promotionIndex, members, membersIndex);
        }
    }

    /**
     * @param askedAt for {@link Lock#readAt}
     * @throws IOException if there is no leader or no answer: then nothing is known
     */
    public Reading read(Duration askedAt) throws IOException, InterruptedException {
        HttpResponse<String> answer = access.send("GET", "/v1/kv/paddock?recurse&consistent", "");
        if (answer.statusCode() == 404) {
            return Reading.NOTHING.with(Lock.free(askedAt), "");
        }
        expect(answer, 200);
        String holder = "";
        String session = "";
        Promotion promotion = Promotion.UNKNOWN;
        long index = 0;
        Optional<Members> members = Optional.empty();
        long membersIndex = 0;
        for (Object entry : JSON.std.listFrom(answer.body())) {
            Map<?, ?> key = (Map<?, ?>) entry;
            String value = decode(key.get("Value"));
            if (LOCK.equals(key.get("Key"))) {
                session = key.get("Session") instanceof String held ? held : "";
                holder = value;
            } else if (PROMOTION.equals(key.get("Key"))) {
                int blank = value.indexOf(' ');
                promotion = new Promotion(Integer.parseInt(value.substring(0, blank)), value.substring(blank + 1));
                index = ((Number) key.get("ModifyIndex")).longValue();
            } else if (MEMBERS.equals(key.get("Key"))) {
                members = Optional.of(Membership.parse(JSON.std.mapFrom(value)));
                membersIndex = ((Number) key.get("ModifyIndex")).longValue();
            }
        }
        Lock lock = session.isEmpty() ? Lock.free(askedAt) : Lock.heldBy(holder, askedAt);
        return new Reading(lock.after(promotion), session, index, members, membersIndex);
    }

    private static String decode(Object value) {
        return value instanceof String text ? new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8) : "";
    }

    /** Without checks of its own: a node's loss is judged by a majority of keepers, not by gossip. */
    public String createSession() throws IOException, InterruptedException {
        HttpResponse<String> answer = access.send(
                "PUT",
                "/v1/session/create",
                JSON.std.asString(Map.of(
                        "Name",
                        node,
                        "TTL",
                        TTL,
                        "LockDelay",
                        timing.lockDelay().toSeconds() + "s",
                        "Behavior",
                        "release",
                        "NodeChecks",
                        List.of())));
        expect(answer, 200);
        return String.valueOf(JSON.std.mapFrom(answer.body()).get("ID"));
    }

    /** @return false if the session is not there any more */
    public boolean renew(String session) throws IOException, InterruptedException {
        HttpResponse<String> answer = access.send("PUT", "/v1/session/renew/" + session, "");
        if (answer.statusCode() == 404) {
            return false;
        }
        expect(answer, 200);
        return true;
    }

    /** Who held a lock with it loses it, and nobody gets it before the lock delay is over. */
    public void destroy(String session) throws IOException, InterruptedException {
        expect(access.send("PUT", "/v1/session/destroy/" + session, ""), 200);
    }

    /** @return false if somebody else has it, or its delay is not over */
    public boolean acquire(String session) throws IOException, InterruptedException {
        return isTrue(access.send("PUT", "/v1/kv/" + LOCK + "?acquire=" + session, node));
    }

    /** Whoever wants it can have it at once. */
    public void release(String session) throws IOException, InterruptedException {
        isTrue(access.send("PUT", "/v1/kv/" + LOCK + "?release=" + session, node));
    }

    /** @return the promotion's number, or empty if somebody else was faster */
    public Optional<Integer> count(Reading reading, int known) throws IOException, InterruptedException {
        int number = Math.max(reading.lock().promotion().number(), known) + 1;
        return write(number, reading) ? Optional.of(number) : Optional.empty();
    }

    /** Writes down the first primary's, or after the loss of all that Consul knew, that of the one that runs. */
    public boolean write(int number, Reading reading) throws IOException, InterruptedException {
        return isTrue(
                access.send("PUT", "/v1/kv/" + PROMOTION + "?cas=" + reading.promotionIndex(), number + " " + node));
    }

    /** @return false if somebody else changed them since that reading, or has the lock now */
    public boolean writeMembers(Members members, Reading reading) throws IOException, InterruptedException {
        String value = Base64.getEncoder()
                .encodeToString(JSON.std.asString(Membership.json(members)).getBytes(StandardCharsets.UTF_8));
        HttpResponse<String> answer = access.send(
                "PUT",
                "/v1/txn",
                JSON.std.asString(List.of(
                        Map.of("KV", Map.of("Verb", "check-session", "Key", LOCK, "Session", reading.session())),
                        Map.of(
                                "KV",
                                Map.of(
                                        "Verb",
                                        "cas",
                                        "Key",
                                        MEMBERS,
                                        "Index",
                                        reading.membersIndex(),
                                        "Value",
                                        value)))));
        if (answer.statusCode() == 409) {
            return false;
        }
        expect(answer, 200);
        return true;
    }

    /** Ends the server of this node, which leaves the others for good; there may be none any more. */
    public void leave() throws IOException, InterruptedException {
        try {
            expect(access.send("PUT", "/v1/agent/leave", ""), 200);
        } catch (IOException failure) {
            if (!(failure.getCause() instanceof ConnectException)) {
                throw failure;
            }
        }
    }

    private boolean isTrue(HttpResponse<String> answer) throws IOException {
        expect(answer, 200);
        return answer.body().strip().equals("true");
    }
}
