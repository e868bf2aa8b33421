package io.paddock.cli;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the user names of a catalog, and the parameters that go with it. */
final class Offerings {

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

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
        String text = text(given);
        if (!text.strip().startsWith("{")) {
            throw new CliException(
                    "Invalid configuration for -c: not a JSON object, such as '{\"work_mem\": \"8MB\"}'");
        }
        try (JsonParser parser = JSON.createParser(text)) {
            Map<?, ?> object = parser.readValueAs(Map.class);
            if (parser.nextToken() != null) {
                throw new CliException("Invalid configuration for -c: more follows the JSON object"
                        + place(parser.currentTokenLocation()));
            }
            return object;
        } catch (JsonProcessingException broken) {
            String duplicate =
                    broken.getOriginalMessage().startsWith("Duplicate field") ? "a name stands twice" : "not JSON";
            throw new CliException("Invalid configuration for -c: " + duplicate + place(broken.getLocation()));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private static String text(String given) {
        if (given.strip().startsWith("{")) {
            return given;
        }
        try {
            return Files.readString(Path.of(given));
        } catch (IOException | InvalidPathException unreadable) {
            throw new CliException("Invalid configuration for -c: neither a JSON object nor a file that can be read");
        }
    }

    private static String place(@Nullable JsonLocation location) {
        return location == null ? "" : " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")";
    }
}
