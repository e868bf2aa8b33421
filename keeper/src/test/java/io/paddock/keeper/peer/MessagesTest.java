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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MessagesTest {

    @Test
    void aHelloArrivesAsItWasSent() throws IOException {
        Hello sent = new Hello(
                true,
                true,
                new Word.Request(
                        "postgres-1", new Word.Stamp("life", 7), new Position(3, 1L << 40), true, false, true, false));

        assertThat(Hello.parse(wire(sent.json()))).isEqualTo(sent);
    }

    @Test
    void aDescriptionArrivesAsItWasSent() throws IOException {
        Description sent = new Description(
                Postgres.STANDBY,
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
                "given");

        assertThat(Description.parse(wire(sent.json()))).isEqualTo(sent);
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
