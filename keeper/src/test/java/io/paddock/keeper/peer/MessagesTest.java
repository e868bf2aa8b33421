package io.paddock.keeper.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.jr.ob.JSON;
import io.paddock.keeper.decision.Lineage;
import io.paddock.keeper.decision.Local.Postgres;
import io.paddock.keeper.decision.Members;
import io.paddock.keeper.decision.Position;
import io.paddock.keeper.decision.Word;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MessagesTest {

    @Test
    void aHelloArrivesAsItWasSent() throws IOException {
        Hello sent = new Hello(
                2,
                true,
                true,
                new Word.Request(
                        "postgres-1", new Word.Stamp("life", 7), new Position(3, 1L << 40), true, false, true, false));

        assertThat(Hello.parse(wire(sent.json()))).isEqualTo(sent);
    }

    @Test
    void aDescriptionArrivesAsItWasSent() throws IOException {
        assertThat(Description.parse(wire(described(2).json()), 2)).isEqualTo(described(2));
    }

    @Test
    void theLowerOfTwoProtocolsIsSpoken() throws IOException {
        Map<String, Object> older = wire(described(1).json());
        assertThat(older).doesNotContainKeys("joins", "leaving", "prepared_for");

        Description heard = Description.parse(older, 2);
        assertThat(heard.protocol()).isEqualTo(1);
        assertThat(heard.isLeaving()).isFalse();
        assertThat(heard.at(Duration.ZERO).joins())
                .as("an older keeper knows nothing of votes")
                .isFalse();
        assertThat(heard.at(Duration.ZERO).membersVersion()).isEqualTo(4);

        Map<String, Object> later = wire(described(2).json());
        later.put("protocol", 9);
        assertThat(Description.parse(later, 2)).isEqualTo(described(2));
        later.keySet().removeAll(List.of("joins", "leaving", "prepared_for"));
        assertThat(Description.parse(later, 1).protocol()).isEqualTo(1);
    }

    /** As keepers wrote them before there was a second protocol. */
    @Test
    void messagesOfTheFirstProtocolAreUnderstood() throws IOException {
        Hello hello = Hello.parse(JSON.std.mapFrom("""
                {"protocol":1,"node":"postgres-1","life":"l","number":7,"wants":true,"anew":false,"promotion":3,"lsn":1099511627776,
                 "primary":true,"patient":false,"last_primary":true,"founds":false}"""));
        Description description = Description.parse(JSON.std.mapFrom("""
                {"protocol":1,"postgres":"STANDBY","promotion":2,"lsn":4711,"anew":true,"lineage":[{"promotion":1,"lsn":0},
                 {"promotion":2,"lsn":99}],"timeline":7,"can_lead":true,"silent":["postgres-0"],"streams":true,
                 "members":{"version":4,"voters":["postgres-0","postgres-1","postgres-2"]},"empty":false,"founding":false,
                 "ready":true,"room":true,"given":true,"reason":"given"}"""), 2);

        assertThat(hello.request().isPrimary()).isTrue();
        assertThat(description.members().orElseThrow().version()).isEqualTo(4);
        assertThat(description.at(Duration.ZERO).joins()).isFalse();
        assertThat(wire(described(1).json()).keySet())
                .as("what an older one reads")
                .containsExactlyInAnyOrder(
                        "protocol",
                        "postgres",
                        "promotion",
                        "lsn",
                        "anew",
                        "lineage",
                        "timeline",
                        "can_lead",
                        "silent",
                        "streams",
                        "members",
                        "empty",
                        "founding",
                        "ready",
                        "room",
                        "given",
                        "reason");
    }

    @Test
    void whatIsUnfinishedIsAbsentForWhoDoesNotKnowOfIt() throws IOException {
        assertThat(wire(described(1, Postgres.UNFINISHED).json())).containsEntry("postgres", "ABSENT");
        assertThat(wire(described(2, Postgres.UNFINISHED).json())).containsEntry("postgres", "UNFINISHED");
    }

    @Test
    void aProtocolThatIsNotSpokenAnyMoreIsRefused() {
        assertThatThrownBy(() -> Hello.parse(Map.of("protocol", 0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the oldest is 1");
    }

    private static Description described(int protocol) {
        return described(protocol, Postgres.STANDBY);
    }

    private static Description described(int protocol, Postgres postgres) {
        return new Description(
                protocol,
                postgres,
                new Position(2, 1L << 40),
                true,
                new Lineage(List.of(new Lineage.Begun(1, 0), new Lineage.Begun(2, 1L << 39))),
                7,
                true,
                Set.of("postgres-0"),
                true,
                Optional.of(new Members(4, Set.of("postgres-0", "postgres-1", "postgres-2"))),
                false,
                false,
                true,
                true,
                true,
                true,
                90,
                true,
                "given");
    }

    @Test
    void whatIsNoMessageIsRefusedWithItsField() {
        assertThatThrownBy(() -> Hello.parse(Map.of("node", 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is not a");
    }

    @Test
    void fieldsOfALaterKeeperAreLeftAlone() throws IOException {
        Map<String, Object> json = wire(new Hello(
                        2,
                        false,
                        false,
                        new Word.Request("a", new Word.Stamp("l", 1), Position.UNKNOWN, false, false, false, false))
                .json());
        json.put("something_new", List.of(1));

        assertThat(Hello.parse(json).request().node()).isEqualTo("a");
    }

    private static Map<String, Object> wire(Map<String, Object> json) throws IOException {
        return JSON.std.mapFrom(JSON.std.asString(json));
    }
}
