package io.paddock.minidirector.system;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Values as the director's Ruby shows them in its messages: {@code {"name"=>"x", "releases"=>[]}}. */
public final class RubyText {

    private RubyText() {}

    public static String inspect(@Nullable Object value) {
        if (value == null) {
            return "nil";
        }
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream()
                    .map(entry -> inspect(entry.getKey()) + "=>" + inspect(entry.getValue()))
                    .collect(Collectors.joining(", ", "{", "}"));
        }
        if (value instanceof List<?> list) {
            return list.stream().map(RubyText::inspect).collect(Collectors.joining(", ", "[", "]"));
        }
        return value instanceof String text
                ? '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"'
                : value.toString();
    }
}
