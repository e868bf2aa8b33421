package io.paddock.deployer.task;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** A task's event stream: the last thing that it says, and the error that it ended with. */
record TaskEvents(Optional<Event> last, Optional<String> error) {

    /**
     * @param total how many steps the stage has, 0 if it does not say
     * @param status what the step does, for a step in progress
     */
    record Event(
            String stage, int index, int total, @Nullable String status) {}

    static TaskEvents parse(String lines, JsonMapper json) {
        Event last = null;
        String error = null;
        List<String> all = lines.lines().toList();
        for (String line : all) {
            Map<?, ?> event = parseLine(line, json);
            if (event.get("error") instanceof Map<?, ?> found) {
                error = String.valueOf(found.get("message"));
            } else if (event.get("stage") instanceof String stage) {
                last = new Event(stage, number(event.get("index")), number(event.get("total")), status(event));
            }
        }
        return new TaskEvents(Optional.ofNullable(last), Optional.ofNullable(error));
    }

    /** The last line may be cut off while the director writes it. */
    private static Map<?, ?> parseLine(String line, JsonMapper json) {
        try {
            return json.readValue(line, Map.class);
        } catch (JacksonException incomplete) {
            return Map.of();
        }
    }

    private static @Nullable String status(Map<?, ?> event) {
        return event.get("data") instanceof Map<?, ?> data && data.get("status") instanceof String status
                ? status
                : null;
    }

    private static int number(@Nullable Object value) {
        return value instanceof Number number ? number.intValue() : 0;
    }
}
