package io.paddock.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** What the user names of a catalog, and the parameters that go with it. */
final class Offerings {

    private Offerings() {}

    /** The offering or plan of this name. */
    static JsonNode named(JsonNode candidates, String name, String what) {
        for (JsonNode candidate : candidates) {
            if (candidate.path("name").asText().equals(name)) {
                return candidate;
            }
        }
        throw new CliException(what + " '" + name + "' not found. See: paddock marketplace");
    }

    /** A JSON object, or the content of a file that holds one. */
    static Map<?, ?> parameters(String given) {
        try {
            String text = given.strip().startsWith("{") ? given : Files.readString(Path.of(given));
            return new ObjectMapper().readValue(text, Map.class);
        } catch (JsonProcessingException broken) {
            throw new CliException(
                    "Invalid configuration for -c: not a JSON object (" + broken.getOriginalMessage() + ")");
        } catch (IOException unreadable) {
            throw new CliException("Invalid configuration for -c: neither a JSON object nor a file that can be read");
        }
    }
}
