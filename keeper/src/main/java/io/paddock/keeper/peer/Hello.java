package io.paddock.keeper.peer;

import io.paddock.keeper.decision.Position;
import io.paddock.keeper.decision.Word;
import java.util.HashMap;
import java.util.Map;

/**
 * What a keeper says to each other one every 0.4 s: perhaps a request for its word, and always a request to describe itself.
 *
 * @param protocol the newest that the sender speaks
 * @param wants whether it asks for the other's word; whether it only wants to hear how the other one is, otherwise
 */
public record Hello(int protocol, boolean wants, boolean anew, Word.Request request) {

    Map<String, Object> json() {
        Map<String, Object> json = new HashMap<>();
        json.put("protocol", protocol);
        json.put("node", request.node());
        json.put("life", request.stamp().life());
        json.put("number", request.stamp().number());
        json.put("wants", wants);
        json.put("anew", anew);
        json.put("promotion", request.position().promotion());
        json.put("lsn", request.position().lsn());
        json.put("primary", request.isPrimary());
        json.put("patient", request.isPatient());
        json.put("last_primary", request.isLastPrimary());
        json.put("founds", request.founds());
        return json;
    }

    static Hello parse(Map<String, Object> json) {
        return new Hello(
                Protocol.of(json),
                Json.flag(json, "wants"),
                Json.flag(json, "anew"),
                new Word.Request(
                        Json.text(json, "node"),
                        stamp(json),
                        new Position((int) Json.number(json, "promotion"), Json.number(json, "lsn")),
                        Json.flag(json, "primary"),
                        Json.flag(json, "patient"),
                        Json.flag(json, "last_primary"),
                        Json.flag(json, "founds")));
    }

    static Word.Stamp stamp(Map<String, Object> json) {
        return new Word.Stamp(Json.text(json, "life"), Json.number(json, "number"));
    }
}
