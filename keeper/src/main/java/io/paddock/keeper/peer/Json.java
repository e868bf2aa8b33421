package io.paddock.keeper.peer;

import java.util.Map;

/** Fields of messages. A missing or wrong one makes the message a bad one, never a default. */
final class Json {

    private Json() {}

    static String text(Map<String, Object> json, String field) {
        if (json.get(field) instanceof String text) {
            return text;
        }
        throw wrong(field, "text");
    }

    static long number(Map<String, Object> json, String field) {
        if (json.get(field) instanceof Number number) {
            return number.longValue();
        }
        throw wrong(field, "number");
    }

    static boolean flag(Map<String, Object> json, String field) {
        if (json.get(field) instanceof Boolean flag) {
            return flag;
        }
        throw wrong(field, "flag");
    }

    private static IllegalArgumentException wrong(String field, String type) {
        return new IllegalArgumentException("field '" + field + "' is not a " + type);
    }
}
